//! A language: how a server written in it is run, and what must be installed for that.

use crate::base::diagnostic::Diagnostic;
use crate::base::slug::Slug;
use crate::base::toml::{Fields, Reader};

use super::RULES;

const KEYS: [&str; 5] = ["name", "run", "install", "edit", "needs"];
const NEED_KEYS: [&str; 4] = ["command", "version_args", "at_least", "install"];

/// One table of `exercises/languages.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// The name of its folder in `starters/` and `solutions/`.
    pub slug: Slug,
    /// What people see.
    pub name: String,
    /// The command that starts the server in the learner's folder; empty when the learner must say it.
    pub run: String,
    /// What the learner runs once before the first start.
    pub install: Option<String>,
    /// The files where a learner starts to read and change things.
    pub edit: Vec<String>,
    /// Programs that must be there.
    pub needs: Vec<Need>,
}

/// A program that a language needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The program.
    pub command: String,
    /// The arguments with which it prints its version.
    pub version_args: Vec<String>,
    /// The oldest version that will do, as in `3.9`.
    pub at_least: Option<String>,
    /// What to do when it is not there.
    pub install: String,
}

impl Language {
    /// Reads the whole file.
    pub(super) fn parse_all(path: &str, text: &str) -> Result<Vec<Self>, Vec<Diagnostic>> {
        let mut reader = Reader::new(path, &RULES);
        let mut languages = Vec::new();
        if let Some(document) = reader.document(text) {
            let tables = Fields::new(document.get_ref(), 0..0, "the list of languages");
            for (key, place, value) in tables.entries() {
                let slug = Slug::new(key);
                if let Err(error) = &slug {
                    reader.note(RULES.slug, place.clone(), error.to_string());
                }
                let Some(fields) = reader.as_table(value, key, "a language") else {
                    continue;
                };
                let fields = fields.at(place);
                languages.extend(parse(&mut reader, &fields, slug.ok()));
            }
        }
        let mistakes = reader.into_mistakes();
        if mistakes.is_empty() {
            Ok(languages)
        } else {
            Err(mistakes)
        }
    }
}

/// Reads one table; its key is the slug, if it is one.
fn parse(reader: &mut Reader, fields: &Fields, slug: Option<Slug>) -> Option<Language> {
    reader.only(fields, &KEYS);
    let name = reader.text(fields, "name");
    let run = reader
        .required(fields, "run")
        .and_then(|value| reader.as_any_text(value, "run"));
    let install = reader.text_if_any(fields, "install");
    let edit = reader.texts(fields, "edit");
    let needs = fields
        .value("needs")
        .and_then(|value| reader.as_list(value, "needs"))
        .unwrap_or_default();
    let needs = needs
        .into_iter()
        .filter_map(|value| {
            let need = reader.as_row(value, "needs", "a need")?;
            parse_need(reader, &need)
        })
        .collect();
    Some(Language {
        slug: slug?,
        name: name?,
        run: run?,
        install,
        edit,
        needs,
    })
}

fn parse_need(reader: &mut Reader, fields: &Fields) -> Option<Need> {
    reader.only(fields, &NEED_KEYS);
    let command = reader.text(fields, "command");
    let version_args = reader.texts(fields, "version_args");
    let at_least = reader.text_if_any(fields, "at_least");
    if let (Some(version), Some(value)) = (&at_least, fields.value("at_least"))
        && !version.split('.').all(|part| part.parse::<u32>().is_ok())
    {
        let message = format!("`{version}` is not a version");
        let mistake = reader.note(RULES.value, value.span(), message);
        mistake.help = String::from("write numbers with dots, as in `3.9`");
    }
    let install = reader.text(fields, "install");
    Some(Need {
        command: command?,
        version_args,
        at_least,
        install: install?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(text: &str) -> Result<Vec<Language>, Vec<String>> {
        Language::parse_all("l.toml", text).map_err(|found| {
            let tell = |d: Diagnostic| format!("{} {:?} {}", d.id, &text[d.span], d.message);
            found.into_iter().map(tell).collect()
        })
    }

    #[test]
    fn languages_stay_in_the_order_of_the_file() {
        let languages = parse_all(
            "[python]\nname = \"Python\"\nrun = \"python3 server.py\"\n\
             needs = [{ command = \"python3\", version_args = [\"--version\"], at_least = \"3.9\", install = \"Get it.\" }]\n\
             [blank]\nname = \"Any other\"\nrun = \"\"\n",
        )
        .unwrap();
        assert_eq!(languages[0].slug.as_str(), "python");
        assert_eq!(languages[0].needs[0].at_least.as_deref(), Some("3.9"));
        assert_eq!(languages[1].run, "");
        assert_eq!(languages[1].install, None);
    }

    #[test]
    fn mistakes_in_a_language_are_shown_at_their_place() {
        let text =
            "[Node]\nnam = \"N\"\nrun = 1\nneeds = [{ command = \"node\", at_least = \"v20\" }]\n";
        assert_eq!(
            parse_all(text).unwrap_err(),
            [
                "E305 \"Node\" `Node` is not a slug; use lowercase letters, digits and single hyphens, as in `where-state-lives`",
                "E304 \"Node\" a language needs the key `name`",
                "E302 \"nam\" a language has no key `nam`",
                "E303 \"1\" `run` must be a text in quotes",
                "E304 \"{ command = \\\"node\\\", at_least = \\\"v20\\\" }\" a need needs the key `install`",
                "E306 \"\\\"v20\\\"\" `v20` is not a version",
            ]
        );
    }
}
