//! A voice's file: safetensors with `embedding` (F32, \[width\]) and, where the transcript is
//! known, `codes` (U16, \[frames, 16\]); transcript, checkpoint and, in version 1, the consent are in the
//! metadata. Files of version 2 are a prompt alone, of a voice that is kept with its consent elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use mynah_speech::Consent;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::Qwen3Error;
use crate::generate::GROUPS;
use crate::request::{ClonePrompt, EncodedReference};

use super::ClonedVoice;
use super::metadata::VoiceMetadata;

/// The largest file that is read, in bytes. A minute of a voice has some 60 KiB.
pub const MAX_FILE_BYTES: u64 = 4 << 20;

const EMBEDDING: &str = "embedding";
const CODES: &str = "codes";

/// Ok, or what is wrong with a file.
type FileResult<T> = Result<T, String>;

impl ClonedVoice {
    /// Writes it to a file atomically; an existing file is replaced. On Unix only the owner can
    /// read it, since a voice is personal data.
    ///
    /// # Errors
    /// `Voice` where the file cannot be written, or the voice is incomplete.
    pub fn save(&self, path: &Path) -> Result<(), Qwen3Error> {
        let failed = |reason: String| Qwen3Error::Voice {
            path: path.to_owned(),
            reason,
        };
        let bytes = self.to_bytes().map_err(failed)?;
        write(path, &bytes).map_err(|error| failed(format!("it cannot be written: {error}")))
    }

    /// Reads one that was made with this checkpoint.
    ///
    /// # Errors
    /// `File` where it cannot be read; `Voice` where it is incomplete, of an unknown version, or
    /// was made with another checkpoint.
    pub fn load(path: &Path, checkpoint: &str) -> Result<Self, Qwen3Error> {
        let bytes = read(path).map_err(|source| Qwen3Error::File {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes)
            .and_then(|voice| voice.made_with(checkpoint))
            .map_err(|reason| Qwen3Error::Voice {
                path: path.to_owned(),
                reason,
            })
    }

    fn made_with(self, checkpoint: &str) -> FileResult<Self> {
        if self.checkpoint == checkpoint {
            Ok(self)
        } else {
            Err(format!(
                "it was made with {}, and this is {checkpoint}; clone it again with this model",
                self.checkpoint
            ))
        }
    }

    fn to_bytes(&self) -> FileResult<Vec<u8>> {
        write_tensors(&self.prompt, &self.checkpoint, Some(&self.consent))
    }

    fn from_bytes(bytes: &[u8]) -> FileResult<Self> {
        let (prompt, metadata) = read_tensors(bytes)?;
        let Some(consent) = metadata.consent else {
            return Err(
                "it holds no consent, so it is no voice by itself; import its package".into(),
            );
        };
        Ok(Self {
            prompt,
            checkpoint: metadata.checkpoint,
            consent,
        })
    }
}

impl ClonePrompt {
    /// The bytes of a file of this prompt alone, whose voice and consent are kept elsewhere.
    ///
    /// # Errors
    /// What is wrong with the prompt.
    pub fn to_tensors(&self, checkpoint: &str) -> Result<Vec<u8>, String> {
        write_tensors(self, checkpoint, None)
    }

    /// The prompt of a file that was made with this checkpoint.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn from_tensors(bytes: &[u8], checkpoint: &str) -> Result<Self, String> {
        let (prompt, metadata) = read_tensors(bytes)?;
        match metadata.checkpoint == checkpoint {
            true => Ok(prompt),
            false => Err(format!("they were made with {}", metadata.checkpoint)),
        }
    }
}

fn write_tensors(
    prompt: &ClonePrompt,
    checkpoint: &str,
    consent: Option<&Consent>,
) -> FileResult<Vec<u8>> {
    let ClonePrompt {
        embedding,
        reference,
    } = prompt;
    let metadata = VoiceMetadata {
        checkpoint: checkpoint.to_owned(),
        text: reference.as_ref().map(|reference| reference.text.clone()),
        consent: consent.cloned(),
    };
    let numbers: Vec<u8> = embedding.iter().flat_map(|x| x.to_le_bytes()).collect();
    let codes = reference.as_ref().map(pack).transpose()?;
    let mut tensors = vec![(
        EMBEDDING,
        view(Dtype::F32, vec![embedding.len()], &numbers)?,
    )];
    if let Some(codes) = &codes {
        let shape = vec![codes.len() / 2 / GROUPS, GROUPS];
        tensors.push((CODES, view(Dtype::U16, shape, codes)?));
    }
    safetensors::serialize(tensors, Some(metadata.write()))
        .map_err(|error| format!("it cannot be written: {error}"))
}

fn read_tensors(bytes: &[u8]) -> FileResult<(ClonePrompt, VoiceMetadata)> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "it has more than {MAX_FILE_BYTES} bytes, so it is no voice"
        ));
    }
    let damaged = |error| format!("it is damaged or no voice ({error}); clone it again");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let metadata = VoiceMetadata::read(header.metadata().as_ref())?;
    let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let reference = match &metadata.text {
        None => None,
        Some(text) => Some(EncodedReference {
            text: text.clone(),
            codes: codes(&tensors)?,
        }),
    };
    let prompt = ClonePrompt {
        embedding: embedding(&tensors)?,
        reference,
    };
    Ok((prompt, metadata))
}

fn view(dtype: Dtype, shape: Vec<usize>, bytes: &[u8]) -> FileResult<TensorView<'_>> {
    TensorView::new(dtype, shape, bytes).map_err(|error| format!("it is not whole: {error}"))
}

/// Codes as they are stored in the file.
fn pack(reference: &EncodedReference) -> FileResult<Vec<u8>> {
    if !reference.codes.len().is_multiple_of(GROUPS) {
        return Err(format!(
            "{CODES} has {} numbers, which do not make frames of {GROUPS}",
            reference.codes.len()
        ));
    }
    let mut bytes = Vec::with_capacity(reference.codes.len() * 2);
    for code in &reference.codes {
        let code =
            u16::try_from(*code).map_err(|_| format!("{CODES} has {code}, which is no code"))?;
        bytes.extend(code.to_le_bytes());
    }
    Ok(bytes)
}

/// The bytes of a tensor of this type whose shape `fits`.
fn tensor<'a>(
    tensors: &'a SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    fits: impl FnOnce(&[usize]) -> bool,
    right: &str,
) -> FileResult<&'a [u8]> {
    let view = tensors
        .tensor(name)
        .map_err(|_| format!("the tensor {name} is missing; clone the voice again"))?;
    if view.dtype() == dtype && fits(view.shape()) {
        Ok(view.data())
    } else {
        Err(format!(
            "the tensor {name} is {:?} {:?} and should be {right}; clone the voice again",
            view.dtype(),
            view.shape()
        ))
    }
}

fn embedding(tensors: &SafeTensors<'_>) -> FileResult<Vec<f32>> {
    let fits = |shape: &[usize]| matches!(shape, [width] if *width > 0);
    let bytes = tensor(tensors, EMBEDDING, Dtype::F32, fits, "F32 of one dimension")?;
    let (words, _) = bytes.as_chunks::<4>();
    let numbers: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
    if numbers.iter().all(|x| x.is_finite()) {
        Ok(numbers)
    } else {
        Err(format!(
            "the tensor {EMBEDDING} has numbers that are not finite; clone the voice again"
        ))
    }
}

fn codes(tensors: &SafeTensors<'_>) -> FileResult<Vec<u32>> {
    let fits = |shape: &[usize]| matches!(shape, [frames, GROUPS] if *frames > 0);
    let bytes = tensor(tensors, CODES, Dtype::U16, fits, "U16 [frames, 16]")?;
    let (words, _) = bytes.as_chunks::<2>();
    Ok(words
        .iter()
        .map(|word| u16::from_le_bytes(*word).into())
        .collect())
}

/// Reads a file, at most one byte beyond the bound.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a temporary file in the same folder, then renames it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = temporary_path(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&part);
    }
    written
}

/// A unique name in the same folder.
fn temporary_path(path: &Path) -> io::Result<PathBuf> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    part.push(format!(".{}.{number}.part", std::process::id()));
    Ok(path.with_file_name(part))
}
