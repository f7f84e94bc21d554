//! An observation: what came of one attempt at a step, ready to be looked at by expectations.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::base::text::{printable, printable_bytes, size};
use crate::lab::history::Picture;
use crate::lab::http::{Answer, Request};
use crate::lab::internet;
use crate::lab::load::Figures;
use crate::lab::origin::Counts;
use crate::lab::raw::{End, RawAnswer};
use crate::lab::transport::TransportError;

use super::cache_status;
use super::drawing::{Drawing, Sketch};
use super::expectation::{Path, Subject};
use super::matcher::Look;
use super::steps::history::Seen;
use super::steps::trace::{self, Traced};

/// What came of one attempt at a step.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// What is known.
    pub facts: Facts,
    /// Short request line, such as `GET  b/preferences`; empty when nothing was requested.
    pub request: String,
    /// Short answer, such as `404`.
    pub answer: String,
    /// How long it took.
    pub duration: Duration,
    /// How many answers of each kind a repeated step or a race had: status codes, or `error`.
    pub tally: Vec<(String, usize)>,
    /// How many different values the answers of a repeated step had, at each place that the step asks for.
    pub distinct: Vec<(Subject, Look)>,
    /// The request that was sent, for a command that sends it again.
    pub sent: Option<Box<Request>>,
    /// The body as JSON, read at the first look at it.
    pub document: OnceLock<Option<Json>>,
}

/// What is known after a step.
#[derive(Clone, Debug, Default)]
pub enum Facts {
    /// Nothing to look at.
    #[default]
    Nothing,
    /// A complete HTTP answer.
    Answer(Box<Answer>),
    /// No complete HTTP answer.
    NoAnswer(TransportError),
    /// Bytes.
    Raw(RawAnswer),
    /// By how many bytes the memory of an instance has grown since it was ready.
    Growth(i64),
    /// What an origin was asked for.
    Requests(Counts),
    /// A drawing.
    Drawing(Box<Drawing>),
    /// A drawing that cannot be read.
    NoDrawing {
        /// What there is instead, in a few words.
        instead: String,
        /// Why, and what to do.
        reason: String,
        /// The line, if there is one.
        sketch: Option<Box<Sketch>>,
    },
    /// A token taken apart.
    Token {
        /// Its claims.
        claims: Json,
        /// Its header.
        header: Json,
        /// Whether the signature is right.
        verified: bool,
    },
    /// A token that is none.
    NoToken(String),
    /// A process that was expected to end.
    Ended {
        /// Its exit code; `None` when it goes on, or was ended by a signal.
        exit: Option<i32>,
        /// How it ended, in words.
        ending: String,
        /// Whether its port ever accepted.
        listened: bool,
        /// What it printed.
        output: String,
        /// When it ended.
        after: Duration,
        /// Whether it ended before nobody waited any longer.
        in_time: bool,
    },
    /// Whether a written question was answered right.
    Written(bool),
    /// Places in the database.
    Matches(Vec<String>),
    /// What a question to the database found: a list of objects.
    Rows(Json),
    /// What concurrent clients did and were told.
    History(Box<Seen>),
    /// What the servers of an internet saw.
    Seen(Vec<internet::log::What>),
    /// What a tracer said, and what was true.
    Trace(Box<Traced>),
    /// What a load measured.
    Load {
        /// The figures.
        figures: Box<Figures>,
        /// Whether only null servers received it, so that this machine was measured.
        null: bool,
    },
}

impl Observation {
    /// What stands at a subject.
    #[must_use]
    pub fn look(&self, subject: &Subject) -> Look {
        if let Subject::Named("tally", key) = subject {
            return look_tally(&self.tally, key);
        }
        if let Some((_, look)) = self.distinct.iter().find(|(asked, _)| asked == subject) {
            return look.clone();
        }
        match &self.facts {
            Facts::Answer(answer) => match subject {
                Subject::Path("json" | "distinct", path) => self.look_json(&answer.body, path),
                Subject::Path("cache_status", path) => look_cache_status(answer, path),
                subject => look_answer(answer, subject),
            },
            Facts::NoAnswer(error) => match subject {
                Subject::Fact("whole") if error.is_cut() => Look::There(false.into()),
                Subject::Fact("ending") if error.is_cut() => Look::There("cut".into()),
                _ => Look::Absent(format!("no answer ({})", error.short())),
            },
            Facts::Raw(raw) => look_raw(raw, subject),
            Facts::Token { .. } => self.look_token(subject),
            Facts::NoToken(reason) => Look::Absent(format!("no token: {reason}")),
            Facts::Growth(bytes) => match subject {
                Subject::Fact("growth") => Look::There((*bytes).into()),
                _ => Look::Absent("nothing".to_owned()),
            },
            Facts::Requests(counts) => look_requests(counts, subject),
            Facts::NoDrawing { instead, .. } => Look::Absent(instead.clone()),
            Facts::Drawing(drawing) => match drawing.glances(subject).into_iter().next() {
                Some(glance) => glance.look,
                None => Look::Absent("no such arrow".to_owned()),
            },
            Facts::Ended { .. } => self.look_ended(subject),
            Facts::Matches(places) => match subject {
                Subject::Fact("matches") => Look::There(places.len().into()),
                _ => Look::Absent("nothing; no question was asked".to_owned()),
            },
            Facts::Rows(rows) => match subject {
                Subject::Path("rows", path) => found_rows(path.look(rows), rows),
                _ => Look::Absent("nothing; nothing was searched".to_owned()),
            },
            Facts::Written(right) => Look::There((*right).into()),
            Facts::History(seen) => seen.look(subject),
            Facts::Seen(log) => trace::entries(log, subject),
            Facts::Trace(traced) => match subject {
                Subject::Path(_, path) => self.look_json(&traced.answer.body, path),
                subject => traced
                    .look(subject)
                    .unwrap_or_else(|| look_answer(&traced.answer, subject)),
            },
            Facts::Load { figures, .. } => look_load(figures, subject),
            Facts::Nothing => Look::Absent("nothing".to_owned()),
        }
    }

    fn look_token(&self, subject: &Subject) -> Look {
        let Facts::Token {
            claims,
            header,
            verified,
        } = &self.facts
        else {
            return Look::Absent("no token".to_owned());
        };
        match subject {
            Subject::Path("claims", path) => found(path.look(claims), claims),
            Subject::Path(_, path) => found(path.look(header), header),
            Subject::Fact("payload") => Look::There(claims.to_string().into()),
            Subject::Fact("lifetime") => lifetime(claims),
            _ => Look::There((*verified).into()),
        }
    }

    fn look_ended(&self, subject: &Subject) -> Look {
        let Facts::Ended {
            exit,
            ending,
            listened,
            output,
            after,
            ..
        } = &self.facts
        else {
            return Look::Absent("nothing".to_owned());
        };
        match subject {
            Subject::Fact("exit") => match exit {
                Some(code) => Look::There((*code).into()),
                None => Look::Absent(ending.clone()),
            },
            Subject::Fact("listened") => Look::There((*listened).into()),
            Subject::Fact("output") => Look::There(output.clone().into()),
            _ if exit.is_some() => Look::There(milliseconds(*after)),
            _ => Look::Absent(ending.clone()),
        }
    }

    /// Why nothing can be said, however the expectations came out.
    #[must_use]
    pub fn undecided(&self) -> Option<String> {
        match &self.facts {
            Facts::History(seen) => seen.undecided(),
            _ => None,
        }
    }

    fn look_json(&self, body: &[u8], path: &Path) -> Look {
        let read = || serde_json::from_slice(body).ok();
        match self.document.get_or_init(read) {
            Some(document) => found(path.look(document), document),
            None if body.is_empty() => Look::Absent("nothing; the body is empty".to_owned()),
            None => Look::Absent(format!("nothing; the body is not JSON: {}", start_of(body))),
        }
    }

    /// The body that came, if one did.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        match &self.facts {
            Facts::Answer(answer) => Some(&answer.body),
            Facts::Trace(traced) => Some(&traced.answer.body),
            Facts::Raw(raw) => Some(&raw.bytes),
            _ => None,
        }
    }

    /// What else helps to understand it.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match &self.facts {
            Facts::NoAnswer(error) => vec![error.to_string()],
            Facts::NoToken(reason) => vec![format!("what was sent as a token is none: {reason}")],
            Facts::Matches(places) => places
                .iter()
                .take(5)
                .map(|p| format!("found in {p}"))
                .collect(),
            Facts::History(seen) => seen.notes(),
            Facts::Trace(traced) => traced.notes(),
            Facts::Drawing(drawing) => drawing.notes(),
            Facts::NoDrawing { reason, .. } => vec![reason.clone()],
            _ => Vec::new(),
        }
    }

    /// What there is to draw of it.
    #[must_use]
    pub fn picture(&self) -> Option<Box<Picture>> {
        match &self.facts {
            Facts::History(seen) => Some(Box::new(seen.picture())),
            _ => None,
        }
    }

    /// The drawing with what is wrong in it marked.
    #[must_use]
    pub fn sketch(&self) -> Option<Box<Sketch>> {
        match &self.facts {
            Facts::Drawing(drawing) => Some(Box::new(drawing.sketch().clone())),
            Facts::NoDrawing { sketch, .. } => sketch.clone(),
            _ => None,
        }
    }

    /// What the servers saw of a visit.
    #[must_use]
    pub fn visit(&self) -> Option<Box<internet::Visit>> {
        match &self.facts {
            Facts::Trace(traced) => Some(Box::new(traced.visit().clone())),
            _ => None,
        }
    }

    /// How this answer is counted in a tally: the status code, or `error`.
    #[must_use]
    pub fn tally_key(&self) -> String {
        match &self.facts {
            Facts::Answer(answer) => answer.status.to_string(),
            Facts::Trace(traced) => traced.answer.status.to_string(),
            _ => "error".to_owned(),
        }
    }
}

fn look_load(figures: &Figures, subject: &Subject) -> Look {
    let latency = &figures.latency;
    let time = match subject {
        Subject::Fact("rate") => return Look::There(((figures.rate * 10.0).round() / 10.0).into()),
        Subject::Fact("errors") => return Look::There(figures.errors().into()),
        Subject::Fact("failed") => return Look::There(figures.failed().into()),
        Subject::Named("answered_by", name) => {
            return Look::There(figures.servers.get(name).copied().unwrap_or(0).into());
        }
        Subject::Fact("p50") => latency.p50,
        Subject::Fact("p90") => latency.p90,
        Subject::Fact("p99") => latency.p99,
        Subject::Fact("max") => latency.max,
        _ => return Look::Absent("nothing".to_owned()),
    };
    if latency.count == 0 {
        return Look::Absent("no answer".to_owned());
    }
    Look::There(format!("{:.2}ms", time.as_secs_f64() * 1e3).into())
}

/// A duration as a JSON string that matchers can compare.
fn milliseconds(duration: Duration) -> Json {
    format!("{}ms", duration.as_millis()).into()
}

fn look_answer(answer: &Answer, subject: &Subject) -> Look {
    let there = |value: Option<Json>, name: &str| {
        value.map_or_else(|| Look::Absent(format!("no {name}")), Look::There)
    };
    match subject {
        Subject::Fact("status") => Look::There(answer.status.into()),
        Subject::Fact("body") => Look::There(printable_bytes(&answer.body).into()),
        Subject::Fact("duration") => Look::There(milliseconds(answer.duration)),
        Subject::Fact("first_byte") => Look::There(milliseconds(answer.first_byte)),
        Subject::Fact("whole") => Look::There(true.into()),
        Subject::Fact("ending") => Look::There(answer.status.to_string().into()),
        Subject::Fact("age") => match answer.header("age").map(|age| age.trim().parse::<u64>()) {
            Some(Ok(age)) => Look::There(age.into()),
            Some(Err(_)) => Look::Absent("an Age that is no number".to_owned()),
            None => Look::Absent("no such header".to_owned()),
        },
        Subject::Fact("redirects") => Look::There(answer.redirects.into()),
        Subject::Fact("served_by") => there(
            answer.header("course-served-by").map(Json::from),
            "balancer on the way",
        ),
        Subject::Named("header", name) => there(
            answer.header(&name.to_lowercase()).map(Json::from),
            "such header",
        ),
        Subject::Named("cookie", name) => there(answer.cookie(name).map(Json::from), "such cookie"),
        _ => Look::Absent("nothing".to_owned()),
    }
}

fn look_cache_status(answer: &Answer, path: &Path) -> Look {
    let lines = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "cache-status");
    let lines: Vec<&str> = lines.map(|(_, value)| value.as_str()).collect();
    if lines.is_empty() {
        return Look::Absent("no header cache-status".to_owned());
    }
    match cache_status::nearest(&lines.join(", ")) {
        Ok(member) => found(path.look(&member), &member),
        Err(reason) => Look::Absent(format!("nothing: {reason}")),
    }
}

fn look_tally(tally: &[(String, usize)], key: &str) -> Look {
    if tally.is_empty() {
        Look::Absent("no tally".to_owned())
    } else {
        Look::There(count_for(key, tally))
    }
}

/// `exp` minus `iat`, when both are numbers.
fn lifetime(claims: &Json) -> Look {
    match (claims["exp"].as_f64(), claims["iat"].as_f64()) {
        (Some(exp), Some(iat)) => Look::There((exp - iat).into()),
        _ => Look::Absent("no numeric exp and iat".to_owned()),
    }
}

fn look_raw(raw: &RawAnswer, subject: &Subject) -> Look {
    match subject {
        Subject::Fact("bytes") if raw.bytes.is_empty() => Look::Absent("no byte".to_owned()),
        Subject::Fact("bytes") => Look::There(String::from_utf8_lossy(&raw.bytes).into()),
        Subject::Fact("closed") => Look::There((raw.end == End::Closed).into()),
        _ => Look::There(milliseconds(raw.duration)),
    }
}

fn found(value: Option<Json>, document: &Json) -> Look {
    value.map_or_else(
        || {
            Look::Absent(format!(
                "nothing; the document is {}",
                super::matcher::show(document)
            ))
        },
        Look::There,
    )
}

fn look_requests(counts: &Counts, subject: &Subject) -> Look {
    let count = match subject {
        Subject::Fact("requests") => counts.requests,
        Subject::Fact("full") => counts.full,
        Subject::Fact("conditional") => counts.conditional,
        Subject::Fact("ranges") => counts.ranges,
        Subject::Fact("heads") => counts.heads,
        Subject::Fact("others") => counts.others,
        Subject::Fact("bytes") => return Look::There(counts.bytes.into()),
        _ => return Look::Absent("nothing".to_owned()),
    };
    Look::There(count.into())
}

fn found_rows(value: Option<Json>, rows: &Json) -> Look {
    match value {
        None if rows.as_array().is_some_and(Vec::is_empty) => Look::Absent("no row".to_owned()),
        value => found(value, rows),
    }
}

/// The first words of a body, for a line of a report.
fn start_of(body: &[u8]) -> String {
    let text = printable_bytes(&body[..body.len().min(80)]);
    let line = printable(text.lines().next().unwrap_or_default());
    if body.len() > 80 {
        format!("{line}… ({})", size(body.len()))
    } else {
        line
    }
}

/// How many answers of each kind there are.
#[must_use]
pub fn tally(answers: &[Observation]) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for key in answers.iter().map(Observation::tally_key) {
        match counts.iter_mut().find(|(k, _)| *k == key) {
            Some((_, n)) => *n += 1,
            None => counts.push((key, 1)),
        }
    }
    counts.sort();
    counts
}

/// The count under a code or a class such as `2xx`.
#[must_use]
pub fn count_for(key: &str, tally: &[(String, usize)]) -> Json {
    let class = key.strip_suffix("xx");
    let counts = tally.iter().filter(|(code, _)| match class {
        Some(class) => code.len() == 3 && code.starts_with(class),
        None => code == key,
    });
    json!(counts.map(|(_, n)| n).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::expectation::Path;

    fn answer(body: &str) -> Observation {
        let answer = Answer {
            status: 404,
            headers: vec![("set-cookie".into(), "sid=7; HttpOnly".into())],
            body: body.into(),
            redirects: 0,
            first_byte: Duration::from_millis(9),
            duration: Duration::from_millis(12),
        };
        Observation {
            facts: Facts::Answer(Box::new(answer)),
            ..Observation::default()
        }
    }

    #[test]
    fn of_several_answers_what_differs_is_their_number() {
        let ids = Subject::Path("distinct", Box::new(Path::parse("$.id").unwrap()));
        let one = answer(r#"{"id":"x"}"#);
        assert_eq!(one.look(&ids), Look::There("x".into()));
        let several = Observation {
            distinct: vec![(ids.clone(), Look::There(2.into()))],
            ..one
        };
        assert_eq!(several.look(&ids), Look::There(2.into()));
    }

    #[test]
    fn what_is_not_there_says_what_is() {
        let path = Subject::Path("json", Box::new(Path::parse("$.theme").unwrap()));
        let look = |body: &str| answer(body).look(&path);
        assert_eq!(
            look(r#"{"error":"not found"}"#),
            Look::Absent(r#"nothing; the document is {"error":"not found"}"#.into())
        );
        assert_eq!(
            look("<p>no"),
            Look::Absent("nothing; the body is not JSON: <p>no".into())
        );
        assert_eq!(look(""), Look::Absent("nothing; the body is empty".into()));
        assert_eq!(look(r#"{"theme":null}"#), Look::There(Json::Null));
        assert_eq!(
            answer("").look(&Subject::Named("cookie", "sid".into())),
            Look::There("7".into())
        );
    }

    #[test]
    fn a_class_counts_all_its_codes() {
        let tally = vec![
            ("200".to_owned(), 1),
            ("204".to_owned(), 2),
            ("412".to_owned(), 4),
        ];
        assert_eq!(count_for("2xx", &tally), json!(3));
        assert_eq!(count_for("412", &tally), json!(4));
        assert_eq!(count_for("error", &tally), json!(0));
    }
}
