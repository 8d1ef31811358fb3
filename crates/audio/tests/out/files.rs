//! Whole files of every format, judged by `ffmpeg` and `ffprobe`.

use crate::decoded::{decoded, delay, probed, signal_to_noise, voice};
use mynah_audio::{Clip, DecodeLimits, Encoder, Format, SampleRate, Tags, decode, encode_whole};

const RATE: SampleRate = SampleRate::HZ_24000;
/// Three seconds and a bit, so that no frame size divides it.
const SAMPLES: usize = 72_345;
/// A codec's frame at 24 kHz.
const AAC_FRAME: usize = 1_024;
const MP3_FRAME: usize = 576;

fn tags() -> Tags {
    Tags::new()
        .engine("flite")
        .voice("flite/slt")
        .voice("flite/rms")
}

fn whole(clip: &Clip, format: Format) -> Vec<u8> {
    encode_whole(clip, format, &tags()).expect("it is encoded")
}

#[test]
fn lossless_files_come_back_exactly() {
    let mut clip = voice(RATE, SAMPLES);
    clip.samples
        .iter_mut()
        .for_each(|sample| *sample = (*sample * 32_768.0).round() / 32_768.0);
    for format in [Format::Wav, Format::Flac, Format::Pcm] {
        assert_eq!(
            decoded(format, &whole(&clip, format), RATE.hz()),
            clip.samples,
            "{format}"
        );
    }
}

#[test]
fn lossy_files_are_close_to_their_source() {
    let clip = voice(RATE, SAMPLES);
    // AAC in ADTS has no place to say what is delay and what is padding.
    for (format, late, longer, least_db) in [
        (Format::Opus, 0, 0, 18.0),
        (Format::Mp3, 0, 0, 20.0),
        (Format::Aac, AAC_FRAME, 2 * AAC_FRAME, 20.0),
    ] {
        let decoded = decoded(format, &whole(&clip, format), RATE.hz());
        assert!(
            (SAMPLES..=SAMPLES + longer).contains(&decoded.len()),
            "{format}: {}",
            decoded.len()
        );
        assert_eq!(delay(&clip.samples, &decoded, 2_000), late, "{format}");
        let db = signal_to_noise(&clip.samples, &decoded[late..]);
        println!("{format}: {db:.1} dB");
        assert!(db > least_db, "{format}: {db} dB");
    }
}

#[test]
fn opus_ends_on_the_very_sample() {
    for samples in [1, 323, 324, 325, 479, 480, 481, 4_800, 12_345] {
        let file = whole(&voice(RATE, samples), Format::Opus);
        assert_eq!(decoded(Format::Opus, &file, 48_000).len(), 2 * samples);
    }
}

#[test]
fn encoded_files_are_decoded() {
    for samples in [1, 500, 12_345] {
        let clip = voice(RATE, samples);
        for format in [
            Format::Mp3,
            Format::Opus,
            Format::Flac,
            Format::Wav,
            Format::Aac,
        ] {
            let decoded = decode(whole(&clip, format), &DecodeLimits::default());
            let decoded = decoded.expect("it is decoded").clip;
            let padding = if format == Format::Aac {
                2 * AAC_FRAME
            } else {
                0
            };
            let length = decoded.samples.len() * RATE.hz() as usize / decoded.rate.hz() as usize;
            let right = samples..=samples + padding;
            assert!(right.contains(&length), "{format}: {length}");
        }
    }
}

#[test]
fn every_rate_that_a_format_holds_comes_back_at_its_length() {
    let rates = [
        8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 50_001, 65_535,
        88_200, 96_000, 192_000,
    ];
    for rate in rates.map(|hz| SampleRate::new(hz).expect("a rate")) {
        let clip = voice(rate, rate.hz() as usize / 4 + 7);
        for format in [
            Format::Wav,
            Format::Flac,
            Format::Opus,
            Format::Mp3,
            Format::Aac,
        ] {
            if !format.holds(rate) {
                let error = encode_whole(&clip, format, &tags())
                    .expect_err("refused")
                    .to_string();
                let start = format!("{format} cannot hold {rate}; it holds ");
                assert!(error.starts_with(&start), "{error}");
                continue;
            }
            let decoded = decoded(format, &whole(&clip, format), rate.hz());
            let longer = if format == Format::Aac {
                2 * AAC_FRAME
            } else {
                0
            };
            let right = clip.samples.len()..=clip.samples.len() + longer;
            assert!(
                right.contains(&decoded.len()),
                "{format} {rate}: {}",
                decoded.len()
            );
        }
    }
}

#[test]
fn nothing_silence_and_one_sample_are_files_too() {
    for samples in [vec![], vec![0.5], vec![0.0; 24_000]] {
        let clip = Clip::new(RATE, samples);
        for format in Format::ALL {
            let file = whole(&clip, format);
            if format == Format::Aac && clip.is_empty() {
                continue; // a tag and no frames, which no reader takes
            }
            // Opus decodes to 48 kHz, and a resampler would swallow a lone sample.
            let times = if format == Format::Opus { 2 } else { 1 };
            let decoded = decoded(format, &file, times * RATE.hz());
            let longer = match format {
                Format::Aac => 2 * AAC_FRAME,
                // `ffmpeg` does not cut a frame at both of its ends.
                Format::Mp3 if clip.samples.len() < MP3_FRAME => MP3_FRAME,
                _ => 0,
            };
            let right = clip.samples.len()..=clip.samples.len() + longer;
            let length = decoded.len() / times as usize;
            assert!(right.contains(&length), "{format}: {length}");
            if clip.samples != [0.5] {
                assert!(decoded.iter().all(|sample| sample.abs() < 1e-4), "{format}");
            }
        }
    }
}

#[test]
fn loud_samples_are_clipped_and_nan_is_silence() {
    let mut clip = voice(RATE, 24_000);
    let peak = clip
        .samples
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    clip.samples
        .iter_mut()
        .for_each(|sample| *sample *= 3.0 / peak);
    clip.samples[1_000..1_100].fill(f32::NAN);
    clip.samples[12_000] = f32::INFINITY;
    clip.samples[12_001] = f32::NEG_INFINITY;
    let clean = |s: &f32| if s.is_nan() { 0.0 } else { s.clamp(-1.0, 1.0) };
    let clipped: Vec<_> = clip.samples.iter().map(clean).collect();
    for format in Format::ALL {
        let decoded = decoded(format, &whole(&clip, format), RATE.hz());
        let late = if format == Format::Aac { AAC_FRAME } else { 0 };
        // A wrapped sample would turn the sign of the loudest ones.
        let db = signal_to_noise(&clipped, &decoded[late..]);
        assert!(db > 8.0, "{format}: {db} dB");
    }
}

#[test]
fn a_stream_is_the_file_without_its_lengths() {
    let clip = voice(RATE, SAMPLES);
    for format in Format::ALL {
        let mut encoder = Encoder::new(format, RATE, &tags()).expect("an encoder");
        let mut stream = encoder.push(&clip.samples).expect("it is encoded");
        stream.extend(encoder.finish().expect("it ends"));
        let decoded = decoded(format, &stream, RATE.hz());
        // Without an Info frame no decoder takes out the delay of LAME and of the decoder.
        let (late, longer) = match format {
            Format::Mp3 => (1_105, 1_105 + 2 * MP3_FRAME),
            Format::Aac => (AAC_FRAME, 2 * AAC_FRAME),
            _ => (0, 0),
        };
        assert!(
            (SAMPLES..=SAMPLES + longer).contains(&decoded.len()),
            "{format}: {}",
            decoded.len()
        );
        assert_eq!(delay(&clip.samples, &decoded, 2_000), late, "{format}");
        if format == Format::Pcm {
            continue;
        }
        let probe = probed(format, &stream).to_lowercase();
        assert!(probe.contains("synthetic=1"), "{format}: {probe}");
    }
}
