//! W80x: what only shows when servers run. `course verify` tells of it, at the place in the check file.

use super::{Place, Rule};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "W801",
    title: "a limit on time that a right server nearly misses",
    why: "On a machine half as fast it is missed, and somebody whose server is right fails. `course verify` measures it.",
    fix: "Allow at least twice what the slowest solution needs, or two seconds more, or ask for something that no clock decides.",
    place: Place::Run,
    bad: "[[check.step]]\nname = \"ask a server that needs 300 ms\"\nhttp = { on = \"a\", get = \"/\" }\nexpect.status = 200\nexpect.duration = { lt = \"500ms\" }\n",
    good: "[[check.step]]\nname = \"ask a server that needs 300 ms\"\nhttp = { on = \"a\", get = \"/\" }\nexpect.status = 200\nexpect.duration = { lt = \"2s\" }\n",
}];
