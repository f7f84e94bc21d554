//! `course demo mistake-1` and its siblings: a probe, what it shows on a server that makes the mistake, and what on one
//! that does not.

use course::base::source::Source;
use course::checks::file::Anchors;
use course::checks::mistake::{self, Mistake};

use crate::check_bench::{Bench, Ended, Running};
use crate::desk::{Desk, shipped};

fn all() -> Vec<Mistake> {
    mistake::all(&Source::Folder(shipped()), &Anchors::new()).unwrap()
}

/// Shows a mistake, and gives what was said of the server that makes it, and of the other.
fn shown(name: &str) -> (Ended, String, String) {
    let bench = Bench::new("serve", "");
    let line = format!("demo {name} --seed 7");
    let mut command = bench.command(&line);
    command.env("COURSE_CONTENT", shipped());
    let ended = Running::start(command).end().exits(0);
    bench.leaves_nothing();
    assert!(bench.progress().is_empty(), "{ended}");
    assert!(!ended.raw.contains(&0x1b), "{ended}");
    let (before, after) = ended.out.split_once("\nThe fix\n").unwrap();
    let (before, after) = (before.to_owned(), after.to_owned());
    (ended, before, after)
}

/// Holds what is shown to what must fail first and then pass, and to words of the evidence.
fn shows(number: u32, fails: &[&str], passes: &[&str], evidence: &[&str]) {
    let all = all();
    let mistake = all.iter().find(|m| m.number == number).unwrap();
    let title = |id: &str| {
        let check = mistake.checks.checks.iter().find(|c| c.id == id).unwrap();
        check.title.clone()
    };
    assert_eq!(mistake.checks.checks.len(), fails.len() + passes.len());
    let (ended, before, after) = shown(mistake.slug.as_str());
    for id in fails {
        let title = title(id);
        assert!(before.contains(&format!("✗ FAIL   {title}\n")), "{ended}");
        assert!(after.contains(&format!("✓ PASS   {title}\n")), "{ended}");
    }
    for id in passes {
        let title = title(id);
        assert!(before.contains(&format!("✓ PASS   {title}\n")), "{ended}");
        assert!(!after.contains(&title), "{ended}");
    }
    for words in evidence {
        assert!(before.contains(words), "{words}: {ended}");
        assert!(!after.contains(words), "{words}: {ended}");
    }
    assert!(after.contains("next: course read "), "{ended}");
    assert!(!ended.out.contains("course check"), "{ended}");
    let hints = before.matches("│ hint ").count();
    assert_eq!(hints, fails.len(), "each failure has its hint: {ended}");
}

#[test]
fn a_stateful_server_forgets_behind_a_balancer_and_after_a_restart() {
    let (wrong, right) = (["behind-a-balancer", "after-a-restart"], ["alone"]);
    let evidence = [
        "\"error\": \"no such user\"",
        "◀╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 403 ╌╌│  expected 200",
    ];
    shows(1, &wrong, &right, &evidence);
}

#[test]
fn peers_are_seen_in_the_drawing_and_in_the_running_shop() {
    let evidence = [
        "✗ SQL over TCP",
        "✗ HTTP over TCP",
        "the URL of the database in the body",
    ];
    shows(2, &["drawn", "running"], &[], &evidence);
}

#[test]
fn the_network_delays_hangs_resets_and_duplicates() {
    let evidence = [
        "[ latency 100ms ]",
        "expected 49     got 48\n",
        "expected 503            got 201\n",
    ];
    let (wrong, right) = (["hang", "duplicate"], ["delay", "reset"]);
    shows(3, &wrong, &right, &evidence);
}

#[test]
fn a_client_with_the_rules_buys_a_laptop_for_a_cent() {
    let evidence = ["expected 129900   got 1\n", "\"total_cents\": -129900"];
    shows(4, &["price", "coupon", "quantity"], &[], &evidence);
}

#[test]
fn every_demo_is_listed_and_completed_by_each_of_its_names() {
    let desk = Desk::new();
    let content = shipped();
    let run = |line: &str| {
        desk.course(line)
            .env("COURSE_CONTENT", content.to_str().unwrap())
            .works()
            .out()
    };
    let (list, script) = (run("demo --list"), run("completions bash"));
    let help = run("demo --help");
    for mistake in all() {
        assert!(help.contains(&mistake.id()), "{help}");
        for name in [mistake.id(), mistake.slug.to_string()] {
            assert!(list.contains(&name), "{name}: {list}");
            assert!(script.contains(&name), "{name}");
        }
    }
    assert!(
        list.contains("review-the-code") && list.contains("scaling"),
        "{list}"
    );
}

#[test]
fn a_server_that_does_not_make_its_mistake_is_a_mistake_of_the_course() {
    let text = |wrong: &str| {
        format!(
            "course = 1\nexercise = \"probe\"\n[mistake]\ntitle = \"Deaf\"\nsays = \"S.\"\nfix = \"F.\"\n{wrong}\
             [instance.a]\n[[check]]\nid = \"hears\"\ntitle = \"It hears\"\npoints = 0\n[[check.step]]\nname = \"ask\"\n\
             http = {{ on = \"a\", get = \"/healthz\" }}\nexpect.status = 200\n"
        )
    };
    let probe = include_str!("fixtures/grading/checks/probe.toml");
    let bench = Bench::graded_by("serve", probe);
    bench.write_content("checks/mistakes/01-deaf.toml", &text(""));
    bench.course("demo deaf").exits(4);
    bench.write_content(
        "checks/mistakes/01-deaf.toml",
        &text("wrong = \"broken/none\"\n"),
    );
    let ended = bench.course("demo mistake-1").exits(2);
    assert!(
        ended.err.contains("`probe` has no server `broken/none`"),
        "{ended}"
    );
}
