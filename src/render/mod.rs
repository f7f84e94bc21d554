//! Pages and reports for people and machines. The only place with words for people besides error messages.

pub mod chart;
pub mod check;
pub mod diagnostic;
pub mod drawing;
pub mod flowchart;
pub mod history;
pub mod interview;
pub mod lint;
pub mod load;
pub mod markdown;
mod markup;
pub mod report;
pub mod sequence;
mod svg;
pub mod theme;
pub mod timeline;
pub mod verify;
pub mod waterfall;
