//! `course progress`, and progress that was damaged.

use crate::desk::Desk;

const PASSED: &str =
    r#"{"version":1,"exercises":{"hello":{"passed":"2026-01-01T00:00:00Z"}},"from_the_future":1}"#;

#[test]
fn a_damaged_file_is_recovered_kept_and_said_once() {
    let desk = Desk::new();
    desk.course("next --done").works();
    let text = std::fs::read_to_string(desk.home.join("progress.json")).unwrap();
    desk.write_progress(&text[..text.len() / 2]);
    desk.course("")
        .works()
        .says("lesson 2 of 3")
        .notes("note: your progress file was damaged; it is kept as `")
        .notes("progress.json.corrupt-1`. Nothing is lost");
    assert_eq!(
        std::fs::read_to_string(desk.home.join("progress.json.corrupt-1")).unwrap(),
        text[..text.len() / 2]
    );
    desk.course("").works().quietly();
}

#[test]
fn export_and_import_lose_no_pass_on_either_side() {
    let (one, other) = (Desk::new(), Desk::new());
    one.write_progress(PASSED);
    one.course("progress export mine.json")
        .works()
        .leads_to("course progress import mine.json");
    one.course("progress export mine.json")
        .exits(2)
        .notes("is there already");
    other.course("next --done").works();
    other.write("mine.json", &one.read("mine.json"));
    other
        .course("progress import mine.json")
        .works()
        .says("You have 1 lesson done and 1 exercise passed now.");
    let both = other.progress();
    assert_eq!(both["exercises"]["hello"]["passed"], "2026-01-01T00:00:00Z");
    assert!(both["lessons"]["who-asks"]["done"].is_string());
    assert_eq!(both["from_the_future"], 1);
}

#[test]
fn a_file_that_is_no_progress_is_refused_and_nothing_changes() {
    let desk = Desk::new();
    desk.write_progress(PASSED);
    desk.write("x.json", "[1]");
    desk.course("progress import x.json")
        .exits(2)
        .notes("error: `x.json` is not exported progress");
    assert!(desk.progress()["exercises"]["hello"]["passed"].is_string());
}

#[test]
fn progress_of_a_newer_version_is_left_untouched() {
    let desk = Desk::new();
    let newer = r#"{"version":9,"lessons":[]}"#;
    desk.write_progress(newer);
    desk.course("next --done")
        .exits(4)
        .notes("was written by a newer `course` (format 9)");
    assert_eq!(
        std::fs::read_to_string(desk.home.join("progress.json")).unwrap(),
        newer
    );
}

#[test]
fn processes_that_save_at_once_lose_nothing() {
    let desk = Desk::new();
    let files: Vec<String> = (0..8).map(|n| format!("p{n}.json")).collect();
    for (n, file) in files.iter().enumerate() {
        desk.write(
            file,
            &format!(r#"{{"version":1,"lessons":{{"l{n}":{{"done":"x"}}}}}}"#),
        );
    }
    std::thread::scope(|scope| {
        for file in &files {
            let desk = &desk;
            scope.spawn(move || desk.course(&format!("progress import {file}")).works());
        }
    });
    assert_eq!(desk.progress()["lessons"].as_object().unwrap().len(), 8);
}
