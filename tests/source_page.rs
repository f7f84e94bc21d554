//! The page that this course grew from: every part of it is found somewhere in the course, and every error of it is
//! corrected, openly, where it belongs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

/// A part of the page, the lesson that takes it up (its number), and words of that lesson.
const PARTS: [(&str, u32, &str); 28] = [
    (
        "concept",
        1,
        "take any two boxes in any diagram and say which one is the client",
    ),
    (
        "analogy: the restaurant",
        1,
        "The customer never walks into the kitchen.",
    ),
    ("analogy: where it breaks", 8, "A client has no legs."),
    (
        "component table: client",
        1,
        "| client | sends requests, shows results |",
    ),
    (
        "component table: server",
        1,
        "| server | answers requests, guards data |",
    ),
    (
        "component table: protocol",
        1,
        "| protocol | rules for talking |",
    ),
    ("component table: database", 1, "| database | keeps data |"),
    (
        "key concept: request-response cycle",
        2,
        "Every exchange has the same four beats.",
    ),
    (
        "key concept: stateless and stateful",
        4,
        "A process is **stateless** when it keeps nothing that is needed later.",
    ),
    (
        "key concept: tiers, one",
        3,
        "| one | all in one program on your computer |",
    ),
    (
        "key concept: tiers, two",
        3,
        "In a two-tier system, every client logs into the database.",
    ),
    (
        "key concept: tiers, three",
        3,
        "The jump from two to three is the important one.",
    ),
    (
        "key concept: tiers, n",
        3,
        "counts load balancer, cache, and CDN as tiers, too",
    ),
    (
        "why it matters in interviews",
        14,
        "every design question starts with a client that makes requests to a server",
    ),
    (
        "where to add a balancer, a cache, a message queue",
        14,
        "A **message queue** takes work",
    ),
    (
        "pro tip",
        14,
        "always start with a drawing of client, server, and database",
    ),
    (
        "code: sessions in memory",
        4,
        "boiled down from the page's own \"bad\" example",
    ),
    ("code: tokens", 5, "const claims = jwt.verify(token, SECRET"),
    (
        "code: three tiers, the list of users",
        6,
        "SELECT id, name, email FROM users LIMIT 100",
    ),
    (
        "code: both halves, to be reviewed",
        6,
        "a \"good\" half that uses tokens",
    ),
    (
        "mistake 1: a stateful server in a distributed system",
        4,
        "With N instances it is (N - 1) / N.",
    ),
    (
        "mistake 2: client-server taken for peer-to-peer",
        1,
        "**\"Client-server and peer-to-peer are the same thing",
    ),
    (
        "mistake 3: forgetting the network",
        8,
        "**Write a number on each arrow",
    ),
    (
        "mistake 4: business logic on the client",
        3,
        "**what happens if the client lies?**",
    ),
    (
        "exercise 3: the flow of a request, amazon.com",
        7,
        "amazon.com",
    ),
    (
        "exercise 5: the crash",
        11,
        "your stateful server crashes and restarts",
    ),
    (
        "exercise 6: 1,000 to 10,000",
        13,
        "The page this course grew from asks you to explain just that.",
    ),
    ("mock interview", 14, "Forty-five minutes"),
];

/// The errors of the page, by the number that our notes give them.
const ERRORS: [(&str, u32, &str); 23] = [
    (
        "S1: it does not run",
        6,
        "This one does not even run. Every login ends in 500",
    ),
    (
        "S2: a token for anybody",
        5,
        "signs a token for whatever `userId` it is sent",
    ),
    (
        "S3: stateless = JWT",
        4,
        "gives JWTs as *the* stateless way, and then advises an external session store",
    ),
    (
        "S4: sticky sessions as state",
        4,
        "They are not the state. They are a workaround",
    ),
    (
        "S5: 403 for a bad token",
        5,
        "The page we grew from answers 403 to a bad token.",
    ),
    (
        "S6: 401 without WWW-Authenticate",
        5,
        "A 401 must carry that header.",
    ),
    ("S7: any scheme", 5, "so `Basic <token>` gets in"),
    (
        "S8: a default secret",
        5,
        "and everybody who reads the source is an admin",
    ),
    (
        "S9: the algorithm is not pinned",
        5,
        "The cure is one argument: `algorithms: ['HS256']`.",
    ),
    (
        "S10: 24 hours, no logout",
        5,
        "The page's token lives 24 hours, which is 86,400 seconds, and there is no way back.",
    ),
    (
        "S11: all in the token",
        5,
        "**\"JWTs are encrypted.\"** They are signed.",
    ),
    (
        "S12: Math.random",
        4,
        "they had 7 to 13 characters, and 70 of 100 had 11",
    ),
    ("S13: `{}` as a map", 4, "so is `sessions['constructor']`"),
    ("S14: sessions for ever", 4, "**Nothing is ever deleted.**"),
    (
        "S15: a list for anybody",
        3,
        "with names and mail addresses, to anybody",
    ),
    (
        "S16: HTTP, WebSocket, gRPC side by side",
        1,
        "as if they were three of a kind",
    ),
    (
        "S17: the database as a fourth thing",
        1,
        "The database is not a fourth kind of thing.",
    ),
    (
        "S18: the waiter",
        8,
        "Let us take that further than it does.",
    ),
    (
        "S19: 50 to 200 ms",
        8,
        "That is one arrow: a client on another continent.",
    ),
    (
        "S20: balancer, cache and CDN as tiers",
        3,
        "A balancer or a cache sits *between* tiers",
    ),
    (
        "S21: always prefer stateless",
        13,
        "always prefer stateless. That is half of a rule.",
    ),
    (
        "S22: a fixed port, no signal",
        11,
        "It handles no signal, so each deploy cuts off whoever is inside. It also listens on a fixed 3000",
    ),
    (
        "S23: every design question",
        14,
        "**Not every.** A nightly report has no client that waits.",
    ),
];

/// The text of a lesson on one line, front matter included.
fn lesson(number: u32) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let begins = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(&format!("{number:02}-")) && name.to_lowercase().ends_with(".md")
    };
    let path = files.find(|path| begins(path)).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn missing(table: &[(&str, u32, &str)]) -> Vec<String> {
    table
        .iter()
        .filter(|(_, number, words)| !lesson(*number).contains(words))
        .map(|(part, number, words)| format!("{part}: lesson {number} no longer says `{words}`"))
        .collect()
}

#[test]
fn every_part_of_the_page_is_taken_up() {
    let missing = missing(&PARTS);
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_error_of_the_page_is_corrected_where_it_belongs() {
    let missing = missing(&ERRORS);
    assert!(missing.is_empty(), "{missing:#?}");
    let ids: Vec<&str> = ERRORS
        .iter()
        .map(|e| e.0.split(':').next().unwrap())
        .collect();
    let wanted: Vec<String> = (1..=23).map(|n| format!("S{n}")).collect();
    assert_eq!(ids, wanted);
}

/// Its common mistakes are shown live, each from the lesson that takes it up.
#[test]
fn each_of_its_four_mistakes_can_be_seen() {
    for (number, mistake) in [(4, 1), (1, 2), (8, 3), (3, 4)] {
        let command = format!("`course demo mistake-{mistake}`");
        assert!(
            lesson(number).contains(&command),
            "lesson {number}: {command}"
        );
    }
    let source = course::base::source::Source::Embedded;
    let anchors = course::checks::file::Anchors::new();
    let shown = course::checks::mistake::all(&source, &anchors).unwrap();
    let numbers: Vec<u32> = shown.iter().map(|mistake| mistake.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn each_of_its_six_exercises_is_led_to_by_a_lesson() {
    let exercises = [
        (3, "draw-the-architecture"),
        (6, "stateless-refactor"),
        (8, "request-flow-trace"),
        (9, "multi-tier-design"),
        (11, "failure-scenario"),
        (13, "scaling"),
    ];
    for (number, exercise) in exercises {
        let line = format!("exercise = \"{exercise}\"");
        assert!(lesson(number).contains(&line), "lesson {number}: {line}");
    }
}

#[test]
fn its_empty_interview_has_questions_and_a_clock() {
    let source = course::base::source::Source::Embedded;
    assert_eq!(course::interview::bank(&source).unwrap().len(), 30);
}
