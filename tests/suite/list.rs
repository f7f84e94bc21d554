//! `course list`.

use crate::desk::Desk;

#[test]
fn the_map_shows_states_in_words() {
    let desk = Desk::new();
    desk.course("next --done").works();
    desk.write("x", "");
    let answer = desk
        .course("list")
        .works()
        .quietly()
        .leads_to("course next");
    let rows: Vec<String> = answer.out().lines().map(str::to_owned).collect();
    assert_eq!(
        rows[..5],
        [
            "✓ done       1. Who asks (5 min)",
            "→ next       2. What is kept (6 min)",
            "· open          exercise hello (20 min)",
            "· open       4. What is next (3 min)",
            "· open          exercise later (30 min)",
        ],
        "{answer}"
    );
}

#[test]
fn a_checked_exercise_shows_its_points() {
    let desk = Desk::new();
    desk.write_progress(
        r#"{"version":1,"exercises":{"hello":{"last_check":{"at":"x","seed":"1","earned":3,"total":5,"checks":[]}}}}"#,
    );
    desk.course("list")
        .works()
        .says("◐ started       exercise hello (20 min, 3/5 points)");
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let desk = Desk::new();
    let answer = desk.course("list --format json").works().quietly();
    let map: serde_json::Value = serde_json::from_str(&answer.out()).unwrap();
    assert_eq!(map["format"], "course-list/v1");
    assert_eq!(map["next"], "course next");
    assert_eq!(map["steps"][0]["state"], "next");
    assert_eq!(map["steps"][2]["slug"], "hello");
    assert_eq!(map["steps"].as_array().unwrap().len(), 5);
}
