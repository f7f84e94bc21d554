//! Drawings, as they are seen.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::draw;
use crate::flowchart::parse;
use crate::render::markdown::wrap::width;
use crate::render::theme::Surface;

fn drawing(text: &str, columns: usize) -> String {
    let lines = draw(&parse(text).unwrap(), &Surface::plain(columns));
    for line in &lines {
        assert!(width(line) <= columns, "{line}");
    }
    lines.join("\n")
}

const TIERS: &str = "flowchart LR\nB[Browser] -->|HTTPS| L{{Balancer}}\nL --> A1[Instance A]\nL --> A2[Instance B]\nA1 & A2 --> D[(SQLite)]\n";

#[test]
fn tiers_are_drawn_to_the_right_and_downward() {
    insta::assert_snapshot!("tiers_right", drawing(TIERS, 80));
    insta::assert_snapshot!("tiers_down", drawing(&TIERS.replace("LR", "TD"), 80));
    insta::assert_snapshot!("tiers_40", drawing(TIERS, 40));
}

#[test]
fn decisions_branch_and_circles_close() {
    let text = "flowchart TD\nR[Request] --> C{Token valid?}\nC -->|yes| H[Handle]\nC -->|no| E[401]\nH --> S[(Store)]\nH -->|try again| R\nE --> X([Answer])\nS --> X\n";
    insta::assert_snapshot!("decision_down", drawing(text, 80));
    insta::assert_snapshot!("decision_right", drawing(&text.replace("TD", "LR"), 120));
}

#[test]
fn request_and_answer_are_two_lines() {
    let text = "flowchart LR\nC[Client] -->|request| S[Server]\nS -.->|answer| C\nS --> S\n";
    insta::assert_snapshot!("both_ways_right", drawing(text, 80));
    insta::assert_snapshot!("both_ways_down", drawing(&text.replace("LR", "TB"), 80));
}

#[test]
fn a_dozen_boxes_can_be_followed() {
    let text = "flowchart TB\nU([User]) --> DNS[DNS] & CDN[CDN]\nCDN --> LB[Load balancer]\nLB --> W1[Web 1] & W2[Web 2] & W3[Web 3]\nW1 & W2 & W3 --> Q[[Queue]]\nW1 & W2 & W3 --> R[(Cache)]\nQ --> K[Worker]\nK --> P[(Primary)]\nP -. replicates .-> S[(Replica)]\nW2 --> P\nsubgraph data [Data tier]\nP\nS\nend\n";
    insta::assert_snapshot!("dozen_down", drawing(text, 100));
}

#[test]
fn the_arrows_are_listed_where_nothing_fits() {
    let names = |n: usize| format!("A{n}[A part with the long name {n}]");
    let all: Vec<String> = (0..9).map(names).collect();
    let text = format!("flowchart TD\nR[Root] -->|asks| {}\n", all.join(" & "));
    let shown = drawing(&text, 40);
    assert!(
        shown.starts_with("Root ──asks──▶ A part with the long"),
        "{shown}"
    );
}

#[test]
fn arrows_that_nobody_could_follow_are_listed() {
    let mut text = String::from("flowchart TD\n");
    for at in 0..39 {
        let _ = writeln!(text, "n{at} -->|next| n{}", at + 1);
    }
    for at in 0..40 {
        let _ = writeln!(text, "n{} -->|back| n{}", 39 - at / 8, at % 8);
    }
    let shown = drawing(&text, 120);
    assert!(shown.starts_with("n0 ──next──▶ n1\n"), "{shown}");
}

#[test]
fn backward_drawings_point_back() {
    insta::assert_snapshot!("left", drawing("graph RL\nA --> B --> C\n", 60));
    insta::assert_snapshot!("up", drawing("graph BT\nA --> B & C\n", 60));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_drawing_is_wider_than_the_surface(
        edges in proptest::collection::vec((0_usize..9, 0_usize..9, "[a-z日👩 ]{0,12}", 0_usize..4), 1..16),
        direction in 0_usize..4,
        columns in 40_usize..=120,
    ) {
        let mut text = format!("flowchart {}\n", ["LR", "RL", "TB", "BT"][direction]);
        for (from, to, label, arrow) in edges {
            let arrow = ["-->", "<-->", "---", "-.->"][arrow];
            let label = if label.trim().is_empty() { String::new() } else { format!("|{label}|") };
            let _ = writeln!(text, "n{from}[Node {from}] {arrow}{label} n{to}");
        }
        drawing(&text, columns);
    }
}
