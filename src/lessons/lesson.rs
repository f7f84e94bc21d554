//! A lesson: one page to read, the questions after it, and the exercise it leads to.

use super::RULES;
use crate::base::diagnostic::Diagnostic;
use crate::base::slug::{Slug, numbered};
use crate::base::toml::{Fields, Reader};
use crate::questions::{self, Question};

/// The keys of a lesson's front matter.
const KEYS: [&str; 6] = [
    "title",
    "minutes",
    "summary",
    "exercise",
    "interview",
    "quiz",
];

/// One lesson, as its file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Its place in the course, from the file name.
    pub number: u32,
    /// Its stable name, from the file name.
    pub slug: Slug,
    /// What stands above the page.
    pub title: String,
    /// How long a learner needs to read it.
    pub minutes: u32,
    /// What it teaches, in one sentence.
    pub summary: String,
    /// The exercise it leads to.
    pub exercise: Option<Slug>,
    /// Interview questions that go with it, such as `Q5`.
    pub interview: Vec<String>,
    /// The questions after the page.
    pub quiz: Vec<Question>,
    /// The page: Markdown after the front matter.
    pub text: String,
    /// Path of the file inside the course.
    pub file: String,
}

impl Lesson {
    /// Reads one file; `path` is its path inside the course, such as `lessons/04-where-state-lives.md`.
    ///
    /// # Errors
    /// Every mistake in the file name and the front matter, in the order of the file.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let name = file_name(path, &mut mistakes);
        let front = FrontMatter::find(path, text, &mut mistakes);
        let matter = front.as_ref().and_then(|front| {
            let mut reader = Reader::new(path, &RULES);
            let matter = read(&mut reader, &front.toml);
            mistakes.extend(reader.into_mistakes());
            matter
        });
        match (name, front, matter) {
            (Some((number, slug)), Some(front), Some(matter)) if mistakes.is_empty() => Ok(Self {
                number,
                slug,
                title: matter.title,
                minutes: matter.minutes,
                summary: matter.summary,
                exercise: matter.exercise,
                interview: matter.interview,
                quiz: matter.quiz,
                text: front.page.to_owned(),
                file: path.to_owned(),
            }),
            _ => Err(mistakes),
        }
    }
}

/// The number and slug in the name of the file.
fn file_name(path: &str, mistakes: &mut Vec<Diagnostic>) -> Option<(u32, Slug)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let read = numbered(name.strip_suffix(".md").unwrap_or(name)).ok();
    if read.is_none() {
        let message = format!("`{name}` is not the name of a lesson");
        mistakes.push(
            Diagnostic::error("E208", path, 0..0, message)
                .help("name the file by number and slug, as in `04-where-state-lives.md`"),
        );
    }
    read
}

/// The two parts of a lesson's file.
struct FrontMatter<'t> {
    /// The TOML between the two `+++` lines, moved to its place in the file by spaces in front, so that the parser's
    /// byte ranges are those of the file.
    toml: String,
    /// The Markdown below, from its first line that is not blank.
    page: &'t str,
}

impl<'t> FrontMatter<'t> {
    fn find(path: &str, text: &'t str, mistakes: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut missing = |end: usize, message: &str| {
            mistakes.push(
                Diagnostic::error("E201", path, 0..end, message)
                    .help("put TOML between two lines of `+++` at the very top of the file"),
            );
            None
        };
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or("");
        if first.trim_end() != "+++" {
            return missing(first.trim_end().len(), "the lesson has no front matter");
        }
        let mut end = first.len();
        for line in lines {
            if line.trim_end() == "+++" {
                let page = &text[end + line.len()..];
                return Some(Self {
                    toml: " ".repeat(first.len()) + &text[first.len()..end],
                    page: page.trim_start_matches(['\n', '\r']),
                });
            }
            end += line.len();
        }
        missing(3, "the front matter has no end")
    }
}

/// What the front matter says.
struct Matter {
    title: String,
    minutes: u32,
    summary: String,
    exercise: Option<Slug>,
    interview: Vec<String>,
    quiz: Vec<Question>,
}

/// Reads the front matter; `None` when a needed key is missing or wrong.
fn read(reader: &mut Reader, toml: &str) -> Option<Matter> {
    let document = reader.document(toml)?;
    // A missing key is shown at the `+++` that opens the front matter.
    let fields = Fields::new(document.get_ref(), 0..3, "a lesson");
    reader.only(&fields, &KEYS);
    let title = reader.text(&fields, "title");
    let minutes = reader.count(&fields, "minutes", 1..=100);
    let summary = reader.text(&fields, "summary");
    let exercise = fields
        .value("exercise")
        .and_then(|value| reader.as_slug(value, "exercise"));
    let interview = interview(reader, &fields);
    let quiz = questions::read(reader, &fields, "quiz", questions::QUIZ);
    Some(Matter {
        title: title?,
        minutes: minutes?,
        summary: summary?,
        exercise,
        interview,
        quiz,
    })
}

fn interview(reader: &mut Reader, fields: &Fields) -> Vec<String> {
    let Some(value) = fields.value("interview") else {
        return Vec::new();
    };
    let items = reader.as_list(value, "interview").unwrap_or_default();
    let mut ids: Vec<String> = Vec::new();
    for item in items {
        let Some(id) = reader.as_text(item, "interview") else {
            continue;
        };
        let number = id.strip_prefix('Q').unwrap_or("");
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("`{id}` is not the id of an interview question");
            reader.note("E209", item.span(), message).help = String::from("write it as in `Q5`");
        } else if ids.contains(&id) {
            reader.note("E207", item.span(), format!("`{id}` is listed twice"));
        } else {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "lessons/04-where-state-lives.md";

    /// The mistakes of a file as id, marked text and message.
    fn mistakes(text: &str) -> Vec<(&'static str, &str, String)> {
        Lesson::parse(PATH, text)
            .unwrap_err()
            .into_iter()
            .map(|mistake| (mistake.id, &text[mistake.span], mistake.message))
            .collect()
    }

    fn lesson(matter: &str) -> String {
        format!("+++\ntitle = \"T\"\nminutes = 5\nsummary = \"Ü.\"\n{matter}+++\n\nText.\n")
    }

    #[test]
    fn a_lesson_is_read_with_its_page_below_the_front_matter() {
        let text = lesson("exercise = \"stateless-refactor\"\ninterview = [\"Q5\", \"Q30\"]\n");
        let read = Lesson::parse(PATH, &text).unwrap();
        assert_eq!((read.number, read.slug.as_str()), (4, "where-state-lives"));
        assert_eq!((read.minutes, read.summary.as_str()), (5, "Ü."));
        assert_eq!(read.exercise.unwrap().as_str(), "stateless-refactor");
        assert_eq!(read.interview, ["Q5", "Q30"]);
        assert_eq!(read.text, "Text.\n");
    }

    #[test]
    fn windows_line_ends_do_not_move_places() {
        let text = lesson("minuts = 1\n").replace('\n', "\r\n");
        assert_eq!(
            mistakes(&text),
            [("E203", "minuts", "a lesson has no key `minuts`".to_owned())]
        );
    }

    #[test]
    fn front_matter_must_open_the_file_and_end() {
        assert_eq!(
            mistakes("# Title\n"),
            [(
                "E201",
                "# Title",
                "the lesson has no front matter".to_owned()
            )]
        );
        assert_eq!(
            mistakes("+++\ntitle = \"T\"\n"),
            [("E201", "+++", "the front matter has no end".to_owned())]
        );
    }

    #[test]
    fn a_file_without_number_or_slug_is_refused() {
        let found = Lesson::parse("lessons/Intro.md", &lesson("")).unwrap_err();
        assert_eq!((found[0].id, found[0].span.clone()), ("E208", 0..0));
    }

    #[test]
    fn broken_toml_is_shown_where_it_breaks() {
        let found = mistakes("+++\ntitle = \"T\nminutes = 5\n+++\n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "E202");
        let text = "+++\ntitle = \"T\nminutes = 5\n+++\n";
        let span = Lesson::parse(PATH, text).unwrap_err()[0].span.clone();
        assert!((12..=14).contains(&span.start), "{span:?}");
    }

    #[test]
    fn unknown_keys_get_the_nearest_name() {
        let text = lesson("excercise = \"x\"\n[colour]\n");
        let found = Lesson::parse(PATH, &text).unwrap_err();
        assert_eq!(&text[found[0].span.clone()], "excercise");
        assert_eq!(found[0].help, "did you mean `exercise`?");
        assert_eq!(&text[found[1].span.clone()], "colour");
        assert!(found[1].help.starts_with("a lesson has `title`"));
    }

    #[test]
    fn all_mistakes_of_a_file_come_at_once_in_its_order() {
        let text = "+++\ntitle = 7\nminutes = 0\nexercise = \"No Slug\"\n\
                    interview = [\"Q5\", \"5\", 6, \"Q5\"]\n+++\n";
        let found: Vec<(&str, &str)> = mistakes(text)
            .into_iter()
            .map(|(id, marked, _)| (id, marked))
            .collect();
        assert_eq!(
            found,
            [
                ("E205", "+++"),
                ("E204", "7"),
                ("E209", "0"),
                ("E208", "\"No Slug\""),
                ("E209", "\"5\""),
                ("E204", "6"),
                ("E207", "\"Q5\""),
            ]
        );
    }

    #[test]
    fn a_wrong_type_says_what_is_there_and_what_must_be() {
        let text = lesson("interview = \"Q5\"\n");
        let found = Lesson::parse(PATH, &text).unwrap_err();
        assert_eq!(found[0].message, "`interview` must be a list");
        assert_eq!(found[0].label, "this is a text");
        assert_eq!(
            mistakes("+++\nminutes = 5\nsummary = \" \"\ntitle = \"T\"\n+++\n"),
            [("E209", "\" \"", "`summary` is empty".to_owned())]
        );
    }

    proptest::proptest! {
        #[test]
        fn places_of_mistakes_are_in_the_file(body in "([a-z]+ ?= ?|[\\[\\]{}\"'#\n,]|\\PC|[0-9]|\\[\\[quiz\\]\\]\n){0,60}") {
            let text = format!("+++\n{body}\n+++\n");
            for mistake in Lesson::parse(PATH, &text).err().unwrap_or_default() {
                proptest::prop_assert!(text.get(mistake.span.clone()).is_some(), "{mistake:?}");
            }
        }
    }
}
