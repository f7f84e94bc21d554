//! `course search`.

use crate::desk::Desk;

#[test]
fn a_hit_names_its_section_and_how_to_read_it() {
    let desk = Desk::new();
    desk.course("search set-cookie")
        .works()
        .says("2#sessions  Sessions\n")
        .leads_to("course read 2#sessions");
}

#[test]
fn words_that_nobody_says_are_said_back() {
    let desk = Desk::new();
    desk.course("search blockchain")
        .works()
        .says("No lesson has all these words in one section: blockchain")
        .leads_to("course list");
}
