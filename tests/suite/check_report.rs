//! `course check --report`: one page that explains a run to whoever has not seen the terminal.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::check_bench::Bench;
use crate::check_interrupt::{CHECKS as BOTH, midway};
use crate::desk::Desk;

/// The page of a bench, and how the run ended.
fn page(bench: &Bench, line: &str, code: i32) -> String {
    let file = bench.root.join("work/out/index.html");
    bench
        .course(&format!("check --seed 7 --report out {line}"))
        .exits(code)
        .notes(&format!("report: {}", file.display()));
    std::fs::read_to_string(file).unwrap()
}

/// The page of the Python starter of the refactoring, checked once for all tests.
pub(crate) fn starter() -> &'static Path {
    static KEPT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = KEPT.get_or_init(|| {
        let desk = Desk::new();
        desk.course("start stateless-refactor --language python server")
            .unnamed()
            .works();
        desk.course_in("server", "check --seed 81f2 --report ../page")
            .unnamed()
            .exits(1);
        let kept = tempfile::tempdir().unwrap();
        let file = kept.path().join("index.html");
        std::fs::copy(desk.folder.join("page/index.html"), &file).unwrap();
        (kept, file)
    });
    file
}

/// Loads on one instance and on two, in the world of `check_load`, with more asked of both than they can give.
pub(crate) const LOADS: &str = r#"
[[check]]
id = "scaling"
title = "Two instances bring a hundred times as much"
points = 1
[[check.step]]
name = "with one instance"
load = { on = "one", clients = 8, for = "1s", warmup = "200ms", get = "/ok" }
expect.rate = { lte = 100 }
[[check.step]]
name = "with two instances"
load = { on = "two", clients = 16, for = "1s", warmup = "200ms", get = "/missing" }
expect.tally = { "200" = { gte = 1 } }
"#;

/// Six clients on registers, while an instance is killed.
pub(crate) const HISTORY: &str = r#"
[[check.step]]
name = "6 clients write and read 2 keys"
[check.step.history]
on = ["a", "b"]
clients = 6
keys = 2
operations = 400
minimum = 20
for = "3s"
write = { put = "/registers/{{ key }}", json = { n = "{{ value }}" } }
read = { get = "/registers/{{ key }}", value = "$.n" }
[check.step.expect]
consistency = "linearizable"
lost = 0
[[check.step.meanwhile]]
at = "400ms"
process = { kill = ["a"] }
[[check.step.meanwhile]]
at = "700ms"
process = { start = ["a"] }
"#;

/// A drawing in which the browser asks the database.
pub(crate) fn drawing() -> Bench {
    let checks = include_str!("fixtures/grading/language/drawing.toml");
    let bench = Bench::graded_by("serve", checks);
    let drawing = "flowchart LR
  browser([Browser]):::client -->|HTTPS over TCP| web[nginx]:::web
  web -->|HTTP| shop{Shop}:::app
  subgraph tier [Where data lives]
    db[(Database)]:::db
  end
  shop -->|SQL| db
  browser -->|SQL| db
";
    std::fs::write(bench.root.join("work/architecture.mmd"), drawing).unwrap();
    bench
}

#[test]
fn the_page_of_a_starter_explains_why_it_fails() {
    let shown = std::fs::read_to_string(starter()).unwrap();
    for text in [
        "Stateless refactor",
        "NOT PASSED YET",
        "Any instance serves any user",
        "Without stickiness the next request reaches whichever instance is free.",
        "<dt>expected</dt><dd><code>200</code>",
        "<dt>got</dt><dd><code>401</code>",
        "no such user",
        "your server b printed",
        "curl ",
        "This instance does not know somebody whom the other one knows",
        "course read where-state-lives#sessions",
        "course check any-instance --seed 81f2",
        "checks/stateless-refactor.toml:",
        "b to checker: 401, expected 200",
        "Request log: ",
    ] {
        assert!(shown.contains(text), "no `{text}` in {shown}");
    }
}

#[test]
fn the_page_is_one_file_that_loads_nothing() {
    let shown = std::fs::read_to_string(starter()).unwrap();
    let policy = "content=\"default-src 'none'; style-src 'sha256-";
    assert!(shown.contains(policy), "{shown}");
    // What stands inside tags is ours; a server can only write between them.
    let tags = shown.split('<').filter_map(|part| part.split_once('>'));
    let tags: Vec<&str> = tags.map(|(tag, _)| tag).collect();
    assert!(tags.len() > 500, "{shown}");
    for tag in tags {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        let loads = [
            "script", "link", "img", "iframe", "object", "embed", "base", "image", "use",
        ];
        assert!(!loads.contains(&name), "<{tag}>");
        for attribute in [" src=", " style=", " onload=", " xlink:href=", " srcset="] {
            assert!(!tag.contains(attribute), "<{tag}>");
        }
        let elsewhere = tag.contains(" href=") && !tag.contains(" href=\"#");
        assert!(!elsewhere, "<{tag}>");
    }
    let style = shown.split("<style>").nth(1).unwrap();
    let style = style.split("</style>").next().unwrap();
    assert!(
        !style.contains("url(") && !style.contains("@import"),
        "{style}"
    );
}

#[test]
fn rule_12_what_a_server_sends_is_shown_escaped_in_the_page() {
    let shown = page(&Bench::new("serve", crate::check_hostile::HOSTILE), "", 1);
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!shown.contains(hidden), "{shown}");
    assert!(shown.contains("\\x1b"), "{shown}");
    assert!(!shown.contains("]]>"), "{shown}");
    assert_eq!(shown.matches("<script").count(), 0, "{shown}");
}

const MARKUP: &str = r#"
[[check]]
id = "markup"
title = "It answers <b>plainly</b>"
points = 1
[[check.step]]
http = { on = "a", get = "/<script>alert(1)</script>/%00" }
expect.status = { matches = "</code></dd><script>" }
"#;

#[test]
fn rule_12_markup_in_paths_and_titles_stays_text() {
    let shown = page(&Bench::new("serve", MARKUP), "", 1);
    assert_eq!(shown.matches("<script").count(), 0, "{shown}");
    assert!(
        shown.contains("It answers &lt;b&gt;plainly&lt;/b&gt;"),
        "{shown}"
    );
    assert!(
        shown.contains("&lt;/code&gt;&lt;/dd&gt;&lt;script&gt;"),
        "{shown}"
    );
}

#[test]
fn rule_12_secrets_are_masked_in_the_page_and_shown_when_asked() {
    let bench = Bench::new("serve", crate::check_hostile::LEAK);
    let secrets = crate::check_hostile::secrets(&bench);
    let shown = page(&bench, "", 1);
    for secret in &secrets {
        assert!(!shown.contains(secret), "`{secret}` in {shown}");
    }
    assert!(shown.contains("$TOKEN"), "{shown}");
    let open = page(&bench, "--show-secrets", 1);
    assert!(secrets.iter().any(|secret| open.contains(secret)), "{open}");
}

#[test]
fn a_run_that_was_stopped_leaves_a_page_about_what_was_run() {
    let bench = Bench::new("serve", BOTH);
    let running = midway(&bench, "check --report out");
    running.signal("INT");
    running.end().exits(130).notes("report: ");
    let shown = std::fs::read_to_string(bench.root.join("work/out/index.html")).unwrap();
    assert!(shown.contains("STOPPED BEFORE THE END"), "{shown}");
    assert!(shown.contains("1 check ran, 1 passed"), "{shown}");
    assert!(shown.contains("<dt>not run</dt><dd>slow</dd>"), "{shown}");
    bench.leaves_nothing();
}

#[test]
fn a_server_that_was_not_ready_leaves_a_page_that_says_why() {
    let bench = Bench::new("serve", BOTH);
    bench.runs("python3 -c 'print(\"last <words>\"); exit(7)'");
    let shown = page(&bench, "", 3);
    assert!(shown.contains("NOT GRADED"), "{shown}");
    assert!(shown.contains("last &lt;words&gt;"), "{shown}");
}

#[test]
fn the_page_stands_beside_every_format_and_overwrites_only_itself() {
    let bench = Bench::new(
        "serve",
        &BOTH[..BOTH.find("[[check]]\nid = \"slow\"").unwrap()],
    );
    let out = bench.root.join("work/out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine.html"), "mine").unwrap();
    for format in ["human", "json", "junit", "tap"] {
        let shown = page(&bench, &format!("--format {format}"), 0);
        assert!(shown.contains("✓ PASSED"), "{shown}");
    }
    let kept = std::fs::read_to_string(out.join("mine.html")).unwrap();
    assert_eq!(kept, "mine");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 2);
    std::fs::write(out.join("index.html"), "<title>my own page</title>").unwrap();
    bench
        .course("check --report out")
        .exits(2)
        .notes("its index.html is not a report of course");
    bench.course("check --report out --list").exits(2);
}
