//! Whatever the bytes are: an error or finite audio, never a panic.

use std::sync::LazyLock;
use std::time::Duration;

use mynah_audio::{DecodeLimits, decode};
use proptest::prelude::*;

use crate::signal::babble;
use crate::tools::ffmpeg;

const LIMITS: DecodeLimits = DecodeLimits {
    max_bytes: 1 << 20,
    max_duration: Duration::from_secs(20),
    max_channels: 8,
    max_rate: mynah_audio::SampleRate::HZ_48000,
};

/// One real file of each kind, to be damaged.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let sent = babble(16_000, 0.5);
    [
        ("a.wav", ""),
        ("a.flac", ""),
        ("a.ogg", ""),
        ("a.opus", ""),
        ("a.webm", ""),
        ("a.mp3", ""),
        ("a.aac", ""),
        ("a.m4a", ""),
        ("a.m4a", "-c:a alac"),
        ("a.mp4", "-movflags frag_keyframe+empty_moov"),
    ]
    .iter()
    .map(|(name, options)| ffmpeg(16_000, 1, &sent, name, options))
    .collect()
});

fn judge(bytes: &[u8]) {
    if let Ok(decoded) = decode(bytes, &LIMITS) {
        assert!(!decoded.clip.is_empty());
        assert!(decoded.clip.samples.iter().all(|sample| sample.is_finite()));
        assert!(decoded.clip.duration() <= LIMITS.max_duration);
    }
}

/// What the fuzzer starts from, and what it has found before.
#[test]
fn seeds_of_the_fuzzer() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/decode");
    let seeds: Vec<_> = std::fs::read_dir(seeds)
        .unwrap()
        .map(|seed| seed.unwrap().path())
        .collect();
    assert!(seeds.len() > 10);
    for seed in seeds {
        judge(&std::fs::read(seed).unwrap());
    }
}

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        judge(&bytes);
    }

    #[test]
    fn random_bytes_behind_a_magic_number(
        magic in prop::sample::select(vec![
            &b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"[..], b"fLaC\0\0\0\x22", b"OggS\0\x02",
            b"\0\0\0\x18ftypM4A ", b"\x1a\x45\xdf\xa3", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80",
            b"ID3\x04\0\0\0\0\0\x0a",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        judge(&[magic, &bytes].concat());
    }

    #[test]
    fn damaged_files(
        file in 0..10_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        near_start in any::<bool>(),
    ) {
        let mut bytes = FILES[file].clone();
        let reach = if near_start { bytes.len().min(400) } else { bytes.len() };
        for (place, byte) in damage {
            bytes[place.index(reach)] = byte;
        }
        judge(&bytes);
    }

    #[test]
    fn cut_files(file in 0..10_usize, kept in any::<prop::sample::Index>()) {
        let bytes = &FILES[file];
        judge(&bytes[..kept.index(bytes.len())]);
    }
}
