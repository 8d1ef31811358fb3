//! Packages of version 1: one recording without a consent, no checksums.

use std::io::{Read, Seek, Write};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::archive::Archive;
use crate::document::Manifest;
use crate::package::parsed;
use crate::{MAX_DOCUMENT_BYTES, MAX_RECORDING_BYTES, PackageError};

const METADATA: &str = "meta.json";
const RECORDING: &str = "ref.wav";
const TRANSCRIPT: &str = "ref_transcript.txt";
/// Reserved by the format; its entries are ignored.
const SAMPLES: &str = "samples/";

/// What every version of `meta.json` has.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

/// A package of version 1 whose entries and metadata are checked.
pub struct V1Package {
    /// What is said about the voice.
    pub metadata: V1Metadata,
    /// The recording, of any format.
    pub recording: Vec<u8>,
    /// Its words.
    pub transcript: Option<String>,
}

/// `meta.json`. Fields that are not known are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct V1Metadata {
    /// Always 1.
    pub format_version: u64,
    /// The id of the voice at the server that wrote it.
    pub voice_id: String,
    /// Its name.
    pub name: String,
    /// `cloned`, `designed` or `builtin`.
    pub voice_type: String,
    /// How it sounds, in words.
    #[serde(default)]
    pub description: Option<String>,
    /// The same, of a designed voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design_description: Option<String>,
    /// The words of the recording, where no other entry has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ref_text: Option<String>,
    /// When it was created, in ISO 8601. Servers that wrote it stated a local time as UTC.
    #[serde(default)]
    pub created_at: Option<String>,
}

impl V1Metadata {
    /// When it was created, in milliseconds since 1970, its time read as UTC.
    pub fn created_ms(&self) -> Option<i64> {
        let text = self.created_at.as_deref()?;
        let exact = text.parse::<Timestamp>().ok();
        let civil = || {
            let time: DateTime = text.parse().ok()?;
            time.to_zoned(TimeZone::UTC)
                .ok()
                .map(|time| time.timestamp())
        };
        exact.or_else(civil).map(Timestamp::as_millisecond)
    }

    /// A time in milliseconds since 1970 as the format writes it.
    pub fn time(ms: i64) -> Option<String> {
        Timestamp::from_millisecond(ms)
            .ok()
            .map(|time| time.to_string())
    }
}

/// Whether an archive is a package of version 1.
pub(crate) fn is_v1<R: Read + Seek>(archive: &Archive<R>) -> bool {
    archive.has(METADATA) && !archive.has(Manifest::PATH)
}

impl V1Package {
    pub(crate) fn read<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Self, PackageError> {
        let is_known = |path: &str| {
            matches!(path, METADATA | RECORDING | TRANSCRIPT) || path.starts_with(SAMPLES)
        };
        let mut folders = archive.folders().iter().map(String::as_str);
        let is_other = |path: &&str| SAMPLES.trim_end_matches('/') != *path;
        let unknown = archive.paths().find(|path| !is_known(path));
        if let Some(path) = unknown.or_else(|| folders.find(is_other)) {
            return Err(PackageError::entry(
                path,
                "is none of a package of version 1",
            ));
        }
        let json = archive.read(METADATA, MAX_DOCUMENT_BYTES)?;
        let version: Version = parsed(METADATA, &json)?;
        if version.format_version != 1 {
            return Err(PackageError::Version(version.format_version));
        }
        let metadata: V1Metadata = parsed(METADATA, &json)?;
        if !matches!(metadata.voice_type.as_str(), "cloned" | "designed") {
            let reason = format!(
                "no voice can be made of `voice_type` {:?}",
                metadata.voice_type
            );
            return Err(PackageError::document(METADATA, reason));
        }
        let transcript = match archive.has(TRANSCRIPT) {
            true => {
                let text = String::from_utf8(archive.read(TRANSCRIPT, MAX_DOCUMENT_BYTES)?);
                Some(text.map_err(|_| PackageError::document(TRANSCRIPT, "it is not UTF-8"))?)
            }
            false => metadata.ref_text.clone(),
        };
        Ok(Self {
            recording: archive.read(RECORDING, MAX_RECORDING_BYTES)?,
            metadata,
            transcript,
        })
    }
}

/// Writes a package of version 1, which holds less than a voice has: one recording as WAV, and no consent.
///
/// # Errors
/// [`PackageError::Io`].
pub fn write_v1<W: Write + Seek>(
    writer: W,
    metadata: &V1Metadata,
    wav: &[u8],
    transcript: Option<&str>,
) -> Result<W, PackageError> {
    let json = serde_json::to_vec_pretty(metadata);
    let json = json.map_err(|error| PackageError::document(METADATA, error.to_string()))?;
    let mut zip = ZipWriter::new(writer);
    let mut entry = |path: &str, bytes: &[u8]| -> Result<(), PackageError> {
        zip.start_file(path, SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
        Ok(())
    };
    entry(METADATA, &json)?;
    entry(RECORDING, wav)?;
    if let Some(transcript) = transcript {
        entry(TRANSCRIPT, transcript.as_bytes())?;
    }
    Ok(zip.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_utc() {
        let at = |text: &str| V1Metadata {
            format_version: 1,
            voice_id: "v".into(),
            name: "n".into(),
            voice_type: "cloned".into(),
            description: None,
            design_description: None,
            ref_text: None,
            created_at: Some(text.into()),
        };
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1970-01-01T00:00:01.5", Some(1_500)),
            ("1970-01-01 00:00:02", Some(2_000)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("yesterday", None),
        ] {
            assert_eq!(at(text).created_ms(), expected, "{text}");
        }
        assert_eq!(
            V1Metadata::time(1_500).as_deref(),
            Some("1970-01-01T00:00:01.5Z")
        );
    }
}
