//! Damaged headers are errors that state what is wrong, and take no memory.

use mynah_qwen3::gguf::Header;

use crate::builder::{ARRAY, Builder, STRING, U32, string};
use crate::{CODEC, TALKER, fixture};

/// A small file of everything that is read.
fn small() -> Builder {
    let array = [
        &STRING.to_le_bytes()[..],
        &2_u64.to_le_bytes(),
        &string("a"),
        &string("bc"),
    ]
    .concat();
    Builder::default()
        .string("general.architecture", "qwen3-tts")
        .entry("a.number", U32, &7_u32.to_le_bytes())
        .entry("a.list", ARRAY, &array)
        .tensor("first", &[4], 0, &[0; 16])
        .tensor("second", &[32, 2], 8, &[0; 68])
}

fn parse(builder: &Builder) -> Result<Header, String> {
    Header::parse(&builder.bytes())
}

fn fails(builder: &Builder, words: &str) {
    let reason = parse(builder).expect_err(words);
    assert!(reason.contains(words), "no {words:?} in: {reason}");
}

#[test]
fn a_small_file_is_read() {
    let header = parse(&small()).expect("a file");
    let tensors: Vec<_> = header.tensors().collect();
    assert_eq!(tensors.len(), 2);
    let length = small().bytes().len();
    let end = |at: usize| tensors[at].1.clone().expect("a place").end;
    assert_eq!((tensors[0].0, tensors[1].0), ("first", "second"));
    assert_eq!(end(1), length);
    assert_eq!(end(0), length - 68 - 16);
}

#[test]
fn a_header_without_tensors_is_within_its_file() {
    let mut bytes = Builder::default()
        .string("general.architecture", "qwen3-tts")
        .bytes();
    let padded = bytes.len();
    bytes.truncate(padded - 1);
    let reason = Header::parse(&bytes).expect_err("an unpadded header");
    assert!(reason.contains("ends within its header"), "{reason}");
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = small().bytes();
    for keep in 0..bytes.len() {
        assert!(Header::parse(&bytes[..keep]).is_err(), "{keep} bytes");
    }
    for path in [TALKER, CODEC] {
        let bytes = std::fs::read(fixture(path)).expect("a file");
        for part in 0..64 {
            let keep = bytes.len() / 64 * part;
            let reason = Header::parse(&bytes[..keep]).expect_err(path);
            assert!(
                keep == 0 || reason.contains("download it again"),
                "{reason}"
            );
        }
    }
}

#[test]
fn counts_beyond_the_file_or_a_limit_are_errors() {
    for (index, what) in [(0, "tensors"), (1, "entries of metadata")] {
        for stated in [3_u64.pow(5), 1 << 20, u64::MAX] {
            let mut builder = small();
            builder.stated[index] = Some(stated);
            fails(&builder, &format!("states {stated} {what}"));
        }
    }
    let mut builder = small();
    builder.stated = [Some(1), None];
    // One tensor less: the bytes of the second begin where the header ends.
    assert!(parse(&builder).is_ok());
    let list = |kind: u32, count: u64| [&kind.to_le_bytes()[..], &count.to_le_bytes()].concat();
    for count in [1 << 24, (1 << 24) + 1, u64::MAX] {
        for kind in [0, 12, STRING, ARRAY] {
            let builder = small().entry("long", ARRAY, &list(kind, count));
            assert!(parse(&builder).is_err(), "{count} of {kind}");
        }
    }
    let long = u64::MAX.to_le_bytes();
    fails(&small().entry("text", STRING, &long), "bytes of a string");
}

#[test]
fn nested_arrays_end_at_a_depth() {
    let nested = |depth: usize| {
        let inner = [&U32.to_le_bytes()[..], &0_u64.to_le_bytes()].concat();
        (1..depth).fold(inner, |inner, _| {
            [&ARRAY.to_le_bytes()[..], &1_u64.to_le_bytes(), &inner].concat()
        })
    };
    assert!(parse(&small().entry("deep", ARRAY, &nested(4))).is_ok());
    fails(&small().entry("deep", ARRAY, &nested(5)), "deep");
    fails(&small().entry("deep", ARRAY, &nested(100_000)), "deep");
}

#[test]
fn other_versions_and_formats_are_named() {
    let mut builder = small();
    for (version, words) in [(1, "version 1"), (4, "version 4"), (3 << 24, "big-endian")] {
        builder.version = version;
        fails(&builder, words);
    }
    let reason = Header::parse(b"{\"a\": 1}, which is JSON").expect_err("JSON");
    assert!(reason.contains("not a GGUF file"), "{reason}");
}

#[test]
fn values_out_of_range_are_errors() {
    fails(&small().entry("kind", 13, &[]), "type 13");
    fails(&small().entry("truth", 7, &[2]), "truth value 2");
    fails(&small().string("a.number", "again"), "a.number twice");
    for alignment in [0_u32, 4, 24, 1 << 17] {
        let entry = alignment.to_le_bytes();
        fails(
            &small().entry("general.alignment", U32, &entry),
            "power of two",
        );
    }
    let mut builder = Builder::default().entry("general.alignment", U32, &64_u32.to_le_bytes());
    builder.alignment = 64;
    let builder = builder
        .tensor("a", &[1], 0, &[0; 4])
        .tensor("b", &[1], 0, &[0; 4]);
    let header = parse(&builder).expect("a file");
    let places: Vec<_> = header.tensors().filter_map(|(_, place)| place).collect();
    assert!(
        places.iter().all(|place| place.start % 64 == 0),
        "{places:?}"
    );
}

#[test]
fn tensors_outside_the_file_are_named() {
    for (sizes, format, offset, words) in [
        (&[4_u64][..], 0, 128, "lies outside"),
        (&[4], 0, u64::MAX - 31, "lies outside"),
        (&[u64::MAX / 4], 0, 0, "lies outside"),
        (&[1 << 40, 1 << 40], 0, 0, "more numbers"),
        (&[1, 1, 1, 1, 1], 0, 0, "5 dimensions"),
        (&[4], 0, 8, "multiple of 32"),
        (&[33], 8, 0, "no blocks of 32"),
        (&[128, 2], 12, 0, "no blocks of 256"),
    ] {
        let builder = small().described("odd", sizes, format, offset);
        let reason = parse(&builder).expect_err(words);
        assert!(reason.contains(words) && reason.contains("odd"), "{reason}");
    }
    fails(&small().described("first", &[4], 0, 0), "first twice");
    // A format that is not read may be of a tensor that is not needed.
    let header = parse(&small().described("odd", &[4], 40, 0)).expect("a file");
    assert!(
        header
            .tensors()
            .any(|(name, place)| name == "odd" && place.is_none())
    );
}
