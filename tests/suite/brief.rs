//! The brief of `request-flow-trace` says enough: a tracer in a language that has no starter, written from that page
//! alone, gets full marks.

use std::io::Write as _;
use std::process::Command;

use crate::desk::{Desk, shipped};

/// Whether the Java of this machine can compile and run; without it nothing is proven, and with `COURSE_REQUIRE_ALL`
/// that is a failure.
fn has_java() -> bool {
    let works = |program: &str| {
        let told = Command::new(program).arg("-version").output();
        told.is_ok_and(|told| told.status.success())
    };
    if works("java") && works("javac") {
        return true;
    }
    let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!required, "a JDK is required and not installed");
    let _ = writeln!(std::io::stderr(), "skipped: no JDK is installed");
    false
}

#[test]
fn a_tracer_in_java_gets_full_marks_from_the_brief_alone() {
    if !has_java() {
        return;
    }
    let desk = Desk::new();
    let source = shipped().join("tests/suite/servers/Tracer.java");
    let built = Command::new("javac")
        .args(["-nowarn", "-d", "."])
        .arg(source)
        .current_dir(&desk.folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    desk.write(
        "course.toml",
        "exercise = \"request-flow-trace\"\nlanguage = \"blank\"\nrun = \"java -XX:TieredStopAtLevel=1 Tracer\"\n",
    );
    let content = shipped();
    desk.course("check --seed 21")
        .env("COURSE_CONTENT", content.to_str().unwrap())
        .works()
        .says("100 of 100");
}
