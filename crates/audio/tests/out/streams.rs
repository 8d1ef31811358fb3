//! Encoders while the audio is still being made.

use crate::decoded::voice;
use mynah_audio::{Encoder, Format, SampleRate, Tags};
use proptest::prelude::*;

const RATE: SampleRate = SampleRate::HZ_24000;

fn encoder(format: Format) -> Encoder {
    Encoder::new(format, RATE, &Tags::new()).expect("an encoder")
}

/// The bytes of a stream that is pushed in these pieces, over and over.
fn stream(format: Format, samples: &[f32], pieces: &[usize]) -> Vec<u8> {
    let mut encoder = encoder(format);
    let mut bytes = Vec::new();
    let (mut rest, mut sizes) = (samples, pieces.iter().cycle());
    while !rest.is_empty() {
        let size = (*sizes.next().expect("endless")).min(rest.len());
        let (now, later) = rest.split_at(size);
        bytes.extend(encoder.push(now).expect("it is encoded"));
        rest = later;
    }
    bytes.extend(encoder.finish().expect("it ends"));
    bytes
}

/// Pieces of which the last is not empty, so that a cycle of them gets on.
fn pieces() -> impl Strategy<Value = Vec<usize>> {
    (prop::collection::vec(0usize..3_000, 0..6), 1usize..3_000).prop_map(|(mut sizes, last)| {
        sizes.push(last);
        sizes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bytes_do_not_depend_on_the_pieces(samples in 0usize..20_000, pieces in pieces()) {
        let voice = voice(RATE, samples).samples;
        for format in [Format::Mp3, Format::Opus, Format::Flac, Format::Wav, Format::Pcm] {
            let one = stream(format, &voice, &[samples.max(1)]);
            prop_assert!(one == stream(format, &voice, &pieces), "{}", format);
        }
    }
}

#[test]
fn nor_do_those_of_the_child_process() {
    let voice = voice(RATE, 20_000).samples;
    let one = stream(Format::Aac, &voice, &[20_000]);
    for pieces in [&[1, 700, 0, 33][..], &[1_024], &[4_801]] {
        assert!(one == stream(Format::Aac, &voice, pieces), "{pieces:?}");
    }
}

#[test]
fn audio_leaves_soon_after_it_came() {
    let voice = voice(RATE, 24_000).samples;
    for (format, first_ms, then_ms) in [
        (Format::Pcm, 10, 10),
        (Format::Wav, 10, 10),
        (Format::Flac, 50, 50),
        (Format::Opus, 20, 100),
        (Format::Mp3, 100, 30),
    ] {
        let mut encoder = encoder(format);
        // The header.
        encoder.push(&[]).expect("it is encoded");
        let (mut first, mut waited, mut longest) = (None, 0, 0);
        for ten_ms in voice.chunks(240) {
            waited += 10;
            if !encoder.push(ten_ms).expect("it is encoded").is_empty() {
                if first.is_some() {
                    longest = longest.max(waited);
                }
                first = first.or(Some(waited));
                waited = 0;
            }
        }
        println!("{format}: first after {first:?} ms, then every {longest} ms at most");
        assert!(
            first.is_some_and(|first| first <= first_ms),
            "{format}: {first:?}"
        );
        assert!(longest <= then_ms, "{format}: {longest}");
    }
}

#[test]
fn the_header_comes_before_any_audio() {
    for (format, magic) in [
        (Format::Mp3, &b"ID3"[..]),
        (Format::Aac, b"ID3"),
        (Format::Flac, b"fLaC"),
        (Format::Wav, b"RIFF\xff\xff\xff\xffWAVE"),
        (Format::Opus, b"OggS"),
    ] {
        let bytes = encoder(format).push(&[]).expect("it is encoded");
        assert!(bytes.starts_with(magic), "{format}: {bytes:?}");
    }
}

/// More than any pipe holds, in one push without a reader.
#[test]
fn a_long_push_does_not_wait_for_a_reader() {
    let voice = voice(RATE, 24_000).samples.repeat(120);
    let mut encoder = encoder(Format::Aac);
    let mut bytes = encoder.push(&voice).expect("it is encoded").len();
    bytes += encoder.finish().expect("it ends").len();
    assert!(bytes > 500_000, "{bytes} bytes");
}
