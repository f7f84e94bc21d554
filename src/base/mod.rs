//! What every layer may use: names, sources of content, files, text and diagnostics.

pub mod diagnostic;
pub mod fs;
pub mod mask;
pub mod slug;
pub mod source;
pub mod text;
pub mod toml;
