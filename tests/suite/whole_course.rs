//! The whole course, walked on a terminal by somebody who knows the answers: from the first lesson to the last word of
//! the interview, with the shipped solutions. It takes whatever lessons and exercises there are.

#![cfg(unix)]

use std::io::Write as _;
use std::path::Path;

use course::base::slug::Slug;
use course::base::source::Source;
use course::course::{Course, Next};
use course::learner::Progress;
use course::questions::Kind;
use rexpect::ReadUntil;
use rexpect::session::PtySession;

use crate::desk::{Desk, Typed, shipped};

fn typed(desk: &Desk, folder: &str, line: &str) -> Typed {
    desk.course_in(folder, line)
        .env("COURSE_CONTENT", shipped().to_str().unwrap())
}

fn on_a_terminal(desk: &Desk, line: &str) -> PtySession {
    let content = shipped();
    crate::next::on_a_terminal(desk, line, &[("COURSE_CONTENT", content.to_str().unwrap())])
}

fn progress(desk: &Desk) -> Progress {
    Progress::load(&desk.home).unwrap().value
}

/// Reads the page that comes next, and answers its questions.
fn lesson(desk: &Desk, course: &Course, slug: &Slug) {
    let lesson = course.lesson(slug).unwrap();
    let mut session = on_a_terminal(desk, "next");
    for (i, question) in lesson.quiz.iter().enumerate() {
        let title = format!("Question {} of {}", i + 1, lesson.quiz.len());
        session.exp_string(&title).unwrap();
        session.exp_string("Your answer (").unwrap();
        session.send_line(&question.solution()).unwrap();
        let ends = vec![
            ReadUntil::String("Right.".to_owned()),
            ReadUntil::String("Not quite.".to_owned()),
        ];
        let (_, verdict) = session.exp_any(ends).unwrap();
        assert_eq!(verdict, "Right.", "{} {}", lesson.file, question.id);
    }
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

/// Reads the brief, takes the starter, fails, puts the solution in its place, and passes.
fn exercise(desk: &Desk, slug: &Slug) {
    let mut session = on_a_terminal(desk, "next");
    session
        .exp_string("Copy the starter into the folder")
        .unwrap();
    session.send_line("n").unwrap();
    session.exp_eof().unwrap();
    typed(desk, "", &format!("start {slug} --language python")).works();
    typed(desk, slug.as_str(), "check").exits(1);
    let solution = format!("exercises/{slug}/solutions/python");
    copy(&shipped().join(solution), &desk.folder.join(slug.as_str()));
    for _ in 0..3 {
        let answer = typed(desk, slug.as_str(), "check").run();
        match answer.output.status.code() {
            Some(0) => return,
            // This machine is too busy to say. That is no verdict on the solution.
            Some(3) => {}
            _ => panic!("{answer}"),
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "not decided: this machine is too busy to grade {slug}"
    );
    typed(desk, slug.as_str(), "solution --give-up").works();
}

/// Answers the written part of an exercise, with what its author would say.
fn written(desk: &Desk, course: &Course, slug: &Slug) {
    typed(desk, "", "next").works().says("Question 1 of");
    for question in &course.exercise(slug).unwrap().written {
        let (id, solution) = (&question.id, question.solution());
        let given = format!("{id}={solution}");
        let given = shlex::try_quote(&given).unwrap();
        let answer = typed(desk, "", &format!("answer {slug} --answer {given}"));
        if let Kind::Essay(essay) = &question.kind {
            answer.works().says("A model answer");
            let scores = vec!["2"; essay.rubric.len()].join(",");
            typed(
                desk,
                "",
                &format!("answer {slug} --answer {id}.scores={scores}"),
            )
            .works()
            .says("self-reported.");
        } else {
            let answer = answer.works().out();
            assert!(
                answer.contains("Right.") || answer.contains("Kept."),
                "{answer}"
            );
        }
    }
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
            ReadUntil::String(":00] ".to_owned()),
            ReadUntil::Regex(clock.clone()),
        ];
        let (before, prompt) = session.exp_any(ends).unwrap();
        if prompt.starts_with("What came") {
            break;
        } else if prompt.starts_with("Which") {
            // The red flags are the last in the list.
            let id = progress(desk).interview.open.unwrap();
            let item = id.items.iter().find(|item| item.score.is_none()).unwrap();
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
            session.exp_string("] ").unwrap();
            session.send_line(".").unwrap();
            session.exp_string("Locked.").unwrap();
        }
    }
    session.exp_string("8 of 8 points, self-reported.").unwrap();
    session.exp_eof().unwrap();
}

/// Says that the course is at its end.
fn at_the_end(desk: &Desk, steps: usize) {
    typed(desk, "", "next")
        .works()
        .says("You are through with everything that is here.")
        .says(&format!("{steps} of {steps} steps are done:"));
}

#[test]
fn the_interview_is_the_last_step_of_the_way() {
    let desk = Desk::new();
    let course = Course::load(&Source::Folder(shipped())).unwrap();
    Progress::update(&desk.home, |progress| {
        for lesson in &course.lessons {
            progress.lesson(lesson.slug.as_str()).done = Some("then".to_owned());
        }
        for exercise in &course.exercises {
            let exercise = progress.exercise(exercise.slug.as_str());
            exercise.passed = Some("then".to_owned());
            exercise.written = Some("then".to_owned());
        }
    })
    .unwrap();
    interview(&desk, &course);
    at_the_end(&desk, course.way().len());
}

#[test]
#[ignore = "grades every exercise, which takes minutes; .ci/run walks it"]
fn a_learner_who_knows_the_answers_comes_to_the_end() {
    let desk = Desk::new();
    let course = Course::load(&Source::Folder(shipped())).unwrap();
    let steps = course.way().len();
    for step in 0..steps {
        typed(&desk, "", "")
            .works()
            .says(&format!("{step} of {steps} steps are done:"));
        match course.next(&progress(&desk)) {
            Next::Lesson(slug) => lesson(&desk, &course, &slug),
            Next::Exercise(slug) => exercise(&desk, &slug),
            Next::Written(slug) => written(&desk, &course, &slug),
            Next::Interview => interview(&desk, &course),
            Next::Done => panic!("nothing comes after step {step} of {steps}"),
        }
    }
    at_the_end(&desk, steps);
}
