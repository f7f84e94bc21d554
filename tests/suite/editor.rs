//! An editor: `tombi lsp`, driven as an editor drives it, completes a check file and shows what is wrong in it.
//!
//! `pip install tombi` puts it on the path. Without it these tests are skipped, and say so; with
//! `COURSE_REQUIRE_ALL=1` they fail.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the server may take for an answer before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether tombi is installed; says so when it is not.
fn is_there() -> bool {
    if Command::new("tombi").arg("--version").output().is_ok() {
        return true;
    }
    let required = std::env::var_os("COURSE_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!required, "tombi is required and not installed");
    let _ = writeln!(std::io::stderr(), "skipped: tombi is not installed");
    false
}

/// An editor with a folder open that has `checks/` and the schemas in `docs/`.
struct Editor {
    temp: TempDir,
    server: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    asked: u64,
}

impl Editor {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        for folder in ["checks", "docs"] {
            std::fs::create_dir(temp.path().join(folder)).unwrap();
        }
        for schema in course::lint::schema::all() {
            std::fs::write(temp.path().join("docs").join(schema.file), schema.text()).unwrap();
        }
        let mut server = Command::new("tombi")
            .args(["lsp", "--offline"])
            .current_dir(temp.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = server.stdin.take().unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Self {
            temp,
            server,
            input,
            answers,
            asked: 0,
        };
        let root = editor.address(Path::new(""));
        editor.ask(
            "initialize",
            &json!({ "processId": std::process::id(), "rootUri": root, "capabilities": {
                "textDocument": { "publishDiagnostics": {}, "hover": { "contentFormat": ["markdown"] } } } }),
        );
        editor.tell("initialized", &json!({}));
        editor
    }

    fn address(&self, path: &Path) -> String {
        format!("file://{}", self.temp.path().join(path).display())
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message that is not a request to the editor; those get an empty answer.
    fn next(&mut self) -> Value {
        loop {
            let message = self.answers.recv_timeout(PATIENCE).expect("tombi answers");
            match (message.get("method"), message.get("id")) {
                (Some(_), Some(id)) => {
                    let answer = json!({ "jsonrpc": "2.0", "id": id, "result": null });
                    self.send(&answer);
                }
                _ => return message,
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.next();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{message}");
                return message["result"].clone();
            }
        }
    }

    /// Opens a file with this text, where `|` is the cursor, and waits until it was looked at. Gives its address, the
    /// place of the cursor and what is wrong with the file.
    fn open(&mut self, name: &str, text: &str) -> (String, Value, Vec<String>) {
        let at = text.find('|').unwrap_or(text.len());
        let (before, after) = (&text[..at], text.get(at + 1..).unwrap_or_default());
        let path = PathBuf::from("checks").join(name);
        let address = self.address(&path);
        let text = format!("{before}{after}");
        std::fs::write(self.temp.path().join(path), &text).unwrap();
        self.tell(
            "textDocument/didOpen",
            &json!({ "textDocument": { "uri": address, "languageId": "toml", "version": 1, "text": text } }),
        );
        let found = loop {
            let message = self.next();
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics" && params["uri"] == address {
                let found = params["diagnostics"].as_array().unwrap().iter();
                break found
                    .map(|d| d["message"].as_str().unwrap().to_owned())
                    .collect();
            }
        };
        let line = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let place = json!({ "line": line, "character": column });
        (address, place, found)
    }

    /// What the editor offers at the cursor.
    fn offers(&mut self, name: &str, text: &str) -> Vec<String> {
        let (address, place, _) = self.open(name, text);
        let params = json!({ "textDocument": { "uri": address }, "position": place });
        let result = self.ask("textDocument/completion", &params);
        let items = result.as_array().or_else(|| result["items"].as_array());
        let labels = items.into_iter().flatten();
        labels
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the editor says of the word under the cursor.
    fn explains(&mut self, name: &str, text: &str) -> String {
        let (address, place, _) = self.open(name, text);
        let params = json!({ "textDocument": { "uri": address }, "position": place });
        let result = self.ask("textDocument/hover", &params);
        result["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// One message of the language server protocol: headers, a blank line, JSON.
fn read(output: &mut BufReader<impl std::io::Read>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

const HEAD: &str = "#:schema ../docs/check.schema.json\ncourse = 1\nexercise = \"x\"\n";
const STEP: &str = "[[check]]\nid = \"a\"\ntitle = \"A\"\npoints = 1\n[[check.step]]\n";
const HTTP: &str = "http = { on = \"a\", get = \"/\" }\n";

/// Where the cursor stands in a check file, what stands around it, and words that must be offered there. `STEP` stands
/// for a check up to its first step, `HTTP` for a request.
const PLACES: [(&str, &str, &str); 15] = [
    ("the file", "|", "vars server instance balancer group check"),
    ("half a key", "inst|", "instance"),
    ("the server", "[server]\n|", "env ready"),
    (
        "a policy",
        "[balancer.lb]\npolicy = \"|\"",
        "\"round-robin\" \"sticky\"",
    ),
    (
        "a check",
        "[[check]]\n|",
        "id title points needs each hint step",
    ),
    ("a level", "[[check]]\nlevel = \"|\"", "\"core\" \"deep\""),
    (
        "a requirement",
        "[[check]]\nrequires = [\"|\"]",
        "\"managed\"",
    ),
    (
        "a hint",
        "[[check]]\n[[check.hint]]\nwhen.|",
        "status json tally exit",
    ),
    ("a step", "STEP|", "name expect http raw jwt process race"),
    ("a request", "STEPhttp = { | }", "on get post bearer json"),
    ("more of it", "STEPhttp = { on = \"a\", | }", "get timeout"),
    (
        "a forgery",
        "STEPjwt = { forge = \"|\" }",
        "\"alg-none\" \"expired\"",
    ),
    (
        "an expectation",
        "STEPHTTPexpect.|",
        "status header json tally",
    ),
    (
        "a matcher",
        "STEPHTTPexpect.body = { | }",
        "contains matches exists",
    ),
    (
        "a capture",
        "STEPHTTPcapture.x = { | }",
        "json header secret",
    ),
];

#[test]
fn keys_and_values_are_completed_at_every_place() {
    if !is_there() {
        return;
    }
    let mut editor = Editor::new();
    for (number, (place, around, wanted)) in PLACES.iter().enumerate() {
        let around = around.replace("STEP", STEP).replace("HTTP", HTTP);
        let offered = editor.offers(&format!("c{number}.toml"), &format!("{HEAD}{around}\n"));
        for word in wanted.split(' ') {
            assert!(
                offered.iter().any(|o| o == word),
                "{place}: no {word} in {offered:?}"
            );
        }
    }
    // What is there already, or belongs elsewhere, is not offered.
    let again = editor.offers("again.toml", &format!("{HEAD}|\n"));
    assert!(
        !again.iter().any(|o| o == "course" || o == "status"),
        "{again:?}"
    );
}

#[test]
fn keys_are_explained_and_mistakes_are_marked() {
    if !is_there() {
        return;
    }
    let mut editor = Editor::new();
    let points = editor.explains("points.toml", &format!("{HEAD}[[check]]\npo|ints = 1\n"));
    assert!(points.contains("what it is worth"), "{points}");
    let text = format!("{HEAD}{STEP}{HTTP}expect.sta|tus = 200\n");
    let status = editor.explains("status.toml", &text);
    assert!(
        status.contains("the status code; a list means one of"),
        "{status}"
    );
    let (_, _, found) = editor.open("right.toml", &text);
    assert_eq!(found, Vec::<String>::new());
    let (_, _, found) = editor.open("wrong.toml", &text.replace("sta|tus", "statsu"));
    assert_eq!(found, ["\"statsu\" is not allowed"]);
}

#[test]
fn the_shipped_checks_are_clean_in_an_editor() {
    if !is_there() {
        return;
    }
    let output = Command::new("tombi")
        .args(["lint", "--offline", "--error-on-warnings", "checks"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("Warning"), "{said}");
}
