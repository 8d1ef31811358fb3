//! The digest of what was fetched, and its conversion.

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::{Conversion, Digest, Source};
use crate::checksum::sha256;
use crate::error::failed;
use crate::{ModelError, convert};

use super::{Fetched, Fetcher, remove};

impl Fetcher<'_> {
    /// The file that a source's bytes become, where its conversion needs nothing else.
    pub(super) fn converted(&self, path: PathBuf, source: &Source) -> Result<Fetched, ModelError> {
        let Some(Conversion::Kokoro { .. }) = &source.conversion else {
            return self.checked(path, source, None);
        };
        if let Digest::Sha256(digest) = source.fetched().1 {
            checked_digest(&path, Some((digest, "the catalogue")))?;
        }
        self.convert(&path, source, |model, output| {
            convert::kokoro(model, output, self.cancel)
        })
    }

    /// Converts a file, which is removed, and checks the result.
    pub(super) fn convert(
        &self,
        path: &Path,
        source: &Source,
        convert: impl FnOnce(&Path, &Path) -> Result<(), ModelError>,
    ) -> Result<Fetched, ModelError> {
        let mut output = path.to_owned().into_os_string();
        output.push(".converted");
        let output = PathBuf::from(output);
        let converted =
            convert(path, &output).and_then(|()| self.checked(output.clone(), source, None));
        if converted.is_err() {
            // The first error is reported.
            let _ = fs::remove_file(&output);
        }
        let converted = converted?;
        remove(path)?;
        Ok(converted)
    }

    /// The file, if it has the right bytes; one with others is removed.
    pub(super) fn checked(
        &self,
        path: PathBuf,
        source: &Source,
        pinned: Option<&str>,
    ) -> Result<Fetched, ModelError> {
        let expected = match (&source.digest, pinned) {
            (Digest::Sha256(digest), _) => Some((digest.as_str(), "the catalogue")),
            (Digest::Stated, pinned) => pinned.map(|digest| (digest, "the first pull")),
        };
        let sha256 = checked_digest(&path, expected)?;
        let bytes = fs::metadata(&path)
            .map_err(|source| failed(&path, source))?
            .len();
        Ok(Fetched {
            path,
            sha256,
            bytes,
            source: source.to_string(),
        })
    }
}

/// The digest of a file. It is removed where it has another one than is expected, by what.
fn checked_digest(path: &Path, expected: Option<(&str, &str)>) -> Result<String, ModelError> {
    let sha256 = sha256(path).map_err(|source| failed(path, source))?;
    match expected {
        Some((digest, by)) if digest != sha256 => {
            remove(path)?;
            Err(ModelError::source(format!(
                "it has other bytes: their SHA-256 is {sha256}, and {by} has {digest}"
            )))
        }
        _ => Ok(sha256),
    }
}
