//! Why a command could not do its work, and the exit code of each reason.
//!
//! A failing server is an outcome of grading, never an error here.

use std::io;

use crate::base::diagnostic::Diagnostic;
use crate::base::fs::FileError;
use crate::base::source::SourceError;
use crate::learner::answers::AnswersError;
use crate::learner::backup::BackupError;
use crate::learner::progress::ProgressError;
use crate::learner::workspace::WorkspaceError;
use crate::verify::shop::ShopError;

use super::exit::Exit;

/// An expected end of a command that did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The learner asked for something that is not there or does not fit; says what to do.
    #[error("{0}")]
    Usage(String),
    /// The server could not be reached or run.
    #[error("{0}")]
    Unreachable(String),
    /// The content has mistakes, each with its place.
    #[error("{}", crate::base::text::count(.0.len(), "mistake") + " in the course's files")]
    Content(Vec<Diagnostic>),
    /// The machine or `course` itself is at fault.
    #[error("{0}")]
    Fault(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The reader of our output went away, which is no fault of anybody.
    #[error("the reader of the output went away")]
    BrokenPipe,
}

impl Error {
    /// The exit code of this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Unreachable(_) => Exit::Unreachable,
            Self::Content(_) | Self::Fault(_) => Exit::Fault,
            Self::Interrupted => Exit::Interrupted,
            Self::BrokenPipe => Exit::Passed,
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<Vec<Diagnostic>> for Error {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Content(mistakes)
    }
}

impl From<ProgressError> for Error {
    fn from(error: ProgressError) -> Self {
        match error {
            ProgressError::NotProgress { .. } => Self::Usage(error.to_string()),
            _ => Self::Fault(error.to_string()),
        }
    }
}

impl From<WorkspaceError> for Error {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Mistaken(text) => Self::Usage(text),
            WorkspaceError::File(error) => error.into(),
        }
    }
}

impl From<AnswersError> for Error {
    fn from(error: AnswersError) -> Self {
        match error {
            AnswersError::Mistaken { .. } => Self::Usage(error.to_string()),
            AnswersError::File(error) => error.into(),
        }
    }
}

impl From<BackupError> for Error {
    fn from(error: BackupError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<ShopError> for Error {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Source(error) => Self::from(error),
            ShopError::Mistakes(mistakes) => Self::Content(mistakes),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Fault(error.to_string())
        }
    }
}
