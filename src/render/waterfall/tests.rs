//! The pictures of one fixed visit, and of some that nobody would wish for.

use std::time::Duration;

use super::*;
use crate::lab::internet::visit::Stage::{Behind, Dns, Http, Memory, Render, Tcp, Tls};
use crate::render::theme::Surface;

fn leg(stage: Stage, text: &str, round_trips: u32, time: Option<(u64, u64)>) -> Leg {
    Leg {
        stage,
        name: None,
        text: text.to_owned(),
        round_trips,
        time: time.map(|(from, to)| (Duration::from_micros(from), Duration::from_micros(to))),
    }
}

fn about(name: &str, leg: Leg) -> Leg {
    let name = Some(name.to_owned());
    Leg { name, ..leg }
}

/// A visit on its way from a name to pixels, with something of each stage.
fn visit() -> Visit {
    let (shop, cdn) = ("www.amber-1f2e.test", "willow-77aa.thyme-0b1c.cdn.test");
    let root = "root: refers to test (192.0.2.17)";
    let site = "site over TCP: willow-77aa.thyme-0b1c.cdn.test (192.0.2.4)";
    let memory = "198.51.100.7, 198.51.100.9, for 41 s more";
    let behind = |text: &str, from, to| leg(Behind, text, 0, Some((from, to)));
    let legs = vec![
        about(shop, leg(Dns, root, 1, Some((1_310, 1_420)))),
        about(
            shop,
            leg(Dns, "TLD: is silent (192.0.2.90)", 0, Some((2_000, 2_050))),
        ),
        about(shop, leg(Dns, site, 2, Some((3_100, 3_300)))),
        about(cdn, leg(Memory, memory, 0, None)),
        leg(
            Tcp,
            "198.51.100.7:443, connection 1",
            1,
            Some((4_400, 4_400)),
        ),
        leg(
            Tls,
            "www.amber-1f2e.test: TLSv1.3, http/1.1",
            1,
            Some((5_000, 8_250)),
        ),
        leg(
            Http,
            "edge-9c11: 200 miss /, 812 bytes",
            1,
            Some((9_000, 13_500)),
        ),
        behind("lb-0d0d for edge-9c11", 9_400, 13_100),
        behind("app-5e5e for lb-0d0d", 9_900, 12_800),
        behind("db-3a3a for app-5e5e", 11_000, 11_200),
        leg(
            Http,
            "edge-9c11: 200 hit /0a1b2c3d.css, 1904 bytes",
            1,
            Some((14_000, 14_100)),
        ),
        leg(Render, "style /0a1b2c3d.css", 0, None),
        leg(Render, "paint /", 0, None),
    ];
    Visit {
        legs,
        page: Some(6),
    }
}

fn drawn(width: usize) -> String {
    draw(&visit(), Surface::plain(width)).join("\n")
}

#[test]
fn a_visit_at_three_widths() {
    insta::assert_snapshot!("at_60", drawn(60));
    insta::assert_snapshot!("at_80", drawn(80));
    insta::assert_snapshot!("at_120", drawn(120));
}

#[test]
fn a_visit_as_svg() {
    insta::assert_snapshot!(
        "svg",
        svg(&[("Cold & new", &visit()), ("Warm", &Visit::default())])
    );
}

#[test]
fn visits_side_by_side() {
    let (cold, warm) = (visit(), Visit::default());
    let visits = [("cold", &cold), ("warm", &warm)];
    insta::assert_snapshot!(compared(&visits, Surface::plain(60)).join("\n"), @r"
                                     cold    warm
    round trips                         7       0
    until the page is there             6       -
    questions to name servers           3       0
    requests                            2       0
    requests among servers behind       3       0
    ms until the page is there       13.5       -
    ");
}

#[test]
fn no_line_is_wider_than_the_surface_whatever_a_client_says() {
    let mut visit = visit();
    visit.legs[0].name = Some("\u{1b}[31m日本語".repeat(30));
    visit.legs[0].text = "\u{1b}]8;;x\u{7}日本語".repeat(30);
    for width in 40..=120 {
        let visits = [("cold", &visit), ("warm", &visit)];
        let lines = draw(&visit, Surface::plain(width)).into_iter();
        for line in lines.chain(compared(&visits, Surface::plain(width))) {
            assert!(cell::width(&line) <= width, "{width}: {line}");
            assert!(!line.contains('\u{1b}'), "{line}");
        }
    }
    let picture = svg(&[("<&\">", &visit)]);
    assert!(!picture.contains('\u{1b}') && picture.contains("&lt;&amp;&quot;&gt;"));
}

#[test]
fn with_colour_the_words_are_the_same() {
    let surface = Surface {
        color: true,
        ..Surface::plain(80)
    };
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    let painted = draw(&visit(), surface).join("\n");
    assert!(painted.contains('\u{1b}'));
    assert_eq!(escape.replace_all(&painted, ""), drawn(80));
}

#[test]
fn without_unicode_bars_are_made_of_number_signs() {
    let surface = Surface {
        ascii: true,
        ..Surface::plain(120)
    };
    let drawn = draw(&visit(), surface).join("\n");
    assert!(drawn.is_ascii() && drawn.contains("####"), "{drawn}");
}
