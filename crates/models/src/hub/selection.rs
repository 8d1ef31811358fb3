//! Which files of a repository are fetched.

use std::fs;
use std::path::Path;

use super::layout::entries;

const WEIGHTS: &str = "model.safetensors";
const WEIGHTS_INDEX: &str = "model.safetensors.index.json";

/// Configuration, vocabulary and weights.
const CHECKPOINT_ENDINGS: [&str; 3] = [".json", ".txt", ".safetensors"];

/// Which files of a repository are fetched, and which of them it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    kind: Kind,
    required: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Checkpoint,
    Files,
}

impl Selection {
    /// A checkpoint: its configuration, vocabulary and weights in safetensors with all their
    /// shards. `required` are the paths without which a repository has no such model.
    pub fn checkpoint(required: &[&str]) -> Self {
        Self::new(Kind::Checkpoint, required)
    }

    /// These files alone.
    pub fn files(paths: &[&str]) -> Self {
        Self::new(Kind::Files, paths)
    }

    fn new(kind: Kind, required: &[&str]) -> Self {
        let required = required.iter().map(|path| (*path).to_owned()).collect();
        Self { kind, required }
    }

    pub(super) fn required(&self) -> &[String] {
        &self.required
    }

    /// Whether a file is fetched.
    pub(super) fn has(&self, path: &str) -> bool {
        match self.kind {
            Kind::Files => self.required.iter().any(|own| own == path),
            Kind::Checkpoint => {
                let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
                CHECKPOINT_ENDINGS
                    .iter()
                    .any(|ending| name.ends_with(ending))
            }
        }
    }

    /// Whether a snapshot has all of it, as far as its own files show. A snapshot of ours has the
    /// first required file only when all of its files are there.
    pub(super) fn is_complete(&self, snapshot: &Path) -> bool {
        let required = || {
            self.required
                .iter()
                .all(|path| snapshot.join(path).is_file())
        };
        match self.kind {
            Kind::Files => required(),
            Kind::Checkpoint => {
                required() && has_weights(snapshot) && has_no_dangling_link(snapshot)
            }
        }
    }
}

fn has_weights(snapshot: &Path) -> bool {
    let Ok(index) = fs::read(snapshot.join(WEIGHTS_INDEX)) else {
        return snapshot.join(WEIGHTS).is_file();
    };
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap_or_default();
    index["weight_map"].as_object().is_some_and(|map| {
        let shards = map.values().filter_map(serde_json::Value::as_str);
        !map.is_empty()
            && shards
                .into_iter()
                .all(|shard| snapshot.join(shard).is_file())
    })
}

fn has_no_dangling_link(folder: &Path) -> bool {
    entries(folder).into_iter().all(|path| {
        if path.is_dir() {
            has_no_dangling_link(&path)
        } else {
            path.exists()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sharded_weights_need_every_shard() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let write = |name: &str, text: &str| fs::write(path.join(name), text).expect("written");
        let selection = Selection::checkpoint(&["config.json", "codec/config.json"]);
        write("config.json", "{}");
        fs::create_dir(path.join("codec")).expect("a folder");
        write("codec/config.json", "{}");
        assert!(!selection.is_complete(path));
        write(
            WEIGHTS_INDEX,
            r#"{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}"#,
        );
        write("1.safetensors", "");
        assert!(!selection.is_complete(path));
        write("2.safetensors", "");
        assert!(selection.is_complete(path));
    }

    #[test]
    fn named_files_are_selected_alone() {
        let selection = Selection::files(&["ggml-base.bin"]);
        assert!(selection.has("ggml-base.bin"));
        assert!(!selection.has("config.json"));
    }
}
