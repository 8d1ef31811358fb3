//! Files whose headers lie, and what becomes of each.

use std::fmt::Write;
use std::path::Path;

use mynah_audio::{DecodeError, DecodeLimits, decode};

use crate::signal::sine;
use crate::wav::Wav;

/// Every file of `tests/data`, by name, with what it decodes to or the error's own words.
#[test]
fn what_becomes_of_every_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end != "md" && end != "py")
        })
        .collect();
    files.sort();
    let mut outcomes = String::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let outcome = match decode(std::fs::read(&file).unwrap(), &DecodeLimits::default()) {
            Ok(sound) => {
                format!(
                    "{} samples at {}",
                    sound.clip.samples.len(),
                    sound.clip.rate
                )
            }
            Err(error) => error.to_string(),
        };
        writeln!(outcomes, "{name}: {outcome}").unwrap();
    }
    insta::assert_snapshot!(outcomes);
}

#[test]
fn sizes_of_a_stream_mean_to_the_end() {
    let samples = sine(440.0, 8_000, 1000);
    let honest = Wav::of(8_000, 1, &samples);
    let limits = DecodeLimits::default();
    let whole = decode(honest.bytes(), &limits).unwrap();
    for riff in [0, u32::MAX] {
        for data in [0, u32::MAX] {
            let stream = Wav {
                riff_size: Some(riff),
                data_size: Some(data),
                ..honest.clone()
            };
            assert_eq!(
                decode(stream.bytes(), &limits).as_ref(),
                Ok(&whole),
                "{riff:x} {data:x}"
            );
        }
    }
}

#[test]
fn every_sample_width_gives_the_same_audio() {
    let limits = DecodeLimits::default();
    let sixteen = Wav::of(8_000, 2, &[0.5, -0.5, 1.0, -1.0]);
    let expected = decode(sixteen.bytes(), &limits).unwrap();
    for extensible in [false, true] {
        let wav = Wav {
            extensible,
            ..sixteen.clone()
        };
        assert_eq!(decode(wav.bytes(), &limits).as_ref(), Ok(&expected));
    }
    let sample = |bytes: &[u8], tag, bits| {
        let wav = Wav {
            tag,
            bits,
            channels: 1,
            data: bytes.to_vec(),
            ..sixteen.clone()
        };
        decode(wav.bytes(), &limits).unwrap().clip.samples[0]
    };
    for extreme in [-1.0, 0.0, 0.5] {
        let int = |bits: u32| ((extreme * 2_f64.powi(bits as i32 - 1)) as i32).to_le_bytes();
        let eight = ((extreme * 128.0) as i32 + 128) as u8;
        assert_eq!(f64::from(sample(&[eight], 1, 8)), extreme);
        assert_eq!(f64::from(sample(&int(16)[..2], 1, 16)), extreme);
        assert_eq!(f64::from(sample(&int(24)[..3], 1, 24)), extreme);
        assert_eq!(f64::from(sample(&int(32), 1, 32)), extreme);
        assert_eq!(
            f64::from(sample(&(extreme as f32).to_le_bytes(), 3, 32)),
            extreme
        );
        assert_eq!(f64::from(sample(&extreme.to_le_bytes(), 3, 64)), extreme);
    }
}

#[test]
fn samples_that_are_no_audio_are_errors() {
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1001.0, f32::MAX] {
        let data = [0.5, wrong]
            .iter()
            .flat_map(|s: &f32| s.to_le_bytes())
            .collect();
        let wav = Wav {
            tag: 3,
            bits: 32,
            data,
            ..Wav::of(8_000, 1, &[])
        };
        let outcome = decode(wav.bytes(), &DecodeLimits::default());
        assert!(
            matches!(outcome, Err(DecodeError::Malformed { .. })),
            "{wrong}: {outcome:?}"
        );
    }
    let data = [0.5, 2.0]
        .iter()
        .flat_map(|s: &f32| s.to_le_bytes())
        .collect();
    let wav = Wav {
        tag: 3,
        bits: 32,
        data,
        ..Wav::of(8_000, 1, &[])
    };
    assert_eq!(
        decode(wav.bytes(), &DecodeLimits::default())
            .unwrap()
            .clip
            .samples,
        [0.5, 2.0]
    );
}

/// A fragment of a kilobyte that claims billions of samples would keep the library busy.
#[test]
fn tables_without_end_are_refused() {
    let file = include_bytes!("../../../../fuzz/seeds/decode/fragment-of-billions.mp4");
    let outcome = decode(file, &DecodeLimits::default());
    assert!(
        matches!(
            outcome,
            Err(DecodeError::Malformed { .. } | DecodeError::Truncated { .. })
        ),
        "{outcome:?}"
    );
}
