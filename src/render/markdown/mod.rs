//! Markdown pages in a terminal.
