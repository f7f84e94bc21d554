//! Exit codes, documented and stable.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; all checks passed.
    Passed,
    /// 1: checks failed.
    Failed,
    /// 2: the command line was wrong.
    Usage,
    /// 3: the server could not be reached or run.
    Unreachable,
    /// 4: the course's content, or `course` itself, is wrong.
    Fault,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Fault => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
