//! `course verify`, on a course of one exercise whose server keeps a note.

use crate::desk::{Answer, Desk};

/// Keeps a note in a file that all instances share.
const SERVER: &str = r#"import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
FILE = os.path.join(os.environ["DATA_DIR"], "note")
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *words):
        pass
    def answer(self, status, body=b""):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_PUT(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        with open(FILE, "wb") as file:
            file.write(text)
        self.answer(204)
    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, b"{}")
        with open(FILE, "rb") as file:
            self.answer(200, file.read())
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

const CHECKS: &str = r#"course = 1
exercise = "note"
[vars]
word = "{{ random.hex }}"
[server]
ready = { get = "/healthz", within = "30s" }
[instance.a]
[instance.b]

[[check]]
id = "keeps"
title = "It keeps the note"
points = 4
level = "core"
[[check.step]]
http = { on = "a", put = "/note", json = { note = "{{ word }}" }, timeout = "15s" }
expect.status = 204
[[check.step]]
name = "read it"
http = { on = "a", get = "/note", timeout = "15s" }
expect.json."$.note" = "{{ word }}"

[[check]]
id = "shares"
title = "Every instance has the note"
points = 6
level = "core"
needs = ["keeps"]
[[check.hint]]
when.status = { gte = 500 }
say = "B has no note."
[[check.hint]]
when.status = 418
say = "B is a teapot."
[[check.step]]
name = "read it from B"
http = { on = "b", get = "/note", timeout = "15s" }
expect.status = 200
expect.json."$.note" = "{{ word }}"
"#;

const EXERCISE: &str = "title = \"Note\"\norder = 1\nminutes = 5\nsummary = \"Share the note.\"\n[starter]\nfails = [\"shares\"]\n";

const LANGUAGES: &str = "[python]\nname = \"Python\"\nrun = \"python3 server.py\"\n\
    needs = [{ command = \"python3\", install = \"Install it.\" }]\n\
    [other]\nname = \"Other\"\nrun = \"no-such-runtime server\"\n[blank]\nname = \"Blank\"\nrun = \"\"\n";

/// The server, with a file that only one instance has, and 500 where there is none.
fn alone() -> String {
    SERVER
        .replace("\"note\")", "os.environ[\"INSTANCE\"])")
        .replace(
            "        with open(FILE, \"rb\")",
            "        if not os.path.exists(FILE):\n            return self.answer(500)\n        with open(FILE, \"rb\")",
        )
}

/// The server, which answers 200 where 204 is asked for.
fn wordy() -> String {
    SERVER.replace("self.answer(204)", "self.answer(200)")
}

/// A desk with a course where everything holds.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("checks/note.toml", CHECKS);
    desk.write("exercises/languages.toml", LANGUAGES);
    desk.write("exercises/note/exercise.toml", EXERCISE);
    desk.write("exercises/note/README.md", "# Note\n");
    desk.write("exercises/note/solutions/python/server.py", SERVER);
    desk.write("exercises/note/starters/python/server.py", &alone());
    desk.write("exercises/note/starters/blank/NOTES.md", "Notes\n");
    desk.write("exercises/note/broken/wordy/server.py", &wordy());
    expect(&desk, "keeps");
    desk
}

fn expect(desk: &Desk, must_fail: &str) {
    let text = format!(
        "wrong = \"It says too much.\"\nrun = \"python3 server.py\"\nmust_fail = [\"{must_fail}\"]\nmessage = \"204 200\"\n"
    );
    desk.write("exercises/note/broken/wordy/expect.toml", &text);
}

fn verify(desk: &Desk, words: &str, code: i32) -> Answer {
    desk.course(&format!("--content . verify {words}"))
        .exits(code)
}

#[test]
fn a_course_where_every_claim_holds_is_proven() {
    let desk = desk();
    verify(&desk, "note", 0)
        .says("solutions/python  full marks     HELD 10 of 10 points")
        .says("starters/python   fails shares   HELD 4 of 10 points")
        .says("broken/wordy      fails keeps    HELD 0 of 10 points")
        .says("junk/hangs        earns nothing  HELD 0 of 10 points")
        .keeps_back("starters/blank")
        .says("note: 1 hint that no failure here has given\n  shares: B is a teapot.\n")
        .says("HELD  10 claims held, 0 broken, 0 skipped")
        .notes("note: 10 servers to grade");
}

#[test]
fn exercises_are_proven_beside_each_other_and_told_one_after_another() {
    let desk = desk();
    let checks = CHECKS.replace("exercise = \"note\"", "exercise = \"memo\"");
    desk.write("checks/memo.toml", &checks);
    let exercise = EXERCISE
        .replace("Note", "Memo")
        .replace("order = 1", "order = 2");
    desk.write("exercises/memo/exercise.toml", &exercise);
    desk.write("exercises/memo/README.md", "# Memo\n");
    desk.write("exercises/memo/solutions/python/server.py", &alone());
    desk.write("exercises/memo/starters/python/server.py", &alone());
    verify(&desk, "--only solutions --seed s1", 4)
        .notes("HELD  note  solutions/python")
        .notes("BROKEN  memo  solutions/python")
        .says("note\n  server            claim       outcome\n  solutions/python  full marks  HELD 10 of 10")
        .says("memo\n  server            claim       outcome\n  solutions/python  full marks  BROKEN 1")
        .says("again    course verify memo --only solutions/python --seed s1")
        .says("\nBROKEN  2 exercises: 1 claim held, 1 broken, 0 skipped");
    verify(&desk, "--only broken", 0)
        .keeps_back("memo")
        .says("HELD  1 claim held");
    verify(&desk, "--only brokn", 2).notes("no exercise has a server `brokn`");
}

#[test]
fn a_wrong_solution_is_named_with_check_step_and_seed() {
    let desk = desk();
    desk.write("exercises/note/solutions/python/server.py", &alone());
    verify(&desk, "--only solutions --seed s1", 4)
        .says("solutions/python  full marks  BROKEN 1 deviation")
        .says("  shares\n    claimed  passes\n    got      failed\n    seed     s1\n    step     read it from B  GET b/note\n")
        .says("status expected 200, got 500")
        .says("again    course verify note --only solutions/python --seed s1");
}

#[test]
fn a_limit_on_time_that_a_solution_nearly_misses_is_shown_and_breaks_nothing() {
    let desk = desk();
    let slow = SERVER.replace(
        "        with open(FILE, \"rb\")",
        "        import time\n        time.sleep(4.2)\n        with open(FILE, \"rb\")",
    );
    desk.write("exercises/note/solutions/python/server.py", &slow);
    let read = "http = { on = \"a\", get = \"/note\", timeout = \"15s\" }\n";
    let checks = CHECKS.replace(
        read,
        &format!("{read}expect.duration = {{ lt = \"6s\" }}\n"),
    );
    desk.write("checks/note.toml", &checks);
    let line = checks.lines().position(|line| line.contains("6s")).unwrap() + 1;
    verify(&desk, "--only solutions", 0)
        .says("warning[W801]: `solutions/python` is right, and needed 4")
        .says("of the 6000 ms that `keeps` allows here")
        .says(&format!("checks/note.toml:{line}:26"))
        .says("HELD  1 claim held");
    let answer = verify(&desk, "--only solutions --format json", 0);
    let report: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    let warnings = &report["exercises"][0]["warnings"];
    assert_eq!(warnings[0]["id"], "W801");
    assert_eq!(
        (&warnings[0]["line"], &warnings[0]["column"]),
        (&line.into(), &26.into())
    );
    desk.write("checks/note.toml", CHECKS);
    verify(&desk, "--only solutions", 0).keeps_back("W801");
}

#[test]
fn a_starter_that_passes_too_much_is_named() {
    let desk = desk();
    desk.write("exercises/note/starters/python/server.py", SERVER);
    verify(&desk, "--only starters", 4)
        .says("starters/python  fails shares  BROKEN 1 deviation")
        .says("  shares\n    claimed  fails\n    got      passed\n");
}

#[test]
fn an_expectation_that_lies_is_named_and_a_misspelt_one_is_shown() {
    let desk = desk();
    expect(&desk, "shares");
    verify(&desk, "--only broken", 4)
        .says("broken/wordy  fails shares  BROKEN 2 deviations")
        .says("  keeps\n    claimed  passes\n    got      failed\n")
        .says("  shares\n    claimed  fails\n    got      skipped");
    expect(&desk, "keep");
    verify(&desk, "--only broken", 4)
        .notes("there is no check `keep`")
        .notes("did you mean `keeps`?")
        .notes("exercises/note/broken/wordy/expect.toml:3:14");
}

#[test]
fn a_failure_that_does_not_say_what_is_promised_is_named() {
    let desk = desk();
    let text = desk.read("exercises/note/broken/wordy/expect.toml");
    desk.write(
        "exercises/note/broken/wordy/expect.toml",
        &text.replace("204 200", "teapot"),
    );
    verify(&desk, "--only broken", 4)
        .says("claimed  a failure says `teapot`\n    got      none does");
}

#[test]
fn a_check_that_cannot_fail_is_named() {
    let desk = desk();
    let idle = "[[check]]\nid = \"idle\"\ntitle = \"It is there\"\npoints = 1\nlevel = \"deep\"\n[[check.step]]\n\
                http = { on = \"a\", get = \"/healthz\", timeout = \"30s\" }\nexpect.status = 200\n";
    desk.write("checks/note.toml", &format!("{CHECKS}{idle}"));
    let answer = verify(&desk, "--format json", 4);
    let report: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    assert_eq!(report["format"], "course-verify/v1");
    let exercise = &report["exercises"][0];
    assert_eq!(exercise["unproven_checks"], serde_json::json!(["idle"]));
    let servers = exercise["servers"].as_array().unwrap();
    let junk: Vec<_> = servers
        .iter()
        .filter(|s| s["server"].as_str().unwrap().starts_with("junk/"))
        .collect();
    assert_eq!(junk.len(), 7);
    for server in junk {
        assert_eq!(server["outcome"], "broken", "{server}");
        assert_eq!(server["deviations"][0]["check"], "idle");
        assert_eq!(
            server["deviations"][0]["got"],
            "passed: this check cannot fail, or it asks too little"
        );
    }
}

#[test]
fn a_verdict_that_changes_from_run_to_run_is_named() {
    let desk = desk();
    // Only the first run of all may make the file; every later one sees it and keeps the note for itself.
    let moody = SERVER.replace(
        "FILE = os.path",
        "import sys\nif os.environ[\"INSTANCE\"] == \"b\":\n    try:\n        os.close(os.open(\"ran\", os.O_CREAT | os.O_EXCL))\n    except FileExistsError:\n        os.environ[\"DATA_DIR\"] = os.getcwd()\nFILE = os.path",
    );
    desk.write("exercises/note/solutions/python/server.py", &moody);
    verify(&desk, "--only solutions --repeat 2 --stress --seed s1", 4)
        .says("verdicts that change from run to run\n  solutions/python  shares: ")
        .says("with seed s1-2");
    desk.write("exercises/note/solutions/python/server.py", SERVER);
    verify(&desk, "--only solutions --repeat 3", 0)
        .says("HELD 10 of 10 points, also in 2 further runs")
        .says("HELD  3 claims held");
}

#[test]
fn mutants_are_killed_and_survivors_say_what_they_changed() {
    let desk = desk();
    let only =
        "--only mutants/none,mutants/lose-saves,mutants/204-200,mutants/delay,mutants/no-etag";
    verify(&desk, only, 4)
        .says("mutants/none        full marks       HELD 10 of 10 points")
        .says("mutants/lose-saves  fails something  HELD killed by 1 check")
        .says("mutants/204-200     fails something  HELD killed by 1 check")
        .says("mutants/no-etag     fails something  IDLE met nothing to change")
        .says("mutants: 2 killed, 1 survived, 0 allowed to; mutation score 66 %\n  survived  mutants/delay: waits 200 ms\n    changed  PUT /note 204: waits 200 ms\n");
    desk.write(
        "exercises/note/mutants.toml",
        "delay = \"Nobody is in a hurry.\"\n",
    );
    verify(&desk, only, 0)
        .says("mutants/delay       may survive      HELD survived: Nobody is in a hurry.")
        .says("mutants: 2 killed, 0 survived, 1 allowed to; mutation score 100 %");
    desk.write("exercises/note/mutants.toml", "dalay = \"Why not.\"\n");
    verify(&desk, only, 4).notes("did you mean `delay`?");
}

#[test]
fn a_mutant_that_does_not_start_is_no_success() {
    let desk = desk();
    desk.write(
        "exercises/note/solutions/python/server.py",
        "raise SystemExit(3)\n",
    );
    verify(&desk, "--only mutants/lose-saves", 4)
        .says("mutants/lose-saves  fails something  BROKEN 1 deviation")
        .says("  the server\n    claimed  the server starts\n")
        .says("ended with exit code 3")
        .keeps_back("IDLE")
        .keeps_back("killed");
}

#[test]
fn a_mutant_that_changes_nothing_and_fails_a_check_is_no_idle_one() {
    let desk = desk();
    desk.write("exercises/note/solutions/python/server.py", &wordy());
    verify(&desk, "--only mutants/no-etag", 4)
        .says("mutants/no-etag  fails something  BROKEN 1 deviation\n")
        .says("  keeps\n    claimed  passes\n    got      failed\n");
}

#[test]
fn a_check_that_no_mutant_fails_is_told_with_what_it_asks() {
    let desk = desk();
    // It does not look at what comes back, so nothing on the wire can move it.
    let deaf = "[[check]]\nid = \"deaf\"\ntitle = \"It answers something\"\npoints = 1\nlevel = \"deep\"\n[[check.step]]\n\
                http = { on = \"a\", get = \"/gone\", timeout = \"30s\" }\nexpect.status = { gte = 100 }\n";
    desk.write("checks/note.toml", &format!("{CHECKS}{deaf}"));
    let gone = SERVER.replace(
        "        with open(FILE, \"rb\")",
        "        if self.path == \"/gone\":\n            return self.answer(404)\n        with open(FILE, \"rb\")",
    );
    desk.write("exercises/note/solutions/python/server.py", &gone);
    let answer = verify(&desk, "--mutants", 4);
    let answer = answer
        .says("note: 1 check that no mutant fails, with what they ask\n  deaf\n    asked    GET a/gone: 404\n");
    assert!(answer.out().contains("; mutation score "), "{answer}");
}

#[test]
fn a_missing_language_is_skipped_plainly_unless_all_are_required() {
    let desk = desk();
    desk.write("exercises/note/solutions/other/server", "");
    verify(&desk, "--only solutions", 0)
        .says("solutions/other   full marks  SKIP `no-such-runtime` is not installed");
    desk.course("--content . verify --only solutions")
        .env("COURSE_REQUIRE_ALL", "1")
        .exits(4);
}

#[test]
fn servers_that_are_not_there_are_said() {
    verify(&desk(), "--only brokn", 2).notes("`note` has no server `brokn`");
}

#[test]
fn what_this_machine_cannot_decide_is_neither_held_nor_broken() {
    let desk = desk();
    let late = "[[check]]\nid = \"late\"\ntitle = \"It goes on\"\npoints = 1\n[[check.step]]\n\
                http = { on = \"a\", get = \"/healthz\", timeout = \"30s\" }\nexpect.status = 200\n\
                [[check.step.meanwhile]]\nat = \"10m\"\nprocess = { pause = [\"a\"] }\n";
    desk.write("checks/note.toml", &format!("{CHECKS}{late}"));
    verify(&desk, "note --only solutions", 3)
        .says("solutions/python  full marks  UNSURE this machine could not decide 1 check")
        .says("UNSURE  0 claims held, 0 broken, 1 unsure, 0 skipped")
        .says("the step it goes with was over");
}

#[test]
fn only_the_checks_that_are_named_are_run_where_some_must_pass() {
    let desk = desk();
    let text = "wrong = \"It says too much.\"\nrun = \"python3 server.py\"\nmust_fail = [\"keeps\"]\n\
                must_pass = [\"shares\"]\nmessage = \"204 200\"\n";
    desk.write("exercises/note/broken/wordy/expect.toml", text);
    let other = "[[check]]\nid = \"other\"\ntitle = \"It is there\"\npoints = 1\n[[check.step]]\n\
                 http = { on = \"a\", get = \"/nowhere\", timeout = \"30s\" }\nexpect.status = 201\n";
    desk.write("checks/note.toml", &format!("{CHECKS}{other}"));
    verify(&desk, "note --only broken", 0).says("broken/wordy  fails keeps  HELD 0 of 10 points");
}
