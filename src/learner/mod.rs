//! The learner's own things: the folder they work in, how far they are, and copies of what `course` replaced.

pub mod answers;
pub mod backup;
pub mod interview;
mod merge;
pub mod moment;
pub mod progress;
mod store;
pub mod workspace;

pub use progress::Progress;
pub use workspace::Workspace;
