//! `course hint`.

use crate::desk::Desk;

fn failed(checks: &str) -> Desk {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    desk.write_progress(&format!(
        r#"{{"version":1,"exercises":{{"hello":{{"last_check":{{"at":"x","seed":"1","earned":0,"total":5,"checks":[{checks}]}}}}}}}}"#
    ));
    desk
}

#[test]
fn each_call_reveals_one_more_until_there_is_none() {
    let desk = failed(r#"{"id":"boots","outcome":"passed"},{"id":"greets","outcome":"failed"}"#);
    desk.course("hint")
        .works()
        .says("Hint 1 of 3 for `greets`\nWho is asking?")
        .keeps_back("Look at the name.")
        .leads_to("course check");
    desk.course("hint")
        .works()
        .says("Look at the name.")
        .keeps_back("Print");
    for _ in 0..2 {
        desk.course("hint")
            .works()
            .says("Print `hello`.")
            .says("That was the last hint.");
    }
    assert_eq!(desk.progress()["exercises"]["hello"]["hints"]["greets"], 3);
}

#[test]
fn without_a_failure_there_is_nothing_to_hint_at() {
    let desk = failed(r#"{"id":"greets","outcome":"passed"}"#);
    desk.course("hint")
        .works()
        .says("No check of `hello` has failed in the last run")
        .leads_to("course check");
}
