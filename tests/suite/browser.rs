//! What only a real browser can tell: whether everybody can read a report, and whether a person can order in the shop.
//!
//! The scripts are in `tests/browser`. They need node, npm and Chromium; without them these tests are skipped, and under
//! `COURSE_REQUIRE_ALL=1` they fail.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check_bench::{Bench, copy};
use crate::check_history;
use crate::check_load::WORLD;
use crate::check_report::{HISTORY, LOADS, drawing, starter};
use crate::check_running::lossy;
use crate::desk::{Desk, shipped};
use crate::node;

/// Under which names Chromium is known.
const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "chrome"];

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = CHROMIUM
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = places.into_iter().find(|place| place.is_file());
    if found.is_none() {
        let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
        assert!(!required, "Chromium is required and not installed");
        let _ = writeln!(std::io::stderr(), "skipped: Chromium is not installed");
    }
    found
}

/// Scripts with a browser to run them in; `None` where there is none.
struct Browser {
    chromium: PathBuf,
    scripts: tempfile::TempDir,
}

impl Browser {
    fn find() -> Option<Self> {
        Some(Self {
            chromium: chromium()?,
            scripts: node::track(&shipped().join("tests/browser"))?,
        })
    }

    /// Runs a script: its exit code, and what it said and complained of.
    fn runs(&self, script: &str, arguments: &[String]) -> (Option<i32>, String) {
        let output = Command::new("node")
            .arg(self.scripts.path().join(script))
            .args(arguments)
            .env("CHROMIUM", &self.chromium)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), lossy(&said))
    }
}

#[test]
fn a_failing_report_is_read_by_everybody_in_light_and_dark_on_a_phone_and_on_a_desk() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let loads = Bench::graded_by("serve", &format!("{WORLD}{LOADS}"));
    let histories = check_history::bench("memory", HISTORY);
    let drawings = drawing();
    let mut pages = vec![format!("starter={}", starter().display())];
    for (name, bench, picture) in [
        ("loads", &loads, "Throughput"),
        (
            "history",
            &histories,
            "The operations that no order explains",
        ),
        ("drawing", &drawings, "what is wrong in it is marked"),
    ] {
        let ended = bench.course("check --seed 81f2 --report out");
        let page = bench.root.join("work/out/index.html");
        let shown = std::fs::read_to_string(&page).unwrap();
        // Where this machine was the limit of a load, there is no curve.
        let undecided = shown.contains("? UNSURE");
        assert!(
            shown.contains(picture) || undecided,
            "no {picture}: {ended}"
        );
        pages.push(format!("{name}={}", page.display()));
    }
    let (code, out) = browser.runs("accessibility.mjs", &pages);
    assert_eq!(code, Some(0), "{out}");
    for page in ["starter", "loads", "history", "drawing"] {
        assert!(
            out.contains(&format!("looked at {page} in 4 views")),
            "{out}"
        );
    }
}

/// A person orders in the shop of this folder, run as `course run` runs it.
fn orders(kind: &str, run: &str, arguments: &[&str]) {
    let Some(browser) = Browser::find() else {
        return;
    };
    let desk = Desk::new();
    let start = "start draw-the-architecture --language python shop";
    desk.course(start).unnamed().works();
    let servers = shipped().join("exercises/draw-the-architecture");
    copy(
        &servers.join(kind).join("python"),
        &desk.folder.join("shop"),
    );
    let mut running = desk.course_in("shop", run).unnamed().running();
    let (out, _) = running.until(|out, _| out.contains("Ctrl-C"));
    let tried = out.split("curl -i ").nth(1).unwrap();
    let url = tried.split("/healthz").next().unwrap().to_owned();
    let arguments: Vec<String> = std::iter::once(url)
        .chain(arguments.iter().map(ToString::to_string))
        .collect();
    let (code, said) = browser.runs("shop.mjs", &arguments);
    running.signal("INT");
    let ended = running.end();
    assert_eq!(code, Some(0), "{said}\n{ended}");
}

#[test]
fn a_person_orders_in_the_shop_of_the_solution_through_a_balancer() {
    orders(
        "solutions",
        "run --instances 2 --balancer",
        &["TENOFF", "66.60"],
    );
}

#[test]
fn a_person_orders_in_the_shop_that_learners_start_with() {
    orders("starters", "run", &["", "73.99"]);
}

#[test]
fn the_scripts_find_a_page_that_is_wrong() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let page: &Path = &temp.path().join("wrong.html");
    std::fs::write(
        page,
        "<!doctype html><title>x</title><img src=x.png><p style='color:#999;width:2000px'>pale</p>",
    )
    .unwrap();
    let wrong = format!("wrong={}", page.display());
    let (code, err) = browser.runs("accessibility.mjs", &[wrong]);
    assert_eq!(code, Some(1), "{err}");
    for mistake in [
        "image-alt",
        "color-contrast",
        "html-has-lang",
        "it loads",
        "wide in a window",
    ] {
        assert!(err.contains(mistake), "no {mistake} in {err}");
    }
}
