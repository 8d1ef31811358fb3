//! Which models lie in the folder, and which directions they have.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use mynah_speech::Language;

use crate::error::read;
use crate::language::{Direction, directions};

/// The largest vocabulary that is looked through, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// The most models looked for.
const MAX_MODELS: usize = 1_000;

/// One step of a translation: a model, and the token that selects the target there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) folder: PathBuf,
    pub(crate) from: Language,
    pub(crate) code: Option<String>,
}

/// What a folder's directions were when its vocabulary had this time and length.
type Seen = HashMap<PathBuf, (Option<SystemTime>, u64, Vec<Direction>)>;

/// The models of a folder. Looked at anew at each call, so that models can come while the program
/// runs; a vocabulary is read once.
#[derive(Debug)]
pub(crate) struct Catalogue {
    folder: PathBuf,
    seen: Mutex<Seen>,
}

impl Catalogue {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            seen: Mutex::default(),
        }
    }

    /// Every direction of every model, by the folders' names.
    fn all(&self) -> Vec<(PathBuf, Direction)> {
        let entries = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten();
        let folders = entries
            .map(|entry| entry.path())
            .filter(|path| path.join("config.json").is_file());
        let mut folders: Vec<_> = folders.take(MAX_MODELS).collect();
        folders.sort();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for folder in folders {
            let file = folder.join("vocab.json");
            let Ok(about) = std::fs::metadata(&file) else {
                continue;
            };
            let (time, length) = (about.modified().ok(), about.len());
            let known = seen
                .get(&folder)
                .filter(|known| (known.0, known.1) == (time, length));
            let directions = known.map_or_else(
                || directions(&folder, &tokens(&file)),
                |known| known.2.clone(),
            );
            seen.insert(folder.clone(), (time, length, directions.clone()));
            found.extend(
                directions
                    .into_iter()
                    .map(|direction| (folder.clone(), direction)),
            );
        }
        found
    }

    /// The directions of the models, and those through English where no model has them; sorted.
    pub(crate) fn pairs(&self) -> Vec<(Language, Language)> {
        let direct: Vec<_> = self
            .all()
            .into_iter()
            .map(|(_, (from, to, _))| (from, to))
            .collect();
        let mut pairs: BTreeMap<_, ()> = direct.iter().cloned().map(|pair| (pair, ())).collect();
        for (from, to) in &direct {
            let halves = direct
                .iter()
                .filter(|(half, _)| to.primary() == "en" && half.primary() == "en");
            for (_, end) in halves {
                let known = direct.iter().any(|(a, b)| a.serves(from) && b.serves(end));
                if from.primary() != end.primary() && !known {
                    pairs.insert((from.clone(), end.clone()), ());
                }
            }
        }
        pairs.into_keys().collect()
    }

    /// The way from one language to another: one model, or else two with English between.
    pub(crate) fn route(&self, from: &Language, to: &Language) -> Option<Vec<Hop>> {
        let all = self.all();
        let english = Language::english();
        if let Some(hop) = hop(&all, from, to) {
            return Some(vec![hop]);
        }
        Some(vec![hop(&all, from, &english)?, hop(&all, &english, to)?])
    }
}

/// The model for exactly these languages, or else one that serves.
fn hop(all: &[(PathBuf, Direction)], from: &Language, to: &Language) -> Option<Hop> {
    let exact = all.iter().find(|(_, (a, b, _))| a == from && b == to);
    let serves = || {
        all.iter()
            .find(|(_, (a, b, _))| a.serves(from) && b.serves(to))
    };
    let (folder, (from, _, code)) = exact.or_else(serves)?;
    Some(Hop {
        folder: folder.clone(),
        from: from.clone(),
        code: code.clone(),
    })
}

/// The tokens of a vocabulary; none of one that cannot be read, whose model reports that.
fn tokens(file: &Path) -> Vec<String> {
    let bytes = read(file, MAX_BYTES).unwrap_or_default();
    let ids: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&bytes).unwrap_or_default();
    ids.into_keys().collect()
}
