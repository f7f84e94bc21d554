//! Reads Mermaid's `sequenceDiagram`, as far as lessons use it.

use super::{Row, Sequence, Stroke};

/// Arrows, longest first, with how they are drawn.
const ARROWS: &[(&str, Stroke)] = &[
    ("<<-->>", Stroke::Dashed),
    ("<<->>", Stroke::Solid),
    ("-->>", Stroke::Dashed),
    ("->>", Stroke::Solid),
    ("-->", Stroke::Dashed),
    ("--x", Stroke::Dashed),
    ("--)", Stroke::Dashed),
    ("->", Stroke::Solid),
    ("-x", Stroke::Solid),
    ("-)", Stroke::Solid),
];

/// Statements that change nothing which is drawn here.
const IGNORED: &[&str] = &[
    "activate",
    "deactivate",
    "autonumber",
    "title",
    "accTitle",
    "accDescr",
    "box",
    "link",
    "links",
    "destroy",
    "create",
];

/// The diagram, or `None` when a line of it cannot be understood.
pub(crate) fn parse(text: &str) -> Option<Sequence> {
    let mut reader = Reader::default();
    let mut lines = text
        .lines()
        .map(|line| line.split("%%").next().unwrap_or("").trim())
        .filter(|line| !line.is_empty());
    if lines.next()? != "sequenceDiagram" {
        return None;
    }
    for line in lines.flat_map(|line| line.split(';')) {
        reader.statement(line.trim())?;
    }
    (!reader.sequence.participants.is_empty()).then_some(reader.sequence)
}

#[derive(Default)]
struct Reader {
    sequence: Sequence,
    /// Identifiers of the participants, by their place.
    ids: Vec<String>,
    /// What each open block is called; empty for one that is not drawn.
    open: Vec<&'static str>,
}

impl Reader {
    fn statement(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "" => {}
            "participant" | "actor" => self.declare(rest),
            "Note" | "note" => self.note(rest)?,
            "loop" => self.block("loop", rest),
            "alt" => self.block("alt", rest),
            "opt" => self.block("opt", rest),
            "par" => self.block("par", rest),
            "critical" => self.block("critical", rest),
            "break" => self.block("break", rest),
            "rect" => self.open.push(""),
            "else" | "and" | "option" => self.separate(word, rest),
            "end" => {
                let block = self.open.pop()?;
                if !block.is_empty() {
                    self.separate("end of", block);
                }
            }
            _ if IGNORED.contains(&word) && find_arrow(line).is_none() => {
                if word == "box" {
                    self.open.push("");
                } else if word == "create" {
                    self.declare(rest.split_once(' ').map_or(rest, |(_, name)| name));
                }
            }
            _ => self.message(line)?,
        }
        Some(())
    }

    fn declare(&mut self, rest: &str) {
        let (id, name) = rest.split_once(" as ").unwrap_or((rest, rest));
        let party = self.party(id.trim());
        self.sequence.participants[party] = shown(name);
    }

    /// The place of a participant; it is added when it is new.
    fn party(&mut self, id: &str) -> usize {
        if let Some(at) = self.ids.iter().position(|known| known == id) {
            return at;
        }
        self.ids.push(id.to_owned());
        self.sequence.participants.push(shown(id));
        self.ids.len() - 1
    }

    fn message(&mut self, line: &str) -> Option<()> {
        let (at, arrow, stroke) = find_arrow(line)?;
        let (from, rest) = (line[..at].trim(), &line[at + arrow.len()..]);
        let (to, label) = rest.split_once(':').unwrap_or((rest, ""));
        let to = to.trim().trim_start_matches(['+', '-']).trim();
        if from.is_empty() || to.is_empty() {
            return None;
        }
        let (from, to) = (self.party(from), self.party(to));
        let lost = if arrow.ends_with('x') {
            " ✗ lost"
        } else {
            ""
        };
        self.sequence.rows.push(Row::Message {
            from,
            to,
            label: format!("{}{lost}", shown(label)),
            stroke,
            note_right: None,
        });
        Some(())
    }

    fn note(&mut self, rest: &str) -> Option<()> {
        let (place, label) = rest.split_once(':')?;
        let names = ["over ", "left of ", "right of "]
            .iter()
            .find_map(|prefix| place.trim().strip_prefix(prefix))?;
        let over = names.split(',').map(|id| self.party(id.trim())).collect();
        let label = shown(label);
        self.sequence.rows.push(Row::Note { over, label });
        Some(())
    }

    fn block(&mut self, kind: &'static str, rest: &str) {
        self.open.push(kind);
        self.separate(kind, rest);
    }

    fn separate(&mut self, word: &str, rest: &str) {
        let label = shown(&format!("{word} {rest}"));
        self.sequence.rows.push(Row::Separator { label });
    }
}

/// The first arrow of a line: where it is, how it is written and drawn.
fn find_arrow(line: &str) -> Option<(usize, &'static str, Stroke)> {
    let end = line.find(':').unwrap_or(line.len());
    let found = |(arrow, stroke): &(&'static str, Stroke)| {
        line[..end].find(arrow).map(|at| (at, *arrow, *stroke))
    };
    ARROWS
        .iter()
        .filter_map(found)
        .min_by_key(|(at, arrow, _)| (*at, usize::MAX - arrow.len()))
}

/// A label on one line.
fn shown(text: &str) -> String {
    let text = text.replace("<br/>", " ").replace("<br>", " ");
    let text = text.replace("#59;", ";");
    let text = text.trim();
    // Only a pair around the whole label is a quotation of it; one at an end belongs to it, as in `200, ETag "8"`.
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inside
        .filter(|t| !t.contains('"'))
        .unwrap_or(text)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_declare_their_parties() {
        let text = "sequenceDiagram\n%% note\nparticipant C as Client\nC->>+A: PUT /x\nA--xC: 204\nNote over A,C: both\nloop 3 times\nA->>A: think\nend\n";
        let sequence = parse(text).unwrap();
        assert_eq!(sequence.participants, ["Client", "A"]);
        assert_eq!(sequence.rows.len(), 6);
        assert!(matches!(
            &sequence.rows[1],
            Row::Message { from: 1, to: 0, label, stroke: Stroke::Dashed, .. } if label == "204 ✗ lost"
        ));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(parse("sequenceDiagram\nwhat is this\n"), None);
        assert_eq!(parse("classDiagram\nA --> B\n"), None);
        assert_eq!(parse("sequenceDiagram\nend\n"), None);
    }
}
