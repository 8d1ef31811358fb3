//! A hub with one model, and an empty cache.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mynah_models::ModelError;
use mynah_models::hub::{HubOptions, Selection, resolve};
use tempfile::TempDir;

use crate::stand_in::{Behaviour, COMMIT, TestHub};

pub(crate) const WEIGHTS: &str = "model.safetensors";

/// Longer than what is read at once, so that a download has a middle.
pub(crate) const WEIGHT_BYTES: usize = 1_000_000;

/// A checkpoint with a codec.
pub(crate) fn selection() -> Selection {
    Selection::checkpoint(&["config.json", "speech_tokenizer/config.json"])
}

pub(crate) fn model() -> Behaviour {
    let weights = (0..WEIGHT_BYTES).map(|i| (i * i % 251) as u8).collect();
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    Behaviour {
        files: [
            file("config.json", "{}"),
            file("merges.txt", "#version: 0.2\n"),
            file("README.md", "# A model"),
            file(".gitattributes", "*.safetensors filter=lfs"),
            file("speech_tokenizer/config.json", "{\"a\": 1}"),
            (WEIGHTS.to_owned(), weights),
        ]
        .into(),
        ..Behaviour::default()
    }
}

pub(crate) struct Test {
    pub(crate) hub: TestHub,
    pub(crate) cache: TempDir,
    pub(crate) options: HubOptions,
}

impl Test {
    pub(crate) fn new(behaviour: Behaviour) -> Self {
        let hub = TestHub::start(behaviour);
        let cache = tempfile::tempdir().unwrap();
        let options = HubOptions {
            endpoint: hub.endpoint.clone(),
            attempts: 1,
            ..HubOptions::new(cache.path())
        };
        Self {
            hub,
            cache,
            options,
        }
    }

    pub(crate) fn resolve(&self, spec: &str) -> Result<PathBuf, ModelError> {
        resolve(spec, &selection(), &self.options, &mut |_| {
            ControlFlow::Continue(())
        })
    }

    pub(crate) fn refusal(&self, spec: &str) -> String {
        match self.resolve(spec).unwrap_err() {
            ModelError::Hub { model, reason } => {
                assert_eq!(model, spec);
                reason.replace(&self.hub.endpoint, "HUB")
            }
            other => panic!("{other}"),
        }
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.cache.path().join("models--own--er")
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.repository().join("snapshots").join(COMMIT)
    }

    pub(crate) fn assert_whole(&self) {
        let files = &self.hub.behaviour.lock().unwrap().files;
        for path in ["config.json", "speech_tokenizer/config.json", WEIGHTS] {
            let got = fs::read(self.folder().join(path)).unwrap();
            assert!(got == files[path], "{path} differs");
        }
        assert_eq!(parts(self.cache.path()), Vec::<PathBuf>::new());
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.hub.behaviour.lock().unwrap());
    }
}

/// Unfinished files.
pub(crate) fn parts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(parts(&entry.path()));
        } else if entry.path().extension().is_some_and(|e| e == "incomplete") {
            found.push(entry.path());
        }
    }
    found
}
