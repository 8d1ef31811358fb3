//! Writing packages.

use std::io::{Seek, Write};

use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::document::{Manifest, ManifestEntry, prompt_path, recording_path};
use crate::package::sha256;
use crate::{ConsentDocument, PackageError, PackageLimits, PromptDocument, VERSION, VoiceDocument};

/// Writes a package: its documents first, then the recordings, in their order. The same voice gives the same
/// bytes.
pub struct PackageWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// The recordings still to be written.
    recordings: std::vec::IntoIter<ManifestEntry>,
    packed_bytes: u64,
}

impl<W: Write + Seek> PackageWriter<W> {
    /// Writes the manifest and the documents. Each prompt comes with the length and the SHA-256 of its
    /// recording.
    ///
    /// # Errors
    /// The package would exceed a limit, or [`PackageError::Io`].
    pub fn begin(
        writer: W,
        voice: &VoiceDocument,
        consent: Option<&ConsentDocument>,
        prompts: &[(PromptDocument, u64, String)],
        limits: &PackageLimits,
    ) -> Result<Self, PackageError> {
        let mut documents = vec![(VoiceDocument::PATH.to_owned(), json(voice)?)];
        if let Some(consent) = consent {
            documents.push((ConsentDocument::PATH.to_owned(), json(consent)?));
        }
        for (index, (prompt, _, _)) in prompts.iter().enumerate() {
            documents.push((prompt_path(index), json(prompt)?));
        }
        let listed = documents.iter().map(|(path, bytes)| ManifestEntry {
            path: path.clone(),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        });
        let recordings = prompts.iter().enumerate();
        let recordings = recordings.map(|(index, (_, bytes, sha256))| ManifestEntry {
            path: recording_path(index),
            bytes: *bytes,
            sha256: sha256.clone(),
        });
        let recordings: Vec<_> = recordings.collect();
        let manifest = Manifest {
            format: Manifest::FORMAT.to_owned(),
            version: VERSION.into(),
            entries: listed.chain(recordings.iter().cloned()).collect(),
        };
        let manifest_json = json(&manifest)?;
        check_limits(&manifest, manifest_json.len() as u64, limits)?;
        let mut own = Self {
            zip: ZipWriter::new(writer),
            recordings: recordings.into_iter(),
            packed_bytes: limits.packed_bytes,
        };
        own.entry(Manifest::PATH, CompressionMethod::Deflated, &manifest_json)?;
        for (path, bytes) in documents {
            own.entry(&path, CompressionMethod::Deflated, &bytes)?;
        }
        Ok(own)
    }

    /// Writes the recording of the next prompt.
    ///
    /// # Errors
    /// It is not the recording that was announced, or [`PackageError::Io`].
    pub fn recording(&mut self, flac: &[u8]) -> Result<(), PackageError> {
        let missing = || PackageError::Unexpected("a recording".to_owned());
        let listed = self.recordings.next().ok_or_else(missing)?;
        if (listed.bytes, &listed.sha256) != (flac.len() as u64, &sha256(flac)) {
            return Err(PackageError::Checksum(listed.path));
        }
        // It is compressed already.
        self.entry(&listed.path, CompressionMethod::Stored, flac)
    }

    /// Ends the package.
    ///
    /// # Errors
    /// A recording is missing, the package exceeds its limit of bytes, or [`PackageError::Io`].
    pub fn finish(mut self) -> Result<W, PackageError> {
        if let Some(listed) = self.recordings.next() {
            return Err(PackageError::Missing(listed.path));
        }
        let mut writer = self.zip.finish()?;
        match writer.stream_position()? <= self.packed_bytes {
            true => Ok(writer),
            false => Err(PackageError::Limit {
                limit: self.packed_bytes,
                unit: "bytes",
            }),
        }
    }

    fn entry(
        &mut self,
        path: &str,
        method: CompressionMethod,
        bytes: &[u8],
    ) -> Result<(), PackageError> {
        let options = SimpleFileOptions::default().compression_method(method);
        self.zip.start_file(path, options)?;
        self.zip.write_all(bytes)?;
        Ok(())
    }
}

/// Ok where the package has no more entries and bytes than one that is read. Those of the archive itself are
/// known at its end.
fn check_limits(
    manifest: &Manifest,
    manifest_bytes: u64,
    limits: &PackageLimits,
) -> Result<(), PackageError> {
    let entries = manifest.entries.len() as u64 + 1;
    let listed = manifest.entries.iter().map(|entry| entry.bytes);
    let bytes = manifest_bytes + listed.sum::<u64>();
    for (unit, value, limit) in [
        ("entries", entries, limits.entries as u64),
        ("bytes unpacked", bytes, limits.unpacked_bytes),
    ] {
        if value > limit {
            return Err(PackageError::Limit { limit, unit });
        }
    }
    Ok(())
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, PackageError> {
    serde_json::to_vec_pretty(document)
        .map_err(|error| PackageError::document("", error.to_string()))
}
