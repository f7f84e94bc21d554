//! E6xx: the questions of the interview.

use super::{Place, Rule};

const QUESTIONS: Place = Place::File("interview/questions.toml");

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "E601",
        title: "a question bank that is not TOML",
        why: "Nothing of it can be used.",
        fix: "Mend the syntax at the place that is shown.",
        place: QUESTIONS,
        bad: "[[question]]\nid = Q5\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E602",
        title: "a key that questions do not have",
        why: "A misspelt key would be passed over, and what it says lost.",
        fix: "Spell it as the message suggests.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\nchek = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\ncheck = \"demo\"\n",
    },
    Rule {
        id: "E603",
        title: "a value of the wrong type in a question",
        why: "What was meant cannot be guessed.",
        fix: "Write the type that the message names.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = \"The client.\"\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E604",
        title: "a question without a key that it needs",
        why: "Without its points nobody can mark an answer.",
        fix: "Add the key.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E605",
        title: "a value that makes no sense in a question",
        why: "An empty list of points gives full marks to everybody.",
        fix: "Say something, or write the name as the message suggests.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"esy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E606",
        title: "two questions with one id",
        why: "Lessons and progress could not tell the two apart.",
        fix: "Give each question an id of its own.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n[[question]]\nid = \"Q6\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E607",
        title: "a question that names a lesson, section, or check that is not there",
        why: "Whoever answers badly does not know where to go.",
        fix: "Spell it as the message suggests.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"dmeo\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\n",
    },
    Rule {
        id: "E608",
        title: "a lesson that names an interview question that is not there",
        why: "The lesson promises a question that nobody will ask.",
        fix: "Write the question, or take its id out of the lesson.",
        place: Place::Front,
        bad: "interview = [\"Q7\"]\n",
        good: "interview = [\"Q5\"]\n",
    },
    Rule {
        id: "W609",
        title: "a question that names an exercise that is not there",
        why: "The interview passes it over, and nothing shows the point live.",
        fix: "Write the exercise, or name another.",
        place: QUESTIONS,
        bad: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\ncheck = \"later\"\n",
        good: "[[question]]\nid = \"Q5\"\nlevel = \"easy\"\nask = \"Who asks?\"\nmust = [\"The client.\"]\nstrong = [\"It connects.\"]\nred_flags = [\"The big one.\"]\nfollow_ups = []\nlesson = \"demo\"\ncheck = \"demo#answers\"\n",
    },
];
