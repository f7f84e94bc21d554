//! Languages of code blocks: one row each, with what the highlighter needs to know.

/// What is special in a language's code.
pub(super) struct Language {
    /// What may stand behind a fence, the usual name first.
    pub(super) names: &'static [&'static str],
    /// Words that the language reserves.
    pub(super) keywords: &'static [&'static str],
    /// What begins a comment up to the end of its line.
    pub(super) line_comments: &'static [&'static str],
    /// What begins and ends a longer comment.
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    /// What begins and ends a string, longest first.
    pub(super) strings: &'static [&'static str],
    /// What is special about its lines.
    pub(super) lines: Lines,
}

/// What the beginning of a line means in a language.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Nothing.
    Free,
    /// `$ ` begins a command, other lines are what it prints.
    Console,
    /// `name: value` headers below a request or status line.
    Http,
    /// A string or word before `:` or `=` is a key.
    Keys,
    /// `<name` begins a tag.
    Tags,
    /// `+` and `-` are lines that came and went.
    Diff,
}

const NONE: Language = Language {
    names: &[],
    keywords: &[],
    line_comments: &[],
    block_comment: None,
    strings: &[],
    lines: Lines::Free,
};

const QUOTES: &[&str] = &["\"", "'"];

#[rustfmt::skip]
const LANGUAGES: &[Language] = &[
    Language {
        names: &["python", "py"],
        keywords: &[
            "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def", "del",
            "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match",
            "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
        ],
        line_comments: &["#"],
        strings: &["\"\"\"", "'''", "\"", "'"],
        ..NONE
    },
    Language {
        names: &["javascript", "js", "typescript", "ts", "jsx", "tsx", "mjs", "node"],
        keywords: &[
            "async", "await", "break", "case", "catch", "class", "const", "continue", "default", "delete", "do", "else", "enum",
            "export", "extends", "false", "finally", "for", "from", "function", "if", "import", "in", "instanceof", "interface",
            "let", "new", "null", "of", "return", "static", "super", "switch", "this", "throw", "true", "try", "type", "typeof",
            "undefined", "var", "void", "while", "yield",
        ],
        line_comments: &["//"],
        block_comment: Some(("/*", "*/")),
        strings: &["\"", "'", "`"],
        ..NONE
    },
    Language { names: &["json", "jsonc"], keywords: &["true", "false", "null"], strings: &["\""], lines: Lines::Keys, line_comments: &["//"], ..NONE },
    Language {
        names: &["toml", "ini"], keywords: &["true", "false"], line_comments: &["#"],
        strings: &["\"\"\"", "'''", "\"", "'"], lines: Lines::Keys, ..NONE
    },
    Language {
        names: &["yaml", "yml"], keywords: &["true", "false", "null"], line_comments: &["#"],
        strings: QUOTES, lines: Lines::Keys, ..NONE
    },
    Language {
        names: &["bash", "sh", "shell", "zsh"],
        keywords: &[
            "case", "do", "done", "elif", "else", "esac", "exit", "export", "fi", "for", "function", "if", "in", "local",
            "return", "set", "then", "until", "while",
        ],
        line_comments: &["#"],
        strings: QUOTES,
        ..NONE
    },
    Language { names: &["console", "shell-session", "terminal"], lines: Lines::Console, ..NONE },
    Language {
        names: &["http"],
        keywords: &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"],
        lines: Lines::Http,
        ..NONE
    },
    Language {
        names: &["sql", "sqlite"],
        keywords: &[
            "add", "alter", "and", "as", "asc", "begin", "between", "by", "commit", "conflict", "create", "default", "delete",
            "desc", "distinct", "do", "drop", "exists", "foreign", "from", "group", "having", "if", "in", "index", "insert",
            "integer", "into", "is", "join", "key", "left", "like", "limit", "not", "null", "on", "or", "order", "pragma",
            "primary", "references", "returning", "rollback", "select", "set", "table", "text", "transaction", "union",
            "unique", "update", "values", "where", "with",
        ],
        line_comments: &["--"],
        block_comment: Some(("/*", "*/")),
        strings: QUOTES,
        ..NONE
    },
    Language {
        names: &["rust", "rs"],
        keywords: &[
            "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn", "for",
            "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static",
            "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
        ],
        line_comments: &["//"],
        block_comment: Some(("/*", "*/")),
        strings: &["\""],
        ..NONE
    },
    Language {
        names: &["go", "golang"],
        keywords: &[
            "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "false", "for", "func",
            "go", "goto", "if", "import", "interface", "map", "nil", "package", "range", "return", "select", "struct",
            "switch", "true", "type", "var",
        ],
        line_comments: &["//"],
        block_comment: Some(("/*", "*/")),
        strings: &["\"", "`", "'"],
        ..NONE
    },
    Language { names: &["html", "xml", "svg"], block_comment: Some(("<!--", "-->")), strings: QUOTES, lines: Lines::Tags, ..NONE },
    Language { names: &["css"], block_comment: Some(("/*", "*/")), strings: QUOTES, lines: Lines::Keys, ..NONE },
    Language { names: &["diff", "patch"], lines: Lines::Diff, ..NONE },
    Language {
        names: &["mermaid"],
        keywords: &[
            "flowchart", "graph", "sequenceDiagram", "participant", "actor", "as", "loop", "alt", "else", "opt", "par", "and",
            "end", "Note", "note", "over", "subgraph", "activate", "deactivate",
        ],
        line_comments: &["%%"],
        strings: &["\""],
        ..NONE
    },
];

impl Language {
    /// The language with this lowercase name; `None` when its code is not coloured.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|l| l.names.contains(&name))
    }

    /// Whether a word is reserved; SQL is written in either case.
    pub(super) fn reserves(&self, word: &str) -> bool {
        self.keywords.contains(&word)
            || (self.names[0] == "sql"
                && self.keywords.iter().any(|k| k.eq_ignore_ascii_case(word)))
    }
}
