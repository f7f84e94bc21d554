//! The brief of `request-flow-trace` says enough: a tracer in a language that has no starter, written from that page
//! alone, gets full marks.

use std::process::Command;

use crate::desk::{Desk, shipped};

#[test]
#[ignore = "needs a JDK"]
fn a_tracer_in_java_gets_full_marks_from_the_brief_alone() {
    let desk = Desk::new();
    let source = shipped().join("tests/suite/servers/Tracer.java");
    let built = Command::new("javac")
        .args(["-d", "."])
        .arg(source)
        .current_dir(&desk.folder)
        .status()
        .unwrap();
    assert!(built.success());
    desk.write(
        "course.toml",
        "exercise = \"request-flow-trace\"\nlanguage = \"blank\"\nrun = \"java Tracer\"\n",
    );
    let content = shipped();
    desk.course("check --seed 21")
        .env("COURSE_CONTENT", content.to_str().unwrap())
        .works()
        .says("100 of 100");
}
