//! `course read`.

use crate::desk::Desk;

#[test]
fn a_lesson_is_read_by_number_name_or_beginning() {
    let desk = Desk::new();
    for name in ["2", "what-is-kept", "what-is-k"] {
        desk.course(&format!("read {name}"))
            .works()
            .says("2. What is kept")
            .says("database")
            .leads_to("course next");
    }
}

#[test]
fn a_section_is_read_alone() {
    let desk = Desk::new();
    desk.course("read 2#sessions")
        .works()
        .says("A session in memory is a session lost.")
        .keeps_back("A process forgets")
        .keeps_back("Keeping a cart");
}

#[test]
fn names_that_are_not_there_get_the_nearest() {
    let desk = Desk::new();
    desk.course("read what-is-kpt")
        .exits(2)
        .notes("error: there is no lesson `what-is-kpt`; did you mean `what-is-kept`?");
    desk.course("read helo")
        .exits(2)
        .notes("error: there is no exercise `helo`; did you mean `hello`?");
    desk.course("read what").exits(2).notes(
        "error: several names begin with `what`: `what-is-kept`, `what-is-next`; type more of one",
    );
    desk.course("read 9")
        .exits(2)
        .notes("error: there is no lesson 9; lessons go from 1 to 4, see `course list`");
    desk.course("read 2#sesions")
        .exits(2)
        .notes("error: there is no section of lesson 2 `sesions`; did you mean `sessions`?");
}

#[test]
fn the_brief_of_an_exercise_is_read_like_a_lesson() {
    let desk = Desk::new();
    for name in ["hello", "hel"] {
        desk.course(&format!("read {name}"))
            .works()
            .says("Answer `GET /hello` with a greeting.")
            .leads_to("course next");
    }
    desk.course("read hello#nothing")
        .exits(2)
        .notes("error: there is no section of hello `nothing`");
}

#[test]
fn raw_is_the_markdown_as_it_is_written() {
    let desk = Desk::new();
    let answer = desk.course("read 2 --raw").works().quietly();
    assert!(answer.out().contains("| memory | no |"), "{answer}");
    assert!(
        answer.out().ends_with("Keeping a cart in a variable.\n"),
        "{answer}"
    );
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let desk = Desk::new();
    for line in ["read 2", "list", "search session"] {
        let answer = desk.course(line).env("COLUMNS", "40").works();
        assert!(
            answer.out().lines().all(|l| l.chars().count() <= 40),
            "{answer}"
        );
    }
}

#[test]
fn a_markdown_file_is_drawn_as_a_lesson_is() {
    let desk = Desk::new();
    desk.write("draft.md", "# My draft\n\nIt has *one* line.\n");
    desk.course("read ./draft.md")
        .works()
        .says("My draft")
        .says("It has *one* line.");
    desk.course("read draft.md --raw").works().says("*one*");
    desk.course("read absent.md").exits(2).notes("absent.md");
}
