//! Every proof that `docs/requirements.md` names is there.

use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const PAGE: &str = include_str!("../../../../docs/requirements.md");

#[test]
fn every_proof_exists() {
    let named: Vec<_> = PAGE
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter_map(|proof| proof.split_once(": "))
        .collect();
    assert!(named.len() > 30, "the page names its proofs");
    let missing: Vec<_> = named
        .iter()
        .filter(|(folder, test)| !is_there(&Path::new(ROOT).join(folder), test))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

/// Whether a file below a folder defines a test whose name begins so.
fn is_there(folder: &Path, test: &str) -> bool {
    let definitions = [
        format!("fn {test}"),
        format!("def {test}"),
        format!("test(`{test}"),
    ];
    files(folder).iter().any(|file| {
        std::fs::read_to_string(file).is_ok_and(|text| {
            definitions
                .iter()
                .any(|definition| text.contains(definition))
        })
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => vec![path],
        })
        .collect()
}
