//! Reading packages.

use std::collections::HashSet;
use std::io::{Read, Seek};

use serde::de::DeserializeOwned;

use crate::archive::Archive;
use crate::document::{Manifest, ManifestEntry, prompt_path, recording_path};
use crate::v1::{V1Package, is_v1};
use crate::{
    ConsentDocument, MAX_DOCUMENT_BYTES, MAX_MANIFEST_BYTES, MAX_PROMPTS, MAX_RECORDING_BYTES,
    PackageError, PackageLimits, PromptDocument, VERSION, VoiceDocument,
};

/// A package of version 2 whose entries and documents are checked.
pub struct Package<R> {
    archive: Archive<R>,
    manifest: Manifest,
    /// The voice.
    pub voice: VoiceDocument,
    /// The speaker's consent; none of a voice that is no person's.
    pub consent: Option<ConsentDocument>,
}

/// A package of either version.
pub enum AnyPackage<R> {
    /// One of version 1.
    V1(Box<V1Package>),
    /// One of version 2.
    V2(Box<Package<R>>),
}

impl<R: Read + Seek> AnyPackage<R> {
    /// Opens a package of version 2 or 1, and checks every entry: its path, its length, its checksum, and
    /// that there is no other.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn open(reader: R, limits: &PackageLimits) -> Result<Self, PackageError> {
        let mut archive = Archive::open(reader, limits)?;
        if is_v1(&archive) {
            return Ok(Self::V1(Box::new(V1Package::read(&mut archive)?)));
        }
        if archive.first_path() != Some(Manifest::PATH) {
            return Err(match archive.has(Manifest::PATH) {
                true => PackageError::entry(Manifest::PATH, "is not the first one"),
                false => PackageError::Missing(Manifest::PATH.to_owned()),
            });
        }
        let manifest = manifest(&mut archive)?;
        check_entries(&mut archive, &manifest.entries)?;
        let voice: VoiceDocument = document(&mut archive, VoiceDocument::PATH)?;
        let consent = match archive.has(ConsentDocument::PATH) {
            true => Some(document(&mut archive, ConsentDocument::PATH)?),
            false => None,
        };
        if voice.prompts > MAX_PROMPTS {
            return Err(PackageError::Limit {
                limit: MAX_PROMPTS as u64,
                unit: "prompts",
            });
        }
        check_names(&archive, &voice)?;
        for index in 0..voice.prompts {
            // Not kept: a document can take many times its size in memory.
            document::<_, PromptDocument>(&mut archive, &prompt_path(index))?;
        }
        Ok(Self::V2(Box::new(Package {
            manifest,
            voice,
            consent,
            archive,
        })))
    }
}

impl<R: Read + Seek> Package<R> {
    /// A prompt, counted from 0.
    ///
    /// # Errors
    /// [`PackageError`]: the file was changed since it was opened.
    pub fn prompt(&mut self, prompt: usize) -> Result<PromptDocument, PackageError> {
        document(&mut self.archive, &prompt_path(prompt))
    }

    /// The recording of a prompt, counted from 0: a FLAC file of at most [`MAX_RECORDING_BYTES`].
    ///
    /// # Errors
    /// [`PackageError`]: the file was changed since it was opened.
    pub fn recording(&mut self, prompt: usize) -> Result<Vec<u8>, PackageError> {
        let path = recording_path(prompt);
        let bytes = self.archive.read(&path, MAX_RECORDING_BYTES)?;
        match self.sha256(prompt) == Some(&sha256(&bytes)) {
            true => Ok(bytes),
            false => Err(PackageError::Checksum(path)),
        }
    }

    /// The SHA-256 of the recording of a prompt, counted from 0, in lower-case hexadecimal digits.
    pub fn sha256(&self, prompt: usize) -> Option<&String> {
        let path = recording_path(prompt);
        let entry = self.manifest.entries.iter().find(|own| own.path == path);
        entry.map(|own| &own.sha256)
    }
}

fn manifest<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Manifest, PackageError> {
    /// What every version of the manifest has.
    #[derive(serde::Deserialize)]
    struct Version {
        format: String,
        version: u64,
    }
    let bytes = archive.read(Manifest::PATH, MAX_MANIFEST_BYTES)?;
    let version: Version = parsed(Manifest::PATH, &bytes)?;
    if version.format != Manifest::FORMAT {
        let reason = format!("its `format` is not {:?}", Manifest::FORMAT);
        return Err(PackageError::document(Manifest::PATH, reason));
    }
    if version.version != u64::from(VERSION) {
        return Err(PackageError::Version(version.version));
    }
    parsed(Manifest::PATH, &bytes)
}

/// Ok where the manifest lists just the entries that there are, and each has its length and checksum.
fn check_entries<R: Read + Seek>(
    archive: &mut Archive<R>,
    listed: &[ManifestEntry],
) -> Result<(), PackageError> {
    if let Some(folder) = archive.folders().first() {
        return Err(PackageError::Unexpected(format!("{folder}/")));
    }
    let mut paths = HashSet::from([Manifest::PATH]);
    for entry in listed {
        if !paths.insert(&entry.path) {
            let rule = "is listed twice in the manifest";
            return Err(PackageError::entry(&entry.path, rule));
        }
    }
    if let Some(path) = archive.paths().find(|path| !paths.contains(path)) {
        return Err(PackageError::Unexpected(path.to_owned()));
    }
    for entry in listed {
        let (bytes, sha256) = archive.digest(&entry.path, MAX_RECORDING_BYTES)?;
        if (bytes, &sha256) != (entry.bytes, &entry.sha256) {
            return Err(PackageError::Checksum(entry.path.clone()));
        }
    }
    Ok(())
}

/// Ok where there are the entries of this voice, and no others.
fn check_names<R: Read + Seek>(
    archive: &Archive<R>,
    voice: &VoiceDocument,
) -> Result<(), PackageError> {
    // Not more than there are entries, before a name is made for each.
    let prompts = voice.prompts.min(archive.paths().count());
    let mut names: HashSet<String> = HashSet::from([
        Manifest::PATH.to_owned(),
        VoiceDocument::PATH.to_owned(),
        ConsentDocument::PATH.to_owned(),
    ]);
    for index in 0..prompts {
        for path in [prompt_path(index), recording_path(index)] {
            if !archive.has(&path) {
                return Err(PackageError::Missing(path));
            }
            names.insert(path);
        }
    }
    if prompts < voice.prompts {
        return Err(PackageError::Missing(prompt_path(prompts)));
    }
    match archive.paths().find(|path| !names.contains(*path)) {
        Some(path) => Err(PackageError::Unexpected(path.to_owned())),
        None => Ok(()),
    }
}

fn document<R: Read + Seek, T: DeserializeOwned>(
    archive: &mut Archive<R>,
    path: &str,
) -> Result<T, PackageError> {
    parsed(path, &archive.read(path, MAX_DOCUMENT_BYTES)?)
}

pub(crate) fn parsed<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, PackageError> {
    serde_json::from_slice(bytes).map_err(|error| PackageError::document(path, error.to_string()))
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    crate::archive::hex(&sha2::Sha256::digest(bytes))
}
