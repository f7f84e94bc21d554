//! E4xx and W4xx: what only shows across files, or is allowed and unwise.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
