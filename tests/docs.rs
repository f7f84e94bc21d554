//! The pages in docs/ that are made from the code: they must say what the code does.

use std::path::Path;

/// Compares a page with what the code makes of it; `COURSE_UPDATE_DOCS=1` writes it anew.
fn same(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("COURSE_UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == made,
        "docs/{name} is not what the code says; run COURSE_UPDATE_DOCS=1 cargo test --test docs"
    );
}

#[test]
fn the_check_reference_is_made_from_the_registry() {
    same("check-reference.md", &course::checks::reference::page());
}

#[test]
fn the_lint_rules_are_made_from_the_registry() {
    same("lint-rules.md", &course::lint::reference::page());
}

#[test]
fn the_schemas_are_made_from_the_code() {
    for schema in course::lint::schema::all() {
        same(schema.file, &schema.text());
    }
}

#[test]
fn the_check_schema_is_made_from_the_registry() {
    let schema = serde_json::to_string_pretty(&course::checks::schema::check_file()).unwrap();
    same("check.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_shipped_checks_fit_the_schema() {
    let validator = jsonschema::validator_for(&course::checks::schema::check_file()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
    let mut seen = 0;
    let folders = [folder.clone(), folder.join("mistakes")];
    let entries = folders.iter().flat_map(|f| std::fs::read_dir(f).unwrap());
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let document: toml::Table = toml::from_str(&text).unwrap();
            let document = serde_json::to_value(document).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|e| format!("{} at {}", e, e.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 6, "{seen} files");
}

#[test]
fn the_checks_on_the_page_about_the_internet_can_be_read() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/internet.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, example) = page.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let anchors = course::checks::file::Anchors::new();
    let read = course::checks::file::decode("docs/internet.md", example, &anchors, &|_| None);
    let mistakes: Vec<String> = read
        .err()
        .into_iter()
        .flatten()
        .map(|mistake| mistake.message)
        .collect();
    assert_eq!(mistakes, Vec::<String>::new());
}
