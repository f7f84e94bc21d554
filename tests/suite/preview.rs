//! `course preview`: once through a pipe, and on a terminal again after every save.

use rexpect::session::PtySession;

use crate::desk::{Desk, Typed};

const LESSON: &str = "lessons/01-keeping.md";
const CHECKS: &str = "checks/notes.toml";
const FIRST: &str = "[[check.step]]\nname = \"ask for the notes\"";

/// A course of one lesson and one exercise, as `course new` makes it.
fn desk() -> Desk {
    let desk = Desk::new();
    own(&desk, "new lesson keeping").works();
    own(&desk, "new exercise notes").works();
    desk
}

fn own(desk: &Desk, line: &str) -> Typed {
    desk.course(&format!("{line} --content ."))
}

/// Changes a file as an editor does: the new one takes the place of the old one.
fn change(desk: &Desk, path: &str, from: &str, to: &str) {
    let text = desk.read(path);
    assert!(text.contains(from), "no `{from}` in {text}");
    desk.write("new.swp", &text.replacen(from, to, 1));
    std::fs::rename(desk.folder.join("new.swp"), desk.folder.join(path)).unwrap();
}

/// What is shown until the wait for the next save begins.
fn shown(session: &mut PtySession) -> String {
    session.exp_string("for changes").unwrap()
}

#[test]
fn a_lesson_is_shown_whole_with_what_is_said_to_each_answer() {
    own(&desk(), &format!("preview {LESSON}"))
        .works()
        .says("1. Keeping\n")
        .says("Try it")
        .says("Question 3 of 3")
        .says("Fill in: why it is wrong.")
        .quietly();
}

#[test]
fn a_check_is_shown_with_its_steps_and_hints() {
    let desk = desk();
    own(&desk, &format!("preview {CHECKS} --check remembers"))
        .works()
        .says("What was posted comes back")
        .says("`remembers`, core, 60 points, after `answers`.")
        .says("1. post a note: `status 201`")
        .keeps_back("The server answers");
    own(&desk, &format!("preview {CHECKS}"))
        .works()
        .says("The server answers");
    own(&desk, &format!("preview {CHECKS} --check remember"))
        .works()
        .keeps_back("The server answers");
}

#[test]
fn a_check_runs_on_each_server_that_comes_with_the_exercise() {
    let desk = desk();
    let on = |server: &str| own(&desk, &format!("preview {CHECKS} --against {server}"));
    on("solution").works().says("Notes on solutions/python");
    on("starter").exits(1).says("FAIL   What was posted");
    on("broken/drops-notes")
        .exits(1)
        .says("FAIL   What was posted");
    on("broken/drop-notes").exits(2).notes(
        "there is no server of `notes` `broken/drop-notes`; did you mean `broken/drops-notes`?",
    );
}

#[test]
fn mistakes_are_shown_instead_of_the_page() {
    let desk = desk();
    change(&desk, LESSON, "minutes", "minuets");
    own(&desk, &format!("preview {LESSON}"))
        .exits(4)
        .notes("a lesson has no key `minuets`")
        .notes("lessons/01-keeping.md:3:1");
    change(&desk, CHECKS, "expect.status", "expect.statsu");
    own(&desk, &format!("preview {CHECKS}"))
        .exits(4)
        .notes("did you mean `status`?");
}

#[test]
fn what_cannot_be_shown_is_said() {
    let desk = desk();
    own(&desk, "preview lessons/02-gone.md")
        .exits(2)
        .notes("there is no file `lessons/02-gone.md`");
    own(&desk, "preview exercises/notes/exercise.toml")
        .exits(2)
        .notes("neither a page of Markdown nor a file in a folder checks/");
    own(&desk, &format!("preview {LESSON} --against solution"))
        .exits(2)
        .notes("are for check files");
}

#[test]
fn a_save_shows_the_section_or_question_that_was_changed_and_q_ends() {
    let desk = desk();
    let mut session = own(&desk, &format!("preview {LESSON}")).on_terminal();
    let all = shown(&mut session);
    assert!(
        all.contains("1. Keeping") && all.contains("Try it"),
        "{all}"
    );

    change(
        &desk,
        LESSON,
        "something that goes wrong",
        "a tower that falls",
    );
    let part = shown(&mut session);
    assert!(part.contains("a tower that falls"), "{part}");
    assert!(
        !part.contains("Try it") && !part.contains("1. Keeping"),
        "{part}"
    );

    change(&desk, LESSON, "A tempting answer", "Nothing at all");
    let part = shown(&mut session);
    assert!(
        part.contains("Nothing at all") && !part.contains("falls"),
        "{part}"
    );

    change(&desk, LESSON, "minutes", "minuets");
    let broken = shown(&mut session);
    assert!(broken.contains("did you mean `minutes`?"), "{broken}");

    change(&desk, LESSON, "minuets", "minutes");
    let mended = shown(&mut session);
    assert!(mended.contains("1. Keeping"), "{mended}");

    session.send("q").unwrap();
    session.flush().unwrap();
    let rest = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.ends_with(", 0)"), "{status} {rest}");
}

#[test]
fn a_save_runs_the_check_that_was_changed_and_r_runs_all() {
    let desk = desk();
    let line = format!("preview {CHECKS} --against solution");
    let mut session = own(&desk, &line).on_terminal();
    let both = shown(&mut session);
    assert!(both.contains("2 passed"), "{both}");

    change(&desk, CHECKS, FIRST, &format!("\n{FIRST}"));
    let one = shown(&mut session);
    assert!(one.contains("1 passed"), "{one}");

    change(&desk, CHECKS, "expect.status = 200", "expect.status = 202");
    let wrong = shown(&mut session);
    assert!(wrong.contains("expected 202"), "{wrong}");

    change(&desk, CHECKS, "expect.status", "expect.statsu");
    let broken = shown(&mut session);
    assert!(broken.contains("did you mean `status`?"), "{broken}");

    change(&desk, CHECKS, "expect.statsu = 202", "expect.status = 200");
    let mended = shown(&mut session);
    assert!(mended.contains("1 passed"), "{mended}");

    session.send("r").unwrap();
    session.flush().unwrap();
    let both = shown(&mut session);
    assert!(both.contains("2 passed"), "{both}");

    // A server that is changed is run anew.
    let server = "exercises/notes/solutions/python/server.py";
    change(&desk, server, "self.reply(201", "self.reply(200");
    let wrong = shown(&mut session);
    assert!(wrong.contains("expected 201"), "{wrong}");

    session.send_control('c').unwrap();
    let rest = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.ends_with(", 130)"), "{status} {rest}");
}
