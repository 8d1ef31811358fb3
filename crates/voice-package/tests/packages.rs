//! Packages as they are written, and all that is refused.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;

use mynah_voice_package::{
    AnyPackage, MAX_RECORDING_BYTES, PackageLimits, PackageWriter, V1Metadata, write_v1,
};
use proptest::prelude::*;
use support::{code, consent, documents, entries, open, package, prompt, voice, zip};

#[test]
fn a_package_is_read_as_it_was_written() {
    let recordings = [b"fLaC one".to_vec(), b"fLaC two".to_vec()];
    let written = package(&recordings);
    // The same voice gives the same bytes.
    assert_eq!(written, package(&recordings));
    let AnyPackage::V2(mut read) = open(&written).unwrap() else {
        panic!("version 2");
    };
    assert_eq!(read.voice, voice(2));
    assert_eq!(read.consent, Some(consent()));
    assert_eq!(read.voice.prompts, 2);
    assert_eq!(read.prompt(0).unwrap(), prompt(true));
    assert_eq!(read.prompt(1).unwrap(), prompt(false));
    for (index, recording) in recordings.iter().enumerate() {
        assert_eq!(read.recording(index).unwrap(), *recording);
    }
    assert_eq!(read.sha256(0), Some(&support::sha256(&recordings[0])));
    assert_eq!(read.sha256(2), None);
    assert_eq!(
        read.recording(2).unwrap_err().code(),
        "package_entry_missing"
    );
}

#[test]
fn the_manifest_is_first_and_lists_everything() {
    let own = entries(&package(&[b"fLaC".to_vec()]));
    assert_eq!(own[0].0, "manifest.json");
    let without = |path: &str| {
        let left = own.iter().filter(|(name, _)| name != path).cloned();
        code(&zip(&left.collect::<Vec<_>>()))
    };
    assert_eq!(without("manifest.json"), "package_entry_missing");
    for path in [
        "voice.json",
        "prompts/1/prompt.json",
        "prompts/1/reference.flac",
    ] {
        assert_eq!(without(path), "package_entry_missing", "{path}");
    }
    let mut last = own.clone();
    last.rotate_left(1);
    assert_eq!(code(&zip(&last)), "package_entry_invalid");
    let mut more = own.clone();
    more.push(("prompts/2/reference.flac".to_owned(), b"fLaC".to_vec()));
    assert_eq!(code(&zip(&more)), "package_entry_unexpected");
    let mut other = own;
    other.last_mut().unwrap().1 = b"FLAC".to_vec();
    assert_eq!(code(&zip(&other)), "package_checksum_mismatch");
}

#[test]
fn documents_of_other_versions_and_with_other_fields_are_refused() {
    let cases = [
        (
            "\"version\": 2",
            "\"version\": 3",
            "package_version_unsupported",
        ),
        (
            "\"version\": 2",
            "\"version\": \"2\"",
            "package_document_invalid",
        ),
        ("mynah-voice", "other", "package_document_invalid"),
        (
            "\"version\": 2",
            "\"version\": 2, \"more\": 1",
            "package_document_invalid",
        ),
    ];
    for (from, to, expected) in cases {
        let mut own = entries(&package(&[b"fLaC".to_vec()]));
        let text = String::from_utf8(own[0].1.clone()).unwrap();
        own[0].1 = text.replacen(from, to, 1).into_bytes();
        assert_eq!(code(&zip(&own)), expected, "{to}");
    }
    for (from, to) in [
        ("\"speed\"", "\"pace\""),
        ("\"prompts\": 1", "\"prompts\": -1"),
        ("{", ""),
    ] {
        let changed = documents("voice.json", |text| text.replacen(from, to, 1));
        assert_eq!(code(&changed), "package_document_invalid", "{to}");
    }
    for (prompts, expected) in [
        ("2", "package_entry_missing"),
        ("201", "package_too_large"),
        ("18446744073709551615", "package_too_large"),
    ] {
        let changed = documents("voice.json", |text| {
            text.replacen("\"prompts\": 1", &format!("\"prompts\": {prompts}"), 1)
        });
        assert_eq!(code(&changed), expected, "{prompts}");
    }
    let long = documents("prompts/1/prompt.json", |text| {
        text.replacen(
            "\"tags\": []",
            &format!("\"tags\": [{}\"\"]", "\"\",".repeat(50_000)),
            1,
        )
    });
    assert_eq!(code(&long), "package_too_large");
    let none = documents("voice.json", |text| {
        text.replacen("\"prompts\": 1", "\"prompts\": 0", 1)
    });
    assert_eq!(code(&none), "package_entry_unexpected");
}

#[test]
fn paths_that_leave_the_folder_or_meet_are_refused() {
    for path in [
        "../voice.json",
        "/etc/passwd",
        "C:\\a",
        "a\\b",
        "a//b",
        "a/./b",
        "a\u{0}b",
    ] {
        let own = zip(&[(path.to_owned(), b"x".to_vec())]);
        assert_eq!(code(&own), "package_entry_invalid", "{path:?}");
    }
    for (one, other) in [("a.json", "A.JSON"), ("\u{e4}", "a\u{308}"), ("ß", "SS")] {
        let own = zip(&[(one.to_owned(), Vec::new()), (other.to_owned(), Vec::new())]);
        assert_eq!(code(&own), "package_entry_invalid", "{one}");
    }
    let own = support::with_symlink("voice.json", "/etc/passwd");
    assert_eq!(code(&own), "package_entry_invalid");
    // Two entries of one name: what the second overwrites is what another reader sees.
    let twin = support::renamed(
        &zip(&[("a1".into(), vec![1]), ("a2".into(), vec![2])]),
        "a2",
        "a1",
    );
    assert_eq!(code(&twin), "package_damaged");
}

#[test]
fn headers_that_lie_are_refused() {
    let own = zip(&[("a".to_owned(), vec![7; 100])]);
    let cases: [(&str, usize, &[u8], &str); 6] = [
        ("encrypted", 8, &[1, 0], "package_entry_invalid"),
        ("another method", 10, &[12, 0], "package_entry_invalid"),
        ("another length", 24, &[101, 0, 0, 0], "package_damaged"),
        (
            "a longer entry",
            20,
            &[0xff, 0xff, 0xff, 0x7f],
            "package_damaged",
        ),
        ("another checksum", 16, &[0, 0, 0, 0], "package_damaged"),
        ("another place", 42, &[9, 0, 0, 0], "package_damaged"),
    ];
    for (name, at, bytes, expected) in cases {
        let mut changed = own.clone();
        let directory = support::directory(&changed);
        changed[directory + at..][..bytes.len()].copy_from_slice(bytes);
        assert_eq!(code(&changed), expected, "{name}");
    }
    let end = own.len() - 22;
    let record = |at: usize, bytes: &[u8]| {
        let mut changed = own.clone();
        changed[end + at..][..bytes.len()].copy_from_slice(bytes);
        changed
    };
    for (name, changed) in [
        ("a comment", [record(20, &[1, 0]).as_slice(), b"x"].concat()),
        ("a comment that is missing", record(20, &[1, 0])),
        // A record after the last one, which a reader would refuse and go back to the other.
        (
            "a second record",
            [&own[..], &record(8, &[0; 4])[end..]].concat(),
        ),
        ("ZIP64 by its number", record(8, &[0xff; 4])),
        ("ZIP64 by its size", record(12, &[0xff; 4])),
        ("ZIP64 by its offset", record(16, &[0xff; 4])),
        ("several disks", record(4, &[1, 0, 1, 0])),
        ("fewer entries on this disk", record(8, &[0, 0])),
        ("a shorter directory", record(12, &[1, 0, 0, 0])),
    ] {
        assert_eq!(code(&changed), "package_damaged", "{name}");
    }
}

#[test]
fn what_is_no_package_is_named() {
    for (bytes, expected) in [
        (b"".as_slice(), "package_damaged"),
        (b"RIFF\0\0\0\0WAVE", "package_damaged"),
        (b"PK\x03\x04", "package_damaged"),
        (b"\x80\x04\x95.", "package_pickle"),
    ] {
        assert_eq!(code(bytes), expected, "{bytes:?}");
    }
    for path in ["archive/data.pkl", "sad.prompt", "voice.pt"] {
        assert_eq!(
            code(&zip(&[(path.to_owned(), Vec::new())])),
            "package_pickle",
            "{path}"
        );
    }
    // An archive in an archive is an entry like any other, which no package has.
    let nested = zip(&[("inner.zip".to_owned(), package(&[b"fLaC".to_vec()]))]);
    assert_eq!(code(&nested), "package_entry_missing");
    let mut with_folder = entries(&package(&[b"fLaC".to_vec()]));
    with_folder.push(("prompts/".to_owned(), Vec::new()));
    assert_eq!(code(&zip(&with_folder)), "package_entry_unexpected");
}

#[test]
fn each_limit_is_exact() {
    let own = package(&[vec![7; 300 << 10]]);
    let count = entries(&own).len();
    let unpacked: u64 = entries(&own)
        .iter()
        .map(|(_, bytes)| bytes.len() as u64)
        .sum();
    let exact = PackageLimits {
        packed_bytes: own.len() as u64,
        unpacked_bytes: unpacked,
        entries: count,
        ratio: 1,
    };
    let with = |limits: &PackageLimits| {
        AnyPackage::open(Cursor::new(own.as_slice()), limits)
            .map(drop)
            .map_err(|error| error.code())
    };
    // The documents are short enough to be compressed by any ratio; the recording is stored.
    let least = PackageLimits { ratio: 2, ..exact };
    assert_eq!(with(&least), Ok(()));
    for less in [
        PackageLimits {
            packed_bytes: exact.packed_bytes - 1,
            ..least
        },
        PackageLimits {
            unpacked_bytes: exact.unpacked_bytes - 1,
            ..least
        },
        PackageLimits {
            entries: exact.entries - 1,
            ..least
        },
        PackageLimits { ratio: 0, ..least },
    ] {
        assert_eq!(with(&less), Err("package_too_large"), "{less:?}");
    }
    let bomb = zip(&[("manifest.json".to_owned(), vec![0; 1 << 20])]);
    assert_eq!(code(&bomb), "package_too_large");
    let large = vec![7; MAX_RECORDING_BYTES as usize + 1];
    assert_eq!(code(&package(&[large])), "package_too_large");
}

#[test]
fn what_is_written_keeps_to_the_limits_and_to_the_announcement() {
    let begin = |limits: &PackageLimits| {
        let prompts = [(prompt(true), 4, support::sha256(b"fLaC"))];
        let to = Cursor::new(Vec::new());
        PackageWriter::begin(to, &voice(1), None, &prompts, limits)
    };
    let limits = PackageLimits::default();
    let error = begin(&PackageLimits {
        entries: 3,
        ..limits
    })
    .err()
    .unwrap();
    assert_eq!(error.to_string(), "the package has more than 3 entries");
    let error = begin(&PackageLimits {
        unpacked_bytes: 9,
        ..limits
    })
    .err()
    .unwrap();
    assert_eq!(error.code(), "package_too_large");
    let mut writer = begin(&PackageLimits {
        packed_bytes: 9,
        ..limits
    })
    .unwrap();
    writer.recording(b"fLaC").unwrap();
    assert_eq!(writer.finish().unwrap_err().code(), "package_too_large");
    let mut writer = begin(&limits).unwrap();
    assert_eq!(
        writer.recording(b"FLAC").unwrap_err().code(),
        "package_checksum_mismatch"
    );
    assert_eq!(
        begin(&limits).unwrap().finish().unwrap_err().code(),
        "package_entry_missing"
    );
}

#[test]
fn version_1_is_written_and_read() {
    let metadata = V1Metadata {
        format_version: 1,
        voice_id: "cloned_0123456789ab".to_owned(),
        name: "Ana".to_owned(),
        voice_type: "cloned".to_owned(),
        description: Some("calm".to_owned()),
        design_description: None,
        ref_text: Some("other words".to_owned()),
        created_at: V1Metadata::time(1_700_000_000_000),
    };
    let to = Cursor::new(Vec::new());
    let written = write_v1(to, &metadata, b"RIFF", Some("The words.")).unwrap();
    let written = written.into_inner();
    let AnyPackage::V1(read) = open(&written).unwrap() else {
        panic!("version 1");
    };
    assert_eq!(read.metadata, metadata);
    assert_eq!(read.metadata.created_ms(), Some(1_700_000_000_000));
    assert_eq!(
        (read.recording.as_slice(), read.transcript.as_deref()),
        (&b"RIFF"[..], Some("The words."))
    );

    let mut own = entries(&written);
    own.retain(|(path, _)| path != "ref_transcript.txt");
    own.push(("samples/".to_owned(), Vec::new()));
    own.push(("samples/.gitkeep".to_owned(), Vec::new()));
    let AnyPackage::V1(read) = open(&zip(&own)).unwrap() else {
        panic!("version 1");
    };
    assert_eq!(read.transcript.as_deref(), Some("other words"));

    let cases = [
        (
            "\"format_version\": 1",
            "\"format_version\": 4",
            "package_version_unsupported",
        ),
        ("cloned\"", "builtin\"", "package_document_invalid"),
        ("\"name\"", "\"nom\"", "package_document_invalid"),
    ];
    for (from, to, expected) in cases {
        let mut changed = entries(&written);
        let text = String::from_utf8(changed[0].1.clone()).unwrap();
        changed[0].1 = text.replace(from, to).into_bytes();
        assert_eq!(code(&zip(&changed)), expected, "{to}");
    }
    let mut without = entries(&written);
    without.retain(|(path, _)| path != "ref.wav");
    assert_eq!(code(&zip(&without)), "package_entry_missing");
    without.push(("run.sh".to_owned(), Vec::new()));
    assert_eq!(code(&zip(&without)), "package_entry_invalid");
}

proptest! {
    #[test]
    fn changed_bytes_are_refused_or_read_as_they_were_written(
        at in 0_usize..10_000, byte in any::<u8>(), cut in 0_usize..10_000,
    ) {
        let recordings = [b"fLaC one".to_vec()];
        let written = package(&recordings);
        let mut changed = written.clone();
        let at = at % changed.len();
        changed[at] = byte;
        // Where a byte is none of a checksum's, such as a time, the package is read as it was.
        if let Ok(AnyPackage::V2(mut read)) = open(&changed) {
            prop_assert_eq!(&read.voice, &voice(1));
            prop_assert_eq!(read.recording(0).unwrap(), recordings[0].clone());
        }
        let cut = cut % written.len();
        prop_assert!(open(&written[..cut]).is_err());
    }
}
