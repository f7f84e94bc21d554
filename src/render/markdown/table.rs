//! Tables: boxes whose cells wrap, or `header: value` lines where boxes would be too narrow.

use std::io;
use std::ops::Range;

use pulldown_cmark::Alignment;

use super::block::Table;
use super::inline::Inline;
use super::page::Page;
use super::wrap::{self, width};
use crate::render::theme::{Role, Surface};

/// A column is not made narrower than its longest word, unless that is longer than this.
const LONGEST_WORD: usize = 16;

/// Writes a table.
pub(super) fn write(page: &mut Page<'_>, table: &Table) -> io::Result<()> {
    let Some((head, body)) = table.rows.split_first() else {
        return Ok(());
    };
    match columns(table, page.room()) {
        Some(columns) => boxed(page, table, &columns),
        None => stacked(page, head, body),
    }
}

/// The width of each column, or `None` when the table does not fit.
fn columns(table: &Table, room: usize) -> Option<Vec<usize>> {
    let count = table.alignments.len();
    let room = room.checked_sub(3 * count + 1)?;
    let mut widest = vec![1; count];
    let mut least = vec![1; count];
    for row in &table.rows {
        for (at, cell) in row.iter().take(count).enumerate() {
            for line in cell.text.split('\n') {
                widest[at] = widest[at].max(width(line));
            }
            for word in cell.text.split([' ', '\n']) {
                least[at] = least[at].max(width(word).min(LONGEST_WORD));
            }
        }
    }
    let wanted: usize = widest.iter().sum();
    if wanted <= room {
        return Some(widest);
    }
    let spare = room.checked_sub(least.iter().sum())?;
    Some(shared(&widest, &least, spare))
}

/// Shares `spare` columns: a column that needs less than its share gets all it needs, the others share what is left
/// in proportion to the square root of their need, so that a long text does not starve a short one.
fn shared(widest: &[usize], least: &[usize], spare: usize) -> Vec<usize> {
    let need: Vec<usize> = widest.iter().zip(least).map(|(w, l)| w - l).collect();
    let weight: Vec<usize> = need.iter().map(|n| (n * 16).isqrt()).collect();
    let mut given = vec![0; need.len()];
    let mut left = spare;
    loop {
        let hungry: usize = (0..need.len())
            .filter(|at| given[*at] < need[*at])
            .map(|at| weight[at])
            .sum();
        let before = left;
        for at in 0..need.len() {
            if given[at] < need[at] && hungry > 0 {
                let part = (before * weight[at] / hungry).clamp(1, need[at] - given[at]);
                let part = part.min(left);
                given[at] += part;
                left -= part;
            }
        }
        if left == 0 || left == before {
            break;
        }
    }
    least.iter().zip(given).map(|(l, g)| l + g).collect()
}

fn boxed(page: &mut Page<'_>, table: &Table, columns: &[usize]) -> io::Result<()> {
    let rule = |left: &str, cross: &str, right: &str| {
        let bars: Vec<String> = columns.iter().map(|w| "─".repeat(w + 2)).collect();
        format!("{left}{}{right}", bars.join(cross))
    };
    page.painted(Role::Faint, &rule("┌", "┬", "┐"))?;
    let rows: Vec<Cells<'_>> = table
        .rows
        .iter()
        .map(|row| Cells::new(row, columns))
        .collect();
    // Rows of several lines would run into each other without rules, and a rule between some of them only would look as
    // if the others belonged together.
    let ruled = rows.iter().skip(1).any(|row| row.height() > 1);
    for (at, row) in rows.iter().enumerate() {
        if at == 1 || (at > 1 && ruled) {
            page.painted(Role::Faint, &rule("├", "┼", "┤"))?;
        }
        for line in 0..row.height() {
            page.line(|surface, out| {
                row.write(line, &table.alignments, surface, out);
            })?;
        }
    }
    page.painted(Role::Faint, &rule("└", "┴", "┘"))
}

/// One row, wrapped.
struct Cells<'a> {
    cells: Vec<(&'a Inline, Vec<Range<usize>>)>,
    columns: &'a [usize],
}

impl<'a> Cells<'a> {
    fn new(row: &'a [Inline], columns: &'a [usize]) -> Self {
        let cells = row
            .iter()
            .zip(columns)
            .map(|(cell, width)| (cell, wrap::lines(&cell.text, *width)))
            .collect();
        Self { cells, columns }
    }

    fn height(&self) -> usize {
        self.cells.iter().map(|c| c.1.len()).max().unwrap_or(0)
    }
}

impl Cells<'_> {
    fn write(&self, at: usize, alignments: &[Alignment], surface: &Surface, out: &mut String) {
        let bar = surface.paint(Role::Faint, "│");
        for (column, (cell, lines)) in self.cells.iter().enumerate() {
            let range = lines.get(at).cloned().unwrap_or_default();
            let free = self.columns[column].saturating_sub(width(&cell.text[range.clone()]));
            let left = match alignments[column] {
                Alignment::Right => free,
                Alignment::Center => free / 2,
                Alignment::None | Alignment::Left => 0,
            };
            out.push_str(&bar);
            out.push_str(&" ".repeat(left + 1));
            cell.write(range, surface, out);
            out.push_str(&" ".repeat(free - left + 1));
        }
        out.push_str(&bar);
    }
}

/// Each cell on lines of its own behind its column's name, the rows apart.
fn stacked(page: &mut Page<'_>, head: &[Inline], body: &[Vec<Inline>]) -> io::Result<()> {
    let faint = Role::Faint.style();
    if body.is_empty() {
        for cell in head {
            page.paragraph(cell)?;
        }
    }
    for (at, row) in body.iter().enumerate() {
        if at > 0 {
            page.painted(Role::Faint, "─────")?;
        }
        for (name, cell) in head.iter().zip(row) {
            let mut line = name.clone();
            line.push(": ", faint, None);
            line.append(cell, anstyle::Style::new());
            page.paragraph(&line)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_columns_get_what_they_need() {
        assert_eq!(shared(&[4, 40, 12], &[4, 8, 8], 20), [4, 24, 12]);
        assert_eq!(shared(&[100, 100], &[10, 10], 30), [25, 25]);
    }
}
