//! Real files of every container and codec, made by other programs, compared with their source.

use mynah_audio::{DecodeError, DecodeLimits, Decoded, SampleRate, decode, decode_at};

use crate::signal::{babble, lag, snr};
use crate::tools::{ffmpeg, sox};

fn sound(bytes: Vec<u8>) -> Decoded {
    decode(bytes, &DecodeLimits::default()).unwrap()
}

/// What a way of writing a file must bring back.
struct Case {
    name: &'static str,
    options: &'static str,
    container: &'static str,
    /// How well it must come out, in dB.
    snr: f64,
    /// The most samples by which it may be late, and longer.
    slack: usize,
}

const fn case(
    name: &'static str,
    options: &'static str,
    container: &'static str,
    snr: f64,
    slack: usize,
) -> Case {
    Case {
        name,
        options,
        container,
        snr,
        slack,
    }
}

/// 16-bit samples carry this much of the source.
const EXACT: f64 = 75.0;

/// AAC encoders put silence first, and neither ADTS nor our reading of MP4 states how much:
/// 1024 samples by ffmpeg's, and what fills the last frame.
const AAC_SLACK: usize = 1024 + 1024;

const CASES: &[Case] = &[
    case("a.wav", "", "wav", EXACT, 0),
    case("a.wav", "-c:a pcm_u8", "wav", 30.0, 0),
    case("a.wav", "-c:a pcm_s24le", "wav", EXACT, 0),
    case("a.wav", "-c:a pcm_s32le", "wav", EXACT, 0),
    case("a.wav", "-c:a pcm_f32le", "wav", EXACT, 0),
    case("a.wav", "-c:a pcm_f64le", "wav", EXACT, 0),
    case("a.wav", "-c:a pcm_alaw", "wav", 30.0, 0),
    case("a.wav", "-c:a pcm_mulaw", "wav", 30.0, 0),
    case("a.flac", "", "flac", EXACT, 0),
    case(
        "a.flac",
        "-sample_fmt s32 -compression_level 12",
        "flac",
        EXACT,
        0,
    ),
    case("a.oga", "-c:a flac", "ogg", EXACT, 0),
    case("a.ogg", "-c:a libvorbis -q:a 8", "ogg", 20.0, 0),
    case("a.opus", "-c:a libopus -b:a 128k", "ogg", 20.0, 0),
    // Speech at this rate keeps the sound and not the waveform.
    case(
        "a.opus",
        "-c:a libopus -b:a 24k -application voip",
        "ogg",
        2.0,
        0,
    ),
    case("a.webm", "-c:a libopus -b:a 128k", "webm", 20.0, 960),
    case(
        "pipe:1",
        "-f webm -c:a libopus -b:a 128k",
        "webm",
        20.0,
        960,
    ),
    case("a.webm", "-c:a libvorbis -q:a 8", "webm", 20.0, 2048),
    case("a.mka", "-c:a flac", "webm", EXACT, 0),
    case("a.mp3", "-c:a libmp3lame -b:a 192k", "mp3", 20.0, 0),
    case("a.mp3", "-c:a libmp3lame -q:a 2", "mp3", 20.0, 0),
    case(
        "a.mp3",
        "-c:a libmp3lame -b:a 192k -write_xing 0 -id3v2_version 0",
        "mp3",
        20.0,
        3 * 1152,
    ),
    case("a.mp2", "-c:a mp2 -b:a 192k", "mp3", 20.0, 3 * 1152),
    case("a.aac", "-c:a aac -b:a 192k", "aac", 20.0, AAC_SLACK),
    case("a.m4a", "-c:a aac -b:a 192k", "mp4", 20.0, AAC_SLACK),
    case(
        "a.mp4",
        "-c:a aac -b:a 192k -movflags frag_keyframe+empty_moov",
        "mp4",
        20.0,
        AAC_SLACK,
    ),
    case("a.m4a", "-c:a alac", "mp4", EXACT, 0),
    case("a.mp4", "-c:a libopus -b:a 128k", "mp4", 20.0, 960),
];

#[test]
fn every_codec_comes_back_as_it_went_in() {
    const RATE: u32 = 48_000;
    let sent = babble(RATE, 2.5);
    for Case {
        name,
        options,
        container,
        snr: expected,
        slack,
    } in CASES
    {
        let decoded = sound(ffmpeg(RATE, 1, &sent, name, options));
        let what = format!("{name} {options}");
        assert_eq!(
            (decoded.container, decoded.channels),
            (*container, 1),
            "{what}"
        );
        assert_eq!(decoded.clip.rate.hz(), RATE, "{what}");
        let longer = decoded.clip.samples.len().checked_sub(sent.len());
        assert!(
            longer.is_some_and(|n| n <= *slack),
            "{what}: {longer:?} samples longer"
        );
        let late = if *slack == 0 {
            0
        } else {
            lag(&sent, &decoded.clip.samples, 2500)
        };
        assert!(
            (0..=*slack as isize).contains(&late),
            "{what}: {late} samples late"
        );
        let snr = snr(&sent, &decoded.clip.samples, late);
        println!("{what}: {longer:?} longer, {late} late, {snr:.1} dB");
        assert!(snr >= *expected, "{what}: {snr:.1} dB");
    }
}

#[test]
fn sox_writes_what_we_read() {
    let sent = babble(22_050, 1.0);
    for (name, options) in [
        ("a.wav", "-e floating-point -b 32"),
        ("a.wav", "-b 24"),
        ("a.flac", ""),
        ("a.ogg", "-C 8"),
    ] {
        let decoded = sound(sox(22_050, 1, &sent, name, options));
        assert_eq!(decoded.clip.samples.len(), sent.len(), "{name}");
        let min_snr = if name == "a.ogg" { 20.0 } else { EXACT };
        assert!(
            snr(&sent, &decoded.clip.samples, 0) >= min_snr,
            "{name} {options}"
        );
    }
}

#[test]
fn channels_are_mixed_to_their_mean() {
    let one = babble(24_000, 0.5);
    let stereo: Vec<f32> = one.iter().flat_map(|&s| [s, 0.5 * s]).collect();
    let mean: Vec<f32> = one.iter().map(|s| s * 0.75).collect();
    for (name, options, min_snr) in [
        ("a.wav", "", 60.0),
        ("a.flac", "", 60.0),
        ("a.ogg", "-q:a 9", 10.0),
        ("a.opus", "-b:a 256k", 5.0),
    ] {
        let decoded = sound(ffmpeg(24_000, 2, &stereo, name, options));
        assert_eq!(decoded.channels, 2, "{name}");
        let mean = if name == "a.opus" {
            mynah_audio::resample(
                &mynah_audio::Clip::new(SampleRate::HZ_24000, mean.clone()),
                SampleRate::HZ_48000,
            )
            .samples
        } else {
            mean.clone()
        };
        let snr = snr(&mean, &decoded.clip.samples, 0);
        println!("{name}: {snr:.1} dB");
        assert!(snr >= min_snr, "{name}: {snr:.1} dB");
    }
}

#[test]
fn six_channels_of_opus_and_vorbis_are_mixed() {
    let one = babble(48_000, 0.5);
    let six: Vec<f32> = one.iter().flat_map(|&s| [s * 0.5; 6]).collect();
    for (name, options) in [
        ("a.opus", "-c:a libopus -mapping_family 1 -b:a 512k"),
        ("a.ogg", "-c:a libvorbis -q:a 8"),
        ("a.wav", "-c:a pcm_s24le"),
        ("a.flac", ""),
    ] {
        let decoded = sound(ffmpeg(48_000, 6, &six, name, options));
        assert_eq!(
            (decoded.channels, decoded.clip.samples.len()),
            (6, one.len()),
            "{name}"
        );
    }
}

#[test]
fn decoding_at_a_rate_is_decoding_and_then_resampling() {
    let file = ffmpeg(44_100, 1, &babble(44_100, 1.3), "a.flac", "");
    let whole = sound(file.clone()).clip;
    let at = decode_at(file, &DecodeLimits::default(), SampleRate::HZ_16000)
        .unwrap()
        .clip;
    assert_eq!(at, mynah_audio::resample(&whole, SampleRate::HZ_16000));
}

/// ffmpeg cannot go back to write the sizes into a pipe, and writes 0xFFFFFFFF.
#[test]
fn a_wav_that_was_streamed_is_read_to_its_end() {
    let sent = babble(16_000, 0.4);
    let file = ffmpeg(16_000, 1, &sent, "pipe:1", "-f wav");
    assert_eq!(file[4..8], [0xff; 4]);
    let whole = sound(file).clip.samples;
    assert_eq!(whole.len(), sent.len());
}

#[test]
fn streams_one_after_the_other_are_joined() {
    let sent = babble(48_000, 1.0);
    for (name, options) in [
        ("a.opus", "-b:a 128k"),
        ("a.ogg", "-q:a 8"),
        ("a.mp3", "-b:a 128k"),
    ] {
        let mut file = ffmpeg(48_000, 1, &sent, name, options);
        file.extend(ffmpeg(48_000, 1, &sent, name, options));
        let decoded = sound(file).clip.samples;
        // Joined MP3 keeps the padding of both, and the second one's tag as silence.
        let slack = if name == "a.mp3" { 8 * 1152 } else { 0 };
        let extra = decoded.len().checked_sub(2 * sent.len());
        assert!(
            extra.is_some_and(|extra| extra <= slack),
            "{name}: {extra:?}"
        );
    }
}

#[test]
fn video_is_left_aside() {
    let sent = babble(48_000, 0.5);
    for (name, options) in [
        (
            "a.mp4",
            "-f lavfi -i testsrc=size=64x64:rate=10:duration=0.5 -c:v mpeg4 -c:a aac",
        ),
        (
            "a.webm",
            "-f lavfi -i testsrc=size=64x64:rate=10:duration=0.5 -c:v libvpx -c:a libopus",
        ),
    ] {
        let decoded = sound(ffmpeg(48_000, 1, &sent, name, options)).clip.samples;
        assert!(
            decoded.len() >= sent.len() && decoded.len() <= sent.len() + AAC_SLACK,
            "{name}"
        );
    }
    let file = ffmpeg(
        48_000,
        1,
        &sent,
        "a.mp4",
        "-f lavfi -i testsrc=size=64x64:duration=0.5 -map 1:v -c:v mpeg4",
    );
    let error = decode(file, &DecodeLimits::default()).unwrap_err();
    assert!(matches!(error, DecodeError::Unsupported { .. }), "{error}");
}

/// Every file loses its end somewhere in its last third. Either that is an error, or what was lost
/// was not audio, or the file does not state how long it is: then a notice says that its last frame is
/// cut.
#[test]
fn a_cut_file_is_always_reported() {
    let sent = babble(48_000, 2.5);
    for Case {
        name,
        options,
        container,
        ..
    } in CASES
    {
        let whole = ffmpeg(48_000, 1, &sent, name, options);
        let samples = sound(whole.clone()).clip.samples.len();
        for kept in [
            whole.len() * 2 / 3 + 1,
            whole.len() * 5 / 6 + 1,
            whole.len() - 5,
        ] {
            match decode(&whole[..kept], &DecodeLimits::default()) {
                Err(DecodeError::Truncated { .. } | DecodeError::Malformed { .. }) => {}
                Err(error) => panic!("{name} {options}, cut to {kept}: {error}"),
                Ok(half) => {
                    let says_length = !(*name == "a.aac"
                        || *name == "a.mp2"
                        || *container == "ogg"
                        || options.contains("write_xing 0")
                        || options.contains("empty_moov")
                        || *name == "pipe:1");
                    let lost = samples - half.clip.samples.len();
                    let what = format!("{name} {options}, cut to {kept}: {lost} lost");
                    assert!(lost == 0 || !half.notices.is_empty(), "{what}");
                    assert!(lost <= 9216 || !says_length, "{what}");
                }
            }
        }
    }
}
