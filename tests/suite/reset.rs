//! `course reset` and `course undo`.

use crate::desk::Desk;

fn started() -> Desk {
    let desk = Desk::new();
    desk.course("start hello --language python .").works();
    desk.write("server.py", "mine\n");
    std::fs::remove_file(desk.folder.join("lib/store.py")).unwrap();
    desk.write("lib/own.py", "own\n");
    desk
}

#[test]
fn reset_and_undo_give_every_file_back() {
    let desk = started();
    desk.course_in("lib", "reset --yes")
        .works()
        .says("  lib/store.py\n  server.py\n")
        .leads_to("course check");
    assert_eq!(desk.read("server.py"), "print(\"starter\")\n");
    assert_eq!(desk.read("lib/store.py"), "KEEP = {}\n");
    assert_eq!(desk.read("lib/own.py"), "own\n");
    desk.course("undo")
        .works()
        .says("lib/store.py (it was not there)")
        .leads_to("course check");
    assert_eq!(desk.read("server.py"), "mine\n");
    assert!(!desk.folder.join("lib/store.py").exists());
    assert_eq!(desk.read("lib/own.py"), "own\n");
    desk.course("undo")
        .exits(2)
        .notes("there is no reset of this folder to take back");
}

#[test]
fn what_was_written_after_a_reset_is_kept_by_undo() {
    let desk = started();
    desk.course("reset --yes").works();
    desk.write("server.py", "written after the reset\n");
    desk.course("undo").works();
    assert_eq!(desk.read("server.py"), "mine\n");
    let kept = desk.home.join("backups/hello/2/files/server.py");
    assert_eq!(
        std::fs::read_to_string(kept).unwrap(),
        "written after the reset\n"
    );
}

#[test]
fn without_a_terminal_reset_wants_a_yes() {
    let desk = started();
    desk.course("reset")
        .exits(2)
        .says("  server.py\n")
        .notes("error: nothing was changed; to reset without being asked, add `--yes`");
    assert_eq!(desk.read("server.py"), "mine\n");
}

#[test]
fn outside_an_exercise_there_is_nothing_to_reset() {
    let desk = Desk::new();
    desk.course("reset --yes")
        .exits(2)
        .notes("error: this folder holds no exercise");
}
