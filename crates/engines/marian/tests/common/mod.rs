//! The tiny models and what is expected of them.
#![allow(dead_code, reason = "each suite uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mynah_marian::{Config, Generation, Model, Tokenizer};
use serde::Deserialize;

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) input: Vec<u32>,
    pub(crate) logits: Vec<f32>,
    pub(crate) greedy: Vec<u32>,
    pub(crate) beams: Vec<Beams>,
    pub(crate) decoded: String,
}

#[derive(Deserialize)]
pub(crate) struct Beams {
    num_beams: usize,
    length_penalty: f32,
    early_stopping: serde_json::Value,
    pub(crate) ids: Vec<u32>,
}

impl Case {
    /// Whether the model's own way (four beams) ends by itself, on a sentence with a stop and no
    /// code before it.
    pub(crate) fn sound(&self) -> bool {
        let ends = self.beams[0].ids.last() == Some(&0) && self.beams[0].ids.len() < 48;
        ends && self.text.ends_with(['.', '?', '!']) && !self.text.starts_with(">>")
    }

    /// The target's code and the text behind it.
    pub(crate) fn parts(&self) -> (Option<&str>, &str) {
        match self.text.split_once("<< ") {
            Some((code, rest)) => (Some(&self.text[..code.len() + 2]), rest),
            None => (None, &self.text),
        }
    }
}

impl Beams {
    pub(crate) fn generation(&self, base: &Generation) -> Generation {
        use mynah_marian::EarlyStopping::{Full, Heuristic, Never};
        Generation {
            num_beams: self.num_beams,
            length_penalty: self.length_penalty,
            early_stopping: match &self.early_stopping {
                serde_json::Value::Bool(true) => Full,
                serde_json::Value::Bool(false) => Heuristic,
                _ => Never,
            },
            ..base.clone()
        }
    }
}

pub(crate) fn expected() -> BTreeMap<String, Vec<Case>> {
    let text = std::fs::read_to_string(data().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn loaded(folder: &Path) -> (Tokenizer, Model, Generation) {
    let (config, generation) = Config::read(folder).unwrap();
    let tokenizer = Tokenizer::read(folder, &config, &generation).unwrap();
    (tokenizer, Model::read(folder, &config).unwrap(), generation)
}

/// A copy of the tiny models that may be damaged.
pub(crate) fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for model in ["opus-mt-en-es", "opus-mt-es-en", "opus-mt-en-ROMANCE"] {
        std::fs::create_dir(folder.path().join(model)).unwrap();
        for file in std::fs::read_dir(data().join(model)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(
                file.path(),
                folder.path().join(model).join(file.file_name()),
            )
            .unwrap();
        }
    }
    folder
}
