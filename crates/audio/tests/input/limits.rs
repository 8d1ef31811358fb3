//! Limits, each at its boundary.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mynah_audio::{DecodeError, DecodeLimits, DecodeOptions, SampleRate, decode, decode_with};

use crate::signal::{babble, sine};
use crate::tools::ffmpeg;
use crate::wav::Wav;

#[test]
fn bytes() {
    let file = Wav::of(16_000, 1, &sine(440.0, 16_000, 1600)).bytes();
    let max_bytes = file.len();
    let limits = DecodeLimits {
        max_bytes,
        ..DecodeLimits::default()
    };
    assert!(decode(&file, &limits).is_ok());
    let limits = DecodeLimits {
        max_bytes: max_bytes - 1,
        ..limits
    };
    let error = DecodeError::TooManyBytes {
        bytes: max_bytes,
        max_bytes: max_bytes - 1,
    };
    assert_eq!(decode(&file, &limits), Err(error));
}

#[test]
fn seconds_in_every_container() {
    let sent = babble(48_000, 1.0);
    for (name, options) in [
        ("a.wav", ""),
        ("a.flac", ""),
        ("a.ogg", ""),
        ("a.opus", ""),
        ("a.webm", ""),
        ("a.mp3", ""),
        ("a.aac", ""),
        ("a.m4a", ""),
    ] {
        let file = ffmpeg(48_000, 1, &sent, name, options);
        let decoded = decode(&file, &DecodeLimits::default()).unwrap();
        let limits = |max_duration| DecodeLimits {
            max_duration,
            ..DecodeLimits::default()
        };
        // Headers may round up to the next millisecond, or count what is trimmed off.
        let enough = decoded.clip.duration() + Duration::from_millis(60);
        assert!(decode(&file, &limits(enough)).is_ok(), "{name}");
        let error = decode(&file, &limits(Duration::from_millis(990)));
        assert_eq!(
            error,
            Err(DecodeError::TooLong { max_seconds: 0 }),
            "{name}"
        );
    }
}

#[test]
fn one_sample_too_many() {
    let limits = DecodeLimits {
        max_duration: Duration::from_millis(100),
        ..DecodeLimits::default()
    };
    for (samples, fits) in [(1600, true), (1601, false)] {
        let file = Wav::of(16_000, 1, &sine(440.0, 16_000, samples)).bytes();
        assert_eq!(decode(file, &limits).is_ok(), fits, "{samples}");
    }
}

/// A header that promises little does not let much in: the limit holds while decoding.
#[test]
fn a_header_that_understates_does_not_help() {
    let mut file = ffmpeg(48_000, 1, &babble(48_000, 2.0), "a.flac", "");
    // The total of samples: 36 bits, of which the last 32 stand at byte 22.
    file[22..26].copy_from_slice(&100_u32.to_be_bytes());
    let limits = DecodeLimits {
        max_duration: Duration::from_secs(1),
        ..DecodeLimits::default()
    };
    assert_eq!(
        decode(file, &limits),
        Err(DecodeError::TooLong { max_seconds: 1 })
    );
}

#[test]
fn channels() {
    let limits = DecodeLimits::default();
    for (channels, fits) in [(8, true), (9, false)] {
        let file = Wav::of(16_000, channels, &vec![0.1; 100 * usize::from(channels)]).bytes();
        assert_eq!(decode(file, &limits).is_ok(), fits, "{channels}");
    }
    let stereo = ffmpeg(48_000, 2, &vec![0.1; 9_600], "a.opus", "");
    let limits = DecodeLimits {
        max_channels: 1,
        ..limits
    };
    let error = DecodeError::TooManyChannels {
        channels: 2,
        max_channels: 1,
    };
    assert_eq!(decode(stereo, &limits), Err(error));
}

#[test]
fn rates() {
    let limits = DecodeLimits {
        max_rate: SampleRate::HZ_48000,
        ..DecodeLimits::default()
    };
    for (rate, fits) in [
        (3_999, false),
        (4_000, true),
        (48_000, true),
        (48_001, false),
    ] {
        let file = Wav::of(rate, 1, &[0.1; 100]).bytes();
        assert_eq!(decode(file, &limits).is_ok(), fits, "{rate}");
    }
    let file = ffmpeg(96_000, 1, &vec![0.1; 9_600], "a.flac", "");
    let error = DecodeError::Rate {
        hz: 96_000,
        min_hz: 4_000,
        max_hz: 48_000,
    };
    assert_eq!(decode(file, &limits), Err(error));
}

/// A cancellation is checked between packets, in every container.
#[test]
fn cancel_stops_decoding_between_packets() {
    let samples = babble(48_000, 20.0);
    for name in [
        "a.wav", "a.flac", "a.ogg", "a.opus", "a.mp3", "a.aac", "a.m4a", "a.webm",
    ] {
        let file = ffmpeg(48_000, 1, &samples, name, "");
        let asked = AtomicUsize::new(0);
        let cancelled = || asked.fetch_add(1, Ordering::Relaxed) >= 3;
        let options = DecodeOptions::new(DecodeLimits::default()).cancelled_by(&cancelled);
        assert_eq!(
            decode_with(file, &options),
            Err(DecodeError::Cancelled),
            "{name}"
        );
        assert_eq!(asked.into_inner(), 4, "{name}");
    }
}
