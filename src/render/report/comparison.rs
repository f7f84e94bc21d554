//! Two runs side by side: what each check said of one server and of the other.

use crate::grading::outcome::{Grade, Outcome};
use crate::render::theme::{Role, Surface};

use super::cell;

/// One line per check with its outcome for both servers, and the points at the end.
#[must_use]
pub fn side_by_side(left: (&str, &Grade), right: (&str, &Grade), surface: &Surface) -> Vec<String> {
    let columns = 10;
    let room = surface.width.min(100).saturating_sub(2 * columns);
    let line = |title: &str, a: (Role, &str), b: (Role, &str)| {
        let title = cell::pad(&cell::cut(title, room.saturating_sub(1)), room);
        let pad = |(role, word): (Role, &str)| surface.paint(role, &format!("{word:<columns$}"));
        format!("{title}{}{}", pad(a), pad(b)).trim_end().to_owned()
    };
    let mut lines = vec![line("", (Role::Strong, left.0), (Role::Strong, right.0))];
    for (id, outcome) in left.1.checks() {
        let title = left
            .1
            .results
            .iter()
            .find(|r| r.id == id)
            .map_or("", |r| r.title.as_str());
        let other = right
            .1
            .checks()
            .iter()
            .find(|(i, _)| *i == id)
            .map(|(_, o)| *o);
        let other = other.unwrap_or(Outcome::Skipped);
        lines.push(line(title, styled(outcome), styled(other)));
    }
    let points = |grade: &Grade| format!("{}/{}", grade.earned, grade.total);
    let (a, b) = (points(left.1), points(right.1));
    lines.push(line("points", (Role::Strong, &a), (Role::Strong, &b)));
    lines
}

fn styled(outcome: Outcome) -> (Role, &'static str) {
    let role = match outcome {
        Outcome::Passed => Role::Pass,
        Outcome::Failed | Outcome::Errored => Role::Fail,
        Outcome::Skipped | Outcome::Inconclusive => Role::Skip,
    };
    (role, outcome.word())
}
