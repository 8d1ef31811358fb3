//! Packages and archives to try.

use std::io::{Cursor, Read as _, Write as _};

use mynah_voice_package::{
    AnyPackage, ConsentDocument, PackageError, PackageLimits, PackageWriter, PromptDocument,
    VoiceDocument,
};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn voice(prompts: usize) -> VoiceDocument {
    VoiceDocument {
        id: "voc_0123".to_owned(),
        name: "Ana".to_owned(),
        origin: "recording".to_owned(),
        speaker: None,
        description: "calm".to_owned(),
        languages: vec!["pt-BR".to_owned()],
        tags: vec!["warm".to_owned()],
        speed: 1.1,
        created_at: 1_700_000_000_000,
        prompts,
    }
}

pub(crate) fn consent() -> ConsentDocument {
    ConsentDocument {
        speaker: "Ana Lima".to_owned(),
        statement: "I agree.".to_owned(),
        basis: "self".to_owned(),
        given_at: 1_700_000_000_000,
    }
}

pub(crate) fn prompt(anchor: bool) -> PromptDocument {
    PromptDocument {
        anchor,
        style: (!anchor).then(|| "sad/intense".to_owned()),
        tags: Vec::new(),
        transcript: Some("Words.".to_owned()),
        x_vector_only: false,
        language: None,
        source: "recorded".to_owned(),
        instruct: None,
        seed: Some(u64::MAX),
        created_at: 1_700_000_000_000,
        consent: (!anchor).then(consent),
    }
}

/// A package with these recordings.
pub(crate) fn package(recordings: &[Vec<u8>]) -> Vec<u8> {
    let prompts = recordings.iter().enumerate();
    let prompts: Vec<_> = prompts
        .map(|(index, flac)| (prompt(index == 0), flac.len() as u64, sha256(flac)))
        .collect();
    let (voice, to) = (voice(recordings.len()), Cursor::new(Vec::new()));
    let limits = PackageLimits::default();
    let writer = PackageWriter::begin(to, &voice, Some(&consent()), &prompts, &limits);
    let mut writer = writer.unwrap();
    for flac in recordings {
        writer.recording(flac).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A package with one recording and a document that is changed, and listed as it is then.
pub(crate) fn documents(path: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut own = entries(&package(&[b"fLaC".to_vec()]));
    let changed = own.iter_mut().find(|(name, _)| name == path).unwrap();
    let before = changed.1.clone();
    changed.1 = change(String::from_utf8(before.clone()).unwrap()).into_bytes();
    assert_ne!(changed.1, before);
    let after = changed.1.clone();
    let manifest = String::from_utf8(own[0].1.clone()).unwrap();
    let listed = |bytes: &[u8]| {
        format!(
            "\"bytes\": {},\n      \"sha256\": \"{}\"",
            bytes.len(),
            sha256(bytes)
        )
    };
    let relisted = manifest.replace(&listed(&before), &listed(&after));
    assert_ne!(relisted, manifest);
    own[0].1 = relisted.into_bytes();
    zip(&own)
}

pub(crate) fn open(bytes: &[u8]) -> Result<AnyPackage<Cursor<&[u8]>>, PackageError> {
    AnyPackage::open(Cursor::new(bytes), &PackageLimits::default())
}

/// The code of the error that a package is refused with.
pub(crate) fn code(bytes: &[u8]) -> &'static str {
    match open(bytes) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

/// The entries of an archive, in their order.
pub(crate) fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let read = |index: usize| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..ZipArchive::new(Cursor::new(bytes)).unwrap().len())
        .map(read)
        .collect()
}

/// An archive with these entries.
pub(crate) fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in entries {
        let method = CompressionMethod::Deflated;
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(path, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn with_symlink(path: &str, target: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink(path, target, SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap().into_inner()
}

/// The archive with another name of the same length, wherever it stands.
pub(crate) fn renamed(archive: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut renamed = archive.to_vec();
    let (from, to) = (from.as_bytes(), to.as_bytes());
    for at in 0..=renamed.len() - from.len() {
        if renamed[at..].starts_with(from) {
            renamed[at..][..to.len()].copy_from_slice(to);
        }
    }
    renamed
}

/// Where the directory of an archive begins.
pub(crate) fn directory(archive: &[u8]) -> usize {
    let end = &archive[archive.len() - 22..];
    u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize
}
