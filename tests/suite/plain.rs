//! Plain mode: what goes through a pipe, or to a terminal that can do little.

use crate::desk::Desk;

const LINES: [&str; 14] = [
    "",
    "-h",
    "--help",
    "next",
    "list",
    "read 2",
    "read 2#sessions",
    "search session",
    "hint",
    "reset",
    "undo",
    "doctor",
    "progress export",
    "solution --give-up",
];

#[test]
fn no_command_sends_an_escape_through_a_pipe() {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    for line in LINES {
        let answer = desk.course(line).env("TERM", "xterm-256color").run();
        assert!(!answer.output.stdout.contains(&0x1b), "{answer}");
        assert!(!answer.output.stderr.contains(&0x1b), "{answer}");
        assert!(
            !answer.out().is_empty() || !answer.err().is_empty(),
            "{answer}"
        );
    }
}

#[test]
fn color_is_sent_when_it_is_asked_for() {
    let desk = Desk::new();
    let answer = desk.course("list --color always").works();
    assert!(answer.output.stdout.contains(&0x1b), "{answer}");
}

#[test]
fn no_pager_is_started_in_a_pipe() {
    let desk = Desk::new();
    let pager = format!("touch {}", desk.folder.join("paged").display());
    desk.course("read 2")
        .env("PAGER", &pager)
        .works()
        .says("Sessions");
    assert!(!desk.folder.join("paged").exists());
}

#[cfg(unix)]
mod on_a_terminal {
    use super::*;

    /// What a command line sends to a terminal.
    fn sent(desk: &Desk, line: &str, env: &[(&str, &str)]) -> String {
        let mut session = crate::next::on_a_terminal(desk, line, env);
        session.exp_eof().unwrap()
    }

    #[test]
    fn no_color_and_a_dumb_terminal_get_no_escape_and_no_question() {
        let desk = Desk::new();
        for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let text = sent(&desk, "next", &[env]);
            assert!(!text.contains('\u{1b}'), "{env:?}: {text:?}");
            assert!(text.contains("next: course next --done"), "{text}");
        }
    }

    #[test]
    fn a_terminal_gets_color_and_a_pager_for_what_is_long() {
        let desk = Desk::new();
        let text = sent(&desk, "list", &[]);
        assert!(text.contains('\u{1b}'), "{text:?}");
        let pager = "sed s/^/paged:/";
        let text = sent(&desk, "read 2#sessions", &[("PAGER", pager)]);
        assert!(!text.contains("paged:"), "{text}");
        let long = "line\n\n".repeat(40);
        let front = "+++\ntitle = \"L\"\nminutes = 1\nsummary = \"S.\"\n+++\n";
        desk.write("c/lessons/01-long.md", &(front.to_owned() + &long));
        let text = sent(&desk, "--content c read 1", &[("PAGER", pager)]);
        assert!(text.contains("paged:"), "{text}");
    }

    #[test]
    fn an_error_is_broken_between_words() {
        let desk = Desk::new();
        let text = sent(&desk, "read what", &[("COLUMNS", "40")]);
        let broken =
            "error: several names begin with `what`:\r\n`what-is-kept`, `what-is-next`; type\r\n";
        assert!(text.starts_with(broken), "{text:?}");
    }

    #[test]
    fn without_less_a_long_page_comes_screen_by_screen() {
        let desk = Desk::new();
        desk.write("bin/less", "#!/bin/sh\nexit 1\n");
        let strange = desk.folder.join("bin/less");
        let program = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&strange, program).unwrap();
        for path in ["/nowhere", strange.parent().unwrap().to_str().unwrap()] {
            screen_by_screen(&desk, path);
        }
    }

    /// Walks through a page where there is no `less`, or one that is none.
    fn screen_by_screen(desk: &Desk, path: &str) {
        let lines: Vec<String> = (0..60).map(|n| format!("line {n}.\n\n")).collect();
        let lines = lines.concat();
        let front = "+++\ntitle = \"L\"\nminutes = 1\nsummary = \"S.\"\n+++\n";
        desk.write("c/lessons/01-long.md", &(front.to_owned() + &lines));
        let env = [("PAGER", ""), ("PATH", path)];
        let read = || crate::next::on_a_terminal(desk, "--content c read 1", &env);
        let mut session = read();
        let first = session.exp_string("-- space: more, q: enough --").unwrap();
        assert!(
            first.contains("line 3.") && !first.contains("line 59."),
            "{first}"
        );
        session.send(" ").unwrap();
        session.flush().unwrap();
        let second = session.exp_string("-- space: more, q: enough --").unwrap();
        assert!(!second.contains("line 3.\r"), "{second}");
        session.send("q").unwrap();
        session.flush().unwrap();
        let rest = session.exp_eof().unwrap();
        assert!(
            !rest.contains("line 59.") && rest.contains("next: "),
            "{rest}"
        );
        let mut session = read();
        session.exp_string("-- space: more").unwrap();
        session.send_control('c').unwrap();
        let rest = session.exp_eof().unwrap();
        assert!(rest.contains("interrupted"), "{rest}");
    }

    #[test]
    fn standard_error_in_a_file_gets_no_escape() {
        let desk = Desk::new();
        desk.write("c/lessons/01-a.md", "no front matter\n");
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", "\"$COURSE\" --content c list 2>err; echo over"])
            .current_dir(&desk.folder)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env("COURSE", env!("CARGO_BIN_EXE_course"))
            .env("COURSE_HOME", &desk.home);
        let mut session = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
        session.exp_string("over").unwrap();
        session.exp_eof().unwrap();
        let err = desk.read("err");
        assert!(
            err.contains("01-a.md") && !err.contains('\u{1b}'),
            "{err:?}"
        );
    }
}
