//! One row of a diagram: cells that later text covers.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::render::markdown::wrap::width;
use crate::render::theme::{Role, Surface};

/// A row of cells, one for each column.
pub(super) struct Row {
    cells: Vec<Cell>,
}

#[derive(Clone)]
struct Cell {
    /// The sign; empty in the second column of a wide one.
    sign: String,
    role: Option<Role>,
}

impl Row {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            cells: vec![Cell::blank(); columns],
        }
    }

    pub(super) fn text(&mut self, at: usize, text: &str) {
        self.put(at, text, None);
    }

    pub(super) fn faint(&mut self, at: usize, text: &str) {
        self.put(at, text, Some(Role::Faint));
    }

    pub(super) fn strong(&mut self, at: usize, text: &str) {
        self.put(at, text, Some(Role::Strong));
    }

    fn put(&mut self, at: usize, text: &str, role: Option<Role>) {
        let mut at = at;
        for sign in text.graphemes(true) {
            let wide = width(sign);
            if self.cells.len() < at + wide {
                self.cells.resize(at + wide, Cell::blank());
            }
            for column in 0..wide {
                self.clear(at + column);
                let sign = if column == 0 { sign } else { "" };
                self.cells[at + column] = Cell {
                    sign: sign.to_owned(),
                    role,
                };
            }
            at += wide;
        }
    }

    /// A wide sign that loses one of its columns becomes blank.
    fn clear(&mut self, at: usize) {
        let mut first = at;
        while first > 0 && self.cells[first].sign.is_empty() {
            first -= 1;
        }
        let mut end = at + 1;
        while end < self.cells.len() && self.cells[end].sign.is_empty() {
            end += 1;
        }
        if end - first > 1 {
            self.cells[first..end].fill(Cell::blank());
        }
    }

    /// The row as text, without spaces at its end.
    pub(super) fn show(&self, surface: &Surface) -> String {
        let end = self
            .cells
            .iter()
            .rposition(|c| c.sign != " ")
            .map_or(0, |at| at + 1);
        let mut line = String::new();
        let mut cells = self.cells[..end].iter().peekable();
        while let Some(cell) = cells.next() {
            let mut run = cell.sign.clone();
            while let Some(next) = cells.next_if(|next| next.role == cell.role) {
                run.push_str(&next.sign);
            }
            match cell.role {
                Some(role) => line.push_str(&surface.paint(role, &run)),
                None => line.push_str(&run),
            }
        }
        line
    }
}

impl Cell {
    fn blank() -> Self {
        Self {
            sign: " ".to_owned(),
            role: None,
        }
    }
}
