//! E7xx: the written part of exercises.

use super::{Place, Rule};

const WRITTEN: Place = Place::File("exercises/demo/questions.toml");

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "E701",
        title: "a written part that is not TOML",
        why: "Nothing of it can be used.",
        fix: "Mend the syntax at the place that is shown.",
        place: WRITTEN,
        bad: "[[question]]\nid = who\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E702",
        title: "a key that a written question does not have",
        why: "A misspelt key would be passed over, and what it says lost.",
        fix: "Spell it as the message suggests; which keys there are depends on the kind.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"who\"\nkind = \"choice\"\nasks =1\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E703",
        title: "a value of the wrong type in a written question",
        why: "What was meant cannot be guessed.",
        fix: "Write the type that the message names.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = 7\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E704",
        title: "a written question without a key that it needs",
        why: "It could not be asked, or not explained.",
        fix: "Add the key.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"who\"\nkind = \"choice\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E705",
        title: "a name in a written part that is not a slug",
        why: "Answers are kept under the id, and typed with it.",
        fix: "Use lowercase letters, digits and single hyphens.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"Who asks\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E706",
        title: "a value that makes no sense in a written question",
        why: "An empty question is a slip.",
        fix: "Say something.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
        good: "[[question]]\nid = \"who\"\nkind = \"choice\"\nask = \"Who asks?\"\nchoices = [{ text = \"the client\", right = true, why = \"It begins.\" }, { text = \"the server\", why = \"It waits.\" }]\n",
    },
    Rule {
        id: "E707",
        title: "a prediction of a figure that no check records",
        why: "It would never be compared with anything.",
        fix: "Record the figure in a step of the check, as in record.sold = \"tally.201\"; or ask for a number whose answer you know.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"sold\"\nkind = \"prediction\"\nask = \"How many?\"\nmeasured = { figure = \"answers.sold\" }\notherwise = 20\nwhy = \"All read the same 5.\"\nwrong = [{ value = 5, why = \"That needs a lock.\" }]\n",
        good: "[[question]]\nid = \"sold\"\nkind = \"number\"\nask = \"How many?\"\nanswer = 20\nwhy = \"All read the same 5.\"\nwrong = [{ value = 5, why = \"That needs a lock.\" }]\n",
    },
    Rule {
        id: "E708",
        title: "a fact that is shown by a check which is not there",
        why: "The learner would be sent to nothing.",
        fix: "Name a check of the exercise by its id.",
        place: WRITTEN,
        bad: "[[question]]\nid = \"where\"\nkind = \"match\"\nask = \"Where?\"\nsides = [{ id = \"app\", text = \"the application\" }, { id = \"db\", text = \"the database\" }]\nfacts = [{ text = \"rules\", is = \"app\", why = \"It decides.\", shown_by = \"anwers\" }, { text = \"rows\", is = \"db\", why = \"It keeps.\" }]\n",
        good: "[[question]]\nid = \"where\"\nkind = \"match\"\nask = \"Where?\"\nsides = [{ id = \"app\", text = \"the application\" }, { id = \"db\", text = \"the database\" }]\nfacts = [{ text = \"rules\", is = \"app\", why = \"It decides.\", shown_by = \"answers\" }, { text = \"rows\", is = \"db\", why = \"It keeps.\" }]\n",
    },
    Rule {
        id: "E709",
        title: "an `answer` step that cannot count",
        why: "Its check would be skipped for ever, or hold up somebody whose server is right.",
        fix: "Name a question of the exercise that is judged, in a check of level deep.",
        place: Place::Steps,
        bad: "[[check.step]]\nname = \"ask\"\nhttp = { on = \"a\", get = \"/\" }\nexpect.status = 200\n[[check.step]]\nname = \"look\"\nanswer = { question = \"who\" }\nexpect.right = true\n",
        good: "[[check.step]]\nname = \"ask\"\nhttp = { on = \"a\", get = \"/\" }\nexpect.status = 200\n",
    },
];
