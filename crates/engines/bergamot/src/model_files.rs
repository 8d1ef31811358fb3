//! The files of a model: found by their names, checked before they are loaded.
//!
//! `fxtranslate` trusts its files: it reserves memory by what their headers claim, and panics on
//! indices beyond a table. So the headers are read here first.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fxtranslate::spm::SpmVocab;
use mynah_speech::Language;

use crate::error::ModelError;

/// The largest weights, in bytes; those of Firefox have 16 to 60 MB.
const MAX_WEIGHTS_BYTES: u64 = 512 << 20;
/// The largest vocabulary or shortlist, in bytes.
const MAX_TABLE_BYTES: u64 = 64 << 20;
/// The most tensors; released models have about 250.
const MAX_TENSORS: u64 = 10_000;
/// The most folders looked through.
const MAX_FOLDERS: usize = 1_000;

/// A model on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelFiles {
    pub(crate) folder: PathBuf,
    pub(crate) from: Language,
    pub(crate) to: Language,
    pub(crate) weights: PathBuf,
    pub(crate) source_vocabulary: PathBuf,
    pub(crate) target_vocabulary: PathBuf,
    pub(crate) shortlist: Option<PathBuf>,
}

impl ModelFiles {
    /// The models in these folders, each a model's or one of such folders; sorted, the first of a
    /// direction alone.
    pub(crate) fn find(folders: &[PathBuf]) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for folder in folders {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let mut inner: Vec<_> = entries
                .map(|entry| entry.path())
                .filter(|path| path.is_dir())
                .take(MAX_FOLDERS)
                .collect();
            inner.sort();
            let own = std::iter::once(folder.clone());
            for model in own.chain(inner).filter_map(|path| Self::of(&path)) {
                if !found
                    .iter()
                    .any(|a| a.from == model.from && a.to == model.to)
                {
                    found.push(model);
                }
            }
        }
        found
    }

    /// The model of a folder named after its direction (`bergamot-en-pt`, `en-pt`); none where
    /// there are no weights or no vocabulary.
    fn of(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?;
        let mut parts = name.rsplit('-');
        let (to, from) = (parts.next()?, parts.next()?);
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .take(MAX_FOLDERS)
            .collect();
        names.sort();
        let file = |start: &str, end: &str| {
            let matches = |name: &&String| name.starts_with(start) && name.ends_with(end);
            names.iter().find(matches).map(|name| folder.join(name))
        };
        let shared = file("vocab.", ".spm");
        Some(Self {
            weights: file("model.", ".bin")?,
            source_vocabulary: file("srcvocab.", ".spm").or_else(|| shared.clone())?,
            target_vocabulary: file("trgvocab.", ".spm").or(shared)?,
            shortlist: file("lex.", ".bin"),
            folder: folder.to_owned(),
            from,
            to,
        })
    }

    /// Checks what can be checked without computing: sizes, headers, and that every index is within
    /// its table.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        check_weights(&self.weights)?;
        let vocabulary = |file: &Path| {
            let bytes = read(file, MAX_TABLE_BYTES)?;
            guarded(|| {
                let vocabulary = SpmVocab::from_bytes(&bytes);
                // Without its end of sentence a vocabulary is cut off or none.
                let (end, length) = (vocabulary.eos_id(), vocabulary.len());
                ((end as usize) < length && vocabulary.piece(end) == "</s>").then_some(length)
            })
            .flatten()
            .ok_or_else(|| ModelError::damaged(file, "it is no SentencePiece vocabulary"))
        };
        let source = vocabulary(&self.source_vocabulary)?;
        let target = vocabulary(&self.target_vocabulary)?;
        if let Some(file) = &self.shortlist {
            let bytes = read(file, MAX_TABLE_BYTES)?;
            check_shortlist(&bytes, source, target)
                .map_err(|reason| ModelError::damaged(file, reason))?;
        }
        Ok(())
    }
}

/// What `work` computes; none where it panicked, as the library does where a tensor is missing.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    // A loaded engine is read-only, and its scratch memory is overwritten by each use.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Reads a whole file that may have so many bytes at most.
fn read(file: &Path, max_bytes: u64) -> Result<Vec<u8>, ModelError> {
    let unreadable = |error: std::io::Error| ModelError::damaged(file, error.to_string());
    let open = File::open(file).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let mut limited = open.take(max_bytes + 1);
    limited.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        return Err(ModelError::damaged(
            file,
            format!("it has more than {max_bytes} bytes"),
        ));
    }
    Ok(bytes)
}

/// Checks the header of weights: version, number of tensors, and that what each claims is there.
fn check_weights(file: &Path) -> Result<(), ModelError> {
    const VERSION: u64 = 1;
    let damaged = |reason: &str| ModelError::damaged(file, reason);
    let unreadable = |error: std::io::Error| ModelError::damaged(file, error.to_string());
    let mut open = File::open(file).map_err(unreadable)?;
    let length = open.metadata().map_err(unreadable)?.len();
    if length > MAX_WEIGHTS_BYTES {
        return Err(damaged("it is too large for a model of this engine"));
    }
    let mut number = || {
        let mut bytes = [0; 8];
        open.read_exact(&mut bytes)
            .map_err(|_| damaged("it is cut off"))?;
        Ok::<_, ModelError>(u64::from_le_bytes(bytes))
    };
    if number()? != VERSION {
        return Err(damaged("it is no Marian model"));
    }
    let tensors = number()?;
    if tensors == 0 || tensors > MAX_TENSORS {
        return Err(damaged("its header is damaged"));
    }
    let mut claimed = 16 + 32 * tensors;
    for _ in 0..tensors {
        let (name, _kind, dimensions, data) = (number()?, number()?, number()?, number()?);
        let shape = dimensions.saturating_mul(4);
        for part in [name, shape, data] {
            claimed = claimed.saturating_add(part);
        }
    }
    if claimed > length {
        return Err(damaged("it is cut off"));
    }
    Ok(())
}

/// Checks a shortlist: `magic, checksum, first, best, words, entries` (u64 each), an offset of each
/// word (u64), and the entries (u32), all little-endian.
fn check_shortlist(bytes: &[u8], source: usize, target: usize) -> Result<(), &'static str> {
    const HEADER_BYTES: usize = 48;
    const DAMAGED: &str = "it is damaged or cut off";
    let long = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(8)?)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let header = |field: usize| long(8 * field).ok_or(DAMAGED);
    let (first, words, entries) = (header(2)?, header(4)?, header(5)?);
    let table = words.checked_mul(8).ok_or(DAMAGED)?;
    let start = table.checked_add(HEADER_BYTES).ok_or(DAMAGED)?;
    let end = entries
        .checked_mul(4)
        .and_then(|own| own.checked_add(start));
    if end != Some(bytes.len()) || first > target {
        return Err(DAMAGED);
    }
    if words > source + 1 {
        return Err("it is of another vocabulary");
    }
    let mut last = 0;
    for offset in bytes[HEADER_BYTES..start].chunks_exact(8) {
        let offset = u64::from_le_bytes(offset.try_into().map_err(|_| DAMAGED)?);
        if offset < last || offset > entries as u64 {
            return Err(DAMAGED);
        }
        last = offset;
    }
    for entry in bytes[start..].chunks_exact(4) {
        let entry = u32::from_le_bytes(entry.try_into().map_err(|_| DAMAGED)?);
        if entry as usize >= target {
            return Err("it is of another vocabulary");
        }
    }
    Ok(())
}
