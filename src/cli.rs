//! The command line: one variant and one match arm per command.
