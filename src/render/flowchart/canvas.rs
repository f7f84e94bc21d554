//! The canvas: a grid on which lines join where they meet, and text covers lines.

use unicode_segmentation::UnicodeSegmentation as _;

use super::layout::Axis;
use crate::flowchart::Stroke;
use crate::render::markdown::wrap::width;
use crate::render::theme::{Role, Surface};

const UP: u8 = 1;
const RIGHT: u8 = 2;
const DOWN: u8 = 4;
const LEFT: u8 = 8;

/// A place on the main axis and one on the cross axis.
pub(super) type Place = (usize, usize);

/// A grid of signs.
pub(super) struct Canvas {
    axis: Axis,
    rows: Vec<Vec<Cell>>,
    columns: usize,
}

#[derive(Clone, Default)]
struct Cell {
    /// Where lines leave the cell.
    ways: u8,
    stroke: Stroke,
    /// What covers the lines; empty in the second column of a wide sign.
    sign: Option<String>,
    role: Option<Role>,
}

impl Canvas {
    pub(super) fn new(axis: Axis, main: usize, cross: usize) -> Self {
        let (columns, rows) = match axis {
            Axis::Rightward => (main, cross),
            Axis::Downward => (cross, main),
        };
        Self {
            axis,
            rows: vec![vec![Cell::default(); columns]; rows],
            columns,
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Column and row of a place.
    pub(super) fn spot(&self, (main, cross): Place) -> (usize, usize) {
        match self.axis {
            Axis::Rightward => (main, cross),
            Axis::Downward => (cross, main),
        }
    }

    /// Draws a straight line between two places, which must be on one row or column.
    pub(super) fn line(&mut self, from: Place, to: Place, stroke: Stroke) {
        let (a, b) = (self.spot(from), self.spot(to));
        for x in a.0.min(b.0)..a.0.max(b.0) {
            self.join(x, a.1, RIGHT, stroke);
            self.join(x + 1, a.1, LEFT, stroke);
        }
        for y in a.1.min(b.1)..a.1.max(b.1) {
            self.join(a.0, y, DOWN, stroke);
            self.join(a.0, y + 1, UP, stroke);
        }
    }

    fn join(&mut self, x: usize, y: usize, way: u8, stroke: Stroke) {
        if let Some(cell) = self.rows.get_mut(y).and_then(|row| row.get_mut(x)) {
            if cell.ways == 0 {
                cell.stroke = stroke;
            } else if cell.stroke != stroke {
                cell.stroke = Stroke::Solid;
            }
            cell.ways |= way;
        }
    }

    /// Writes text from a column on.
    pub(super) fn text(&mut self, (x, y): (usize, usize), text: &str, role: Option<Role>) {
        let mut x = x;
        for sign in text.graphemes(true) {
            for column in 0..width(sign) {
                if let Some(cell) = self.rows.get_mut(y).and_then(|row| row.get_mut(x + column)) {
                    cell.sign = Some(if column == 0 {
                        sign.to_owned()
                    } else {
                        String::new()
                    });
                    cell.role = role;
                }
            }
            x += width(sign);
        }
    }

    /// The rows as text, without spaces at their ends.
    pub(super) fn lines(&self, surface: &Surface) -> Vec<String> {
        self.rows.iter().map(|row| shown(row, surface)).collect()
    }
}

fn shown(row: &[Cell], surface: &Surface) -> String {
    let visible = |cell: &Cell| cell.ways != 0 || cell.sign.as_ref().is_some_and(|s| s != " ");
    let end = row.iter().rposition(visible).map_or(0, |at| at + 1);
    let mut line = String::new();
    let mut cells = row[..end].iter().peekable();
    while let Some(cell) = cells.next() {
        let role = look(cell);
        let mut run = glyph(cell).to_owned();
        while let Some(next) = cells.next_if(|next| look(next) == role) {
            run.push_str(glyph(next));
        }
        match role {
            Some(role) => line.push_str(&surface.paint(role, &run)),
            None => line.push_str(&run),
        }
    }
    line
}

fn look(cell: &Cell) -> Option<Role> {
    match (&cell.sign, cell.ways) {
        (Some(_), _) => cell.role,
        (None, 0) => None,
        (None, _) => Some(Role::Faint),
    }
}

fn glyph(cell: &Cell) -> &str {
    if let Some(sign) = &cell.sign {
        return sign;
    }
    match (cell.stroke, cell.ways) {
        (Stroke::Dotted, 5) => return "╎",
        (Stroke::Dotted, 10) => return "╌",
        (Stroke::Thick, 5) => return "┃",
        (Stroke::Thick, 10) => return "━",
        _ => {}
    }
    match cell.ways {
        0 => " ",
        1 | 4 | 5 => "│",
        2 | 8 | 10 => "─",
        3 => "└",
        6 => "┌",
        7 => "├",
        9 => "┘",
        11 => "┴",
        12 => "┐",
        13 => "┤",
        14 => "┬",
        _ => "┼",
    }
}
