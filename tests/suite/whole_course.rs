//! The whole course, walked on a terminal by somebody who knows the answers: from the first lesson to the last word of
//! the interview. It takes whatever lessons and exercises there are.
//!
//! Nothing here waits for a clock: every step waits for what the program says next.

#![cfg(unix)]

use std::io::Write as _;
use std::path::Path;

use course::base::slug::Slug;
use course::base::source::Source;
use course::course::{Course, Next, Stop};
use course::exercises::Exercise;
use course::learner::Progress;
use course::questions::{Kind, Question};
use rexpect::ReadUntil;
use rexpect::session::PtySession;

use crate::desk::{Desk, Typed, shipped};

/// How a learner gets past an exercise.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Fails with the starter, and passes with the solution in its place.
    Passing,
    /// Looks at the solution and goes on.
    GivingUp,
}

fn typed(desk: &Desk, folder: &str, line: &str) -> Typed {
    desk.course_in(folder, line)
        .env("COURSE_CONTENT", shipped().to_str().unwrap())
}

fn on_a_terminal(desk: &Desk, line: &str) -> PtySession {
    let content = shipped();
    crate::next::on_a_terminal(desk, line, &[("COURSE_CONTENT", content.to_str().unwrap())])
}

fn course() -> Course {
    Course::load(&Source::Folder(shipped())).unwrap()
}

fn progress(desk: &Desk) -> Progress {
    Progress::load(&desk.home).unwrap().value
}

/// Waits for the question at this place and answers it as its author would.
fn answer(session: &mut PtySession, question: &Question, place: usize, all: usize) {
    let title = format!("Question {} of {all}", place + 1);
    session.exp_string(&title).unwrap();
    if let Kind::Essay(essay) = &question.kind {
        session
            .exp_string("A line with only a dot ends it.")
            .unwrap();
        session.send_line("What the model says.").unwrap();
        session.send_line(".").unwrap();
        session.exp_string("A model answer").unwrap();
        for line in 1..=essay.rubric.len() {
            session
                .exp_string(&format!("Line {line} (0, 1 or 2):"))
                .unwrap();
            session.send_line("2").unwrap();
        }
        session.exp_string("self-reported.").unwrap();
        return;
    }
    session.exp_string("Your answer (").unwrap();
    session.send_line(&question.solution()).unwrap();
    let ends = ["Right.", "Not quite.", "Kept."].map(|end| ReadUntil::String(end.to_owned()));
    let (_, verdict) = session.exp_any(ends.into()).unwrap();
    let wanted = match question.kind {
        Kind::Prediction(_) => "Kept.",
        _ => "Right.",
    };
    assert_eq!(verdict, wanted, "{}", question.id);
}

/// Reads the page that comes next, and answers its questions.
fn lesson(desk: &Desk, course: &Course, slug: &Slug) {
    let lesson = course.lesson(slug).unwrap();
    let mut session = on_a_terminal(desk, "next");
    for (place, question) in lesson.quiz.iter().enumerate() {
        answer(&mut session, question, place, lesson.quiz.len());
    }
    let all = lesson.quiz.len();
    let right = format!("You had {all} of {all} right.");
    session.exp_string(&right).unwrap();
    let done = format!("{}, is done.", lesson.title);
    session.exp_string(&done).unwrap();
    session.exp_eof().unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(path, to).unwrap();
        }
    }
}

/// Reads the brief, takes the starter, and makes the predictions that are worth something only now.
fn begin(desk: &Desk, exercise: &Exercise) {
    let slug = exercise.slug.as_str();
    let mut session = on_a_terminal(desk, "next");
    session
        .exp_string(&format!("into the folder `{slug}` now? (y/n)"))
        .unwrap();
    session.send_line("y").unwrap();
    let ends = ["Which language?", "next: "].map(|end| ReadUntil::String(end.to_owned()));
    let (_, asked) = session.exp_any(ends.into()).unwrap();
    if asked.starts_with("Which") {
        session.send_line("python").unwrap();
        session.exp_string("next: ").unwrap();
    }
    session.exp_eof().unwrap();
    let predictions = |q: &&Question| matches!(q.kind, Kind::Prediction(_));
    if exercise.written.iter().any(|q| predictions(&q)) {
        let mut session = on_a_terminal(desk, &format!("answer {slug}"));
        for (place, question) in exercise.written.iter().enumerate() {
            if predictions(&question) {
                answer(&mut session, question, place, exercise.written.len());
            }
        }
        session.exp_string("next: ").unwrap();
        session.exp_eof().unwrap();
    }
}

/// Does an exercise, from its brief to its solution.
fn exercise(desk: &Desk, exercise: &Exercise, way: Way) {
    let slug = exercise.slug.as_str();
    begin(desk, exercise);
    if way == Way::GivingUp {
        typed(desk, slug, "solution --give-up").works();
        return;
    }
    let answer = typed(desk, slug, "check --fail-fast").run();
    // 3 says that this machine is too busy to decide, and then nothing has failed that a hint could be about.
    if answer.output.status.code() != Some(3) {
        assert_eq!(answer.output.status.code(), Some(1), "{answer}");
        answer.says("NOT PASSED YET").says("next: course hint");
        typed(desk, slug, "hint").works().says("Hint 1 of 3 for `");
    }
    let solution = format!("exercises/{slug}/solutions/python");
    copy(&shipped().join(solution), &desk.folder.join(slug));
    for last in [false, false, true] {
        let answer = typed(desk, slug, "check").run();
        match answer.output.status.code() {
            Some(0) => {
                let last = progress(desk).exercises[slug].last_check.clone().unwrap();
                assert_eq!(last.earned, last.total, "{answer}");
                typed(desk, slug, "solution").works();
                return;
            }
            // This machine is too busy to say. That is no verdict on the solution.
            Some(3) => {}
            // A machine with ten times more to do than it can fails a solution once; a wrong solution fails each time.
            Some(1) if !last => {}
            _ => panic!("{answer}"),
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "not decided: this machine is too busy to grade {slug}"
    );
    typed(desk, slug, "solution --give-up").works();
}

/// Answers what is left of the written part of an exercise.
fn written(desk: &Desk, exercise: &Exercise) {
    let mut session = on_a_terminal(desk, "next");
    for (place, question) in exercise.written.iter().enumerate() {
        if !matches!(question.kind, Kind::Prediction(_)) {
            answer(&mut session, question, place, exercise.written.len());
        }
    }
    let done = format!("The written part of {} is done.", exercise.slug);
    session.exp_string(&done).unwrap();
    session.exp_eof().unwrap();
}

/// Takes a short interview, says everything that is to be said, and nothing else.
fn interview(desk: &Desk, course: &Course) {
    typed(desk, "", "next").works().leads_to("course interview");
    let mut session = on_a_terminal(desk, "interview --minutes 10");
    let clock = regex::Regex::new(r"\[\d+:\d\d( over)?\] ").unwrap();
    loop {
        let ends = vec![
            ReadUntil::String("What came of it".to_owned()),
            ReadUntil::String("Which of these did you say?".to_owned()),
            ReadUntil::Regex(clock.clone()),
        ];
        let (before, prompt) = session.exp_any(ends).unwrap();
        if prompt.starts_with("What came") {
            break;
        } else if prompt.starts_with("Which") {
            // The red flags are the last in the list.
            let open = progress(desk).interview.open.unwrap();
            let item = open.items.iter().find(|item| item.score.is_none()).unwrap();
            let asked = course.interview.iter().find(|q| q.id == item.question);
            let asked = asked.unwrap();
            let good = asked.must.len() + asked.strong.len();
            let numbers: Vec<String> = (1..=good).map(|n| n.to_string()).collect();
            assert!(before.contains("Mark it yourself"), "{before}");
            session.send_line(&numbers.join(" ")).unwrap();
            session.exp_string("(0 to 4)").unwrap();
            session.send_line("4").unwrap();
        } else {
            session.send_line("An answer.").unwrap();
            session.exp_regex(r"\[\d+:\d\d( over)?\] ").unwrap();
            session.send_line(".").unwrap();
            session.exp_string("Locked.").unwrap();
        }
    }
    session.exp_string("8 of 8 points, self-reported.").unwrap();
    session.exp_eof().unwrap();
}

/// Holds the map that `course` draws, and the list, to the number of steps that are done.
fn is_at(desk: &Desk, course: &Course, done: usize) {
    let way = course.way();
    let name = |stop: &Stop| match stop {
        Stop::Lesson(lesson) => lesson.number.to_string(),
        Stop::Exercise(exercise) => {
            format!("[{}]", exercise.slug.as_str().split('-').next().unwrap())
        }
        Stop::Written(_) => "[answer]".to_owned(),
        Stop::Interview => "[interview]".to_owned(),
    };
    let sign = |place: usize| match place.cmp(&done) {
        std::cmp::Ordering::Less => '✓',
        std::cmp::Ordering::Equal => '→',
        std::cmp::Ordering::Greater => '·',
    };
    let wanted: Vec<String> = way
        .iter()
        .enumerate()
        .map(|(place, stop)| format!("{}{}", sign(place), name(stop)))
        .collect();
    let said = typed(desk, "", "").works().out();
    let title = format!("\n{done} of {} steps are done:\n", way.len());
    let map = said.split_once(&title).map(|(_, after)| after);
    let map = map.unwrap_or_else(|| panic!("no `{title}` in {said}"));
    let (map, _) = map.split_once("\n\n").unwrap();
    assert_eq!(map.split_whitespace().collect::<Vec<_>>(), wanted);

    let list = typed(desk, "", "list --format json").works().out();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    for (place, step) in list["steps"].as_array().unwrap().iter().enumerate() {
        let state = step["state"].as_str().unwrap();
        let over = ["done", "passed", "gave up"].contains(&state);
        assert_eq!(over, place < done, "{step}");
    }
}

/// Walks all the way, and looks at the map before each step.
fn walk(way: Way) {
    let desk = Desk::new();
    let course = course();
    let steps = course.way().len();
    for step in 0..steps {
        is_at(&desk, &course, step);
        match course.next(&progress(&desk)) {
            Next::Lesson(slug) => lesson(&desk, &course, &slug),
            Next::Exercise(slug) => exercise(&desk, course.exercise(&slug).unwrap(), way),
            Next::Written(slug) => written(&desk, course.exercise(&slug).unwrap()),
            Next::Interview => interview(&desk, &course),
            Next::Done => panic!("nothing comes after step {step} of {steps}"),
        }
    }
    is_at(&desk, &course, steps);
    typed(&desk, "", "next")
        .works()
        .says("You are through with everything that is here.")
        .leads_to("course list");
    let progress = progress(&desk);
    for lesson in &course.lessons {
        let answers = &progress.lessons[lesson.slug.as_str()].quiz;
        let right = answers.values().filter(|answer| answer.right).count();
        assert_eq!(right, lesson.quiz.len(), "{}", lesson.file);
    }
    assert!(progress.interview.done.is_some());
}

#[test]
fn a_learner_who_gives_every_exercise_up_comes_to_the_end() {
    walk(Way::GivingUp);
}

#[test]
#[ignore = "grades every exercise, which takes minutes; .ci/run walks it"]
fn a_learner_who_knows_the_answers_comes_to_the_end() {
    walk(Way::Passing);
}
