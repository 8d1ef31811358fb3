//! Files as devices make them: joined, paused, with several tracks, with inverted channels.

use std::time::Duration;

use mynah_audio::{
    Clip, DecodeError, DecodeLimits, DecodeOptions, Decoded, SampleRate, decode, decode_at,
    decode_with, resample,
};

use crate::signal::{babble, sine, snr};
use crate::tools::{ffmpeg, ffmpeg_on};
use crate::wav::Wav;

pub(crate) fn sound(bytes: impl AsRef<[u8]>) -> Decoded {
    decode(bytes, &DecodeLimits::default()).unwrap()
}

/// A tone of a second for each of these, so that the order of the audio can be checked.
fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<f32> {
    sine(hz, rate, (f64::from(rate) * seconds) as usize)
}

/// How much of a tone there is in a stretch of a clip, from 0 to about 0.5.
fn level(clip: &Clip, hz: f64, from: f64, to: f64) -> f64 {
    let rate = f64::from(clip.rate.hz());
    let range = (from * rate) as usize..((to * rate) as usize).min(clip.samples.len());
    let count = range.len().max(1) as f64;
    let (mut real, mut imaginary) = (0.0, 0.0);
    for n in range {
        let angle = std::f64::consts::TAU * hz * n as f64 / rate;
        real += f64::from(clip.samples[n]) * angle.cos();
        imaginary += f64::from(clip.samples[n]) * angle.sin();
    }
    2.0 * f64::hypot(real, imaginary) / count
}

/// When sound begins, in seconds.
fn onset(clip: &Clip) -> f64 {
    let first = clip.samples.iter().position(|sample| sample.abs() > 0.1);
    first.expect("some sound") as f64 / f64::from(clip.rate.hz())
}

#[test]
fn joined_streams_of_other_rates_are_all_decoded() {
    // Name, ffmpeg's arguments, and rate and channels of each part.
    type Case = (&'static str, &'static str, &'static [(u32, u16)]);
    let cases: &[Case] = &[
        ("a.mp3", "-b:a 96k", &[(44_100, 1), (48_000, 1)]),
        (
            "a.mp3",
            "-b:a 96k",
            &[(44_100, 2), (44_100, 1), (22_050, 1)],
        ),
        (
            "a.mp3",
            "-b:a 64k -write_xing 0 -id3v2_version 0",
            &[(24_000, 1), (48_000, 2)],
        ),
        (
            "a.ogg",
            "-c:a libvorbis -q:a 4",
            &[(44_100, 1), (22_050, 1)],
        ),
        (
            "a.ogg",
            "-c:a libvorbis -q:a 4",
            &[(16_000, 1), (48_000, 2), (16_000, 1)],
        ),
        ("a.opus", "-b:a 64k", &[(48_000, 1), (48_000, 2)]),
        ("a.oga", "-c:a flac", &[(44_100, 1), (48_000, 1)]),
        ("a.flac", "", &[(44_100, 1), (16_000, 2)]),
        ("a.aac", "-b:a 64k", &[(44_100, 1), (24_000, 2)]),
        ("a.wav", "", &[(8000, 1), (44_100, 2)]),
        ("a.webm", "-c:a libopus", &[(48_000, 1), (48_000, 1)]),
    ];
    for (name, options, parts) in cases {
        let tones = [440.0, 660.0, 880.0];
        let mut file = Vec::new();
        for ((rate, channels), hz) in parts.iter().zip(tones) {
            let one = tone(hz, *rate, 1.0);
            let all: Vec<_> = one
                .iter()
                .flat_map(|&s| vec![s; usize::from(*channels)])
                .collect();
            file.extend(ffmpeg(*rate, *channels, &all, name, options));
        }
        for clip in [
            sound(&file).clip,
            decode_at(&file, &DecodeLimits::default(), SampleRate::HZ_16000)
                .unwrap()
                .clip,
        ] {
            let seconds = clip.duration().as_secs_f64();
            let expected = parts.len() as f64;
            assert!(
                (expected - 0.03..expected + 0.15 * expected).contains(&seconds),
                "{name} {options} {parts:?}: {seconds} s"
            );
            for (at, hz) in tones.iter().take(parts.len()).enumerate() {
                let middle = (at as f64 + 0.3) * seconds / expected;
                let own = level(&clip, *hz, middle, middle + 0.4);
                assert!(own > 0.3, "{name} {options} {parts:?}: {hz} Hz at {own}");
            }
        }
    }
}

/// A tone after three seconds of picture, or of nothing.
#[test]
fn audio_after_the_picture_keeps_its_time() {
    let wav = Wav::of(48_000, 1, &tone(440.0, 48_000, 1.0)).bytes();
    for (to, codecs) in [
        ("a.mp4", "-c:v mpeg4 -c:a aac"),
        ("a.mov", "-c:v mpeg4 -c:a pcm_s16le"),
        ("a.mp4", "-c:v mpeg4 -c:a libopus"),
        (
            "a.mp4",
            "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov+delay_moov",
        ),
        ("a.mkv", "-c:v mpeg4 -c:a flac"),
        ("a.mkv", "-c:v mpeg4 -c:a libmp3lame"),
        ("a.webm", "-c:v libvpx -c:a libopus"),
        ("a.webm", "-c:v libvpx -c:a libvorbis"),
    ] {
        let arguments = format!(
            "-f lavfi -i testsrc=size=64x64:rate=10:duration=5 -itsoffset 3 -i a.wav -map 0:v -map 1:a {codecs}"
        );
        let clip = sound(ffmpeg_on(&[("a.wav", &wav)], &arguments, to)).clip;
        let start = onset(&clip);
        assert!((2.9..3.1).contains(&start), "{to} {codecs}: {start} s");
        let seconds = clip.duration().as_secs_f64();
        assert!((3.95..4.2).contains(&seconds), "{to} {codecs}: {seconds} s");
        assert!(level(&clip, 440.0, 3.1, 3.9) > 0.3, "{to} {codecs}");
    }
}

/// A second of one tone, a pause of two, a second of another tone: no packets in between.
#[test]
fn a_recording_that_was_paused_keeps_its_times() {
    let both = [tone(440.0, 48_000, 1.0), tone(880.0, 48_000, 1.0)].concat();
    let wav = Wav::of(48_000, 1, &both).bytes();
    for (to, codec) in [
        ("a.webm", "libopus"),
        ("a.mkv", "flac"),
        ("a.mkv", "aac"),
        ("a.mka", "pcm_s16le"),
        ("a.mp4", "aac"),
        ("a.m4a", "alac"),
        ("a.mp4", "libopus"),
        ("a.ogg", "libopus"),
        ("a.ogg", "libvorbis"),
    ] {
        // Packets after the first second are moved by two more. Their times are in milliseconds for
        // Matroska and in samples for the others.
        let move_times = if to.starts_with("a.m") && to.contains('k') || to == "a.webm" {
            "-bsf:a setts=ts='if(gte(PTS,1000),PTS+2000,PTS)'"
        } else {
            "-bsf:a setts=ts='if(gte(PTS,48000),PTS+96000,PTS)'"
        };
        let whole = ffmpeg_on(
            &[("a.wav", &wav)],
            &format!("-i a.wav -c:a {codec}"),
            "a.mka",
        );
        let file = ffmpeg_on(
            &[("whole.mka", &whole)],
            &format!("-i whole.mka -c:a copy -strict -2 {move_times}"),
            to,
        );
        let clip = sound(file).clip;
        let seconds = clip.duration().as_secs_f64();
        assert!((3.95..4.1).contains(&seconds), "{to} {codec}: {seconds} s");
        for (hz, from, to_time, there) in [
            (440.0, 0.1, 0.9, true),
            (440.0, 1.2, 2.9, false),
            (880.0, 1.2, 2.9, false),
            (880.0, 3.1, 3.9, true),
        ] {
            let level = level(&clip, hz, from, to_time);
            assert_eq!(
                level > 0.2,
                there,
                "{to} {codec}: {hz} Hz from {from}: {level}"
            );
            assert!(
                there || level < 0.02,
                "{to} {codec}: {hz} Hz from {from}: {level}"
            );
        }
    }
}

#[test]
fn an_edit_list_cuts_what_the_encoder_put_first() {
    let sent = babble(48_000, 2.5);
    for (to, options) in [
        ("a.m4a", "-c:a aac -b:a 192k"),
        ("a.mov", "-c:a aac -b:a 192k"),
        ("a.mp4", "-c:a libopus -b:a 128k"),
    ] {
        let decoded = sound(ffmpeg(48_000, 1, &sent, to, options)).clip;
        assert_eq!(decoded.samples.len(), sent.len(), "{to} {options}");
        let snr = snr(&sent, &decoded.samples, 0);
        assert!(snr > 15.0, "{to} {options}: {snr}");
    }
}

/// Two channels of which the second is the first times `factor`, and some of its own.
#[test]
fn channels_that_cancel_are_not_mixed() {
    let left = babble(24_000, 3.0);
    let noise = sine(97.0, 24_000, left.len());
    for (factor, own, alone) in [
        (-1.0, 0.0, true),
        (-0.9, 0.0, true),
        (-0.6, 0.0, true),
        (-1.0, 0.05, true),
        (1.0, 0.0, false),
        (0.5, 0.0, false),
        (0.0, 0.0, false),
        (0.0, 0.5, false),
        (-0.2, 0.0, false),
    ] {
        let stereo: Vec<f32> = left
            .iter()
            .zip(&noise)
            .flat_map(|(&l, &n)| [l, factor * l + own * n])
            .collect();
        let expected: Vec<f32> = if alone {
            left.clone()
        } else {
            stereo
                .chunks(2)
                .map(|both| (both[0] + both[1]) / 2.0)
                .collect()
        };
        for (name, options) in [("a.wav", ""), ("a.flac", ""), ("a.m4a", "-c:a alac")] {
            let decoded = sound(ffmpeg(24_000, 2, &stereo, name, options))
                .clip
                .samples;
            let snr = snr(&expected, &decoded, 0);
            assert!(snr > 40.0, "{name}: R = {factor} L + {own} N: {snr:.1} dB");
        }
    }
}

/// The channels cancel in the middle of a recording only.
#[test]
fn the_mix_follows_channels_that_begin_to_cancel() {
    let left = tone(440.0, 16_000, 9.0);
    let stereo: Vec<f32> = left
        .iter()
        .enumerate()
        .flat_map(|(n, &l)| [l, if (48_000..96_000).contains(&n) { -l } else { l }])
        .collect();
    let clip = sound(Wav::of(16_000, 2, &stereo).bytes()).clip;
    for second in 0..9 {
        let from = f64::from(second);
        let level = level(&clip, 440.0, from + 0.7, from + 1.0);
        assert!(level > 0.4, "second {second}: {level}");
    }
}

#[test]
fn the_default_track_is_decoded_and_the_others_are_named() {
    let first = Wav::of(48_000, 1, &tone(440.0, 48_000, 2.0)).bytes();
    let second = Wav::of(48_000, 1, &tone(880.0, 48_000, 1.0)).bytes();
    let cases = [
        ("a.mkv", "flac", 0),
        ("a.mkv", "aac", 1),
        ("a.webm", "libopus", 1),
        ("a.mp4", "aac", 0),
        ("a.mp4", "aac", 1),
        ("a.mov", "pcm_s16le", 0),
        ("a.ogg", "libopus", 0),
        ("a.ogg", "libvorbis", 0),
    ];
    for (to, codec, default) in cases {
        let other = 1 - default;
        let arguments = format!(
            "-i one.wav -i two.wav -map 0:a -map 1:a -c:a {codec} -metadata:s:a:0 language=eng \
             -metadata:s:a:1 language=spa -disposition:a:{default} default -disposition:a:{other} 0"
        );
        let file = ffmpeg_on(&[("one.wav", &first), ("two.wav", &second)], &arguments, to);
        let options = DecodeOptions::new(DecodeLimits::default());
        for (asked, used) in [(None, default), (Some(1), 0), (Some(2), 1)] {
            let what = format!("{to} {codec}, track {asked:?}");
            let decoded = decode_with(&file, &options.track(asked)).unwrap();
            let hz = [440.0, 880.0][used];
            assert!(level(&decoded.clip, hz, 0.2, 0.8) > 0.3, "{what}");
            let seconds = decoded.clip.duration().as_secs_f64();
            let expected = [2.0, 1.0][used];
            assert!(
                (expected - 0.02..expected + 0.1).contains(&seconds),
                "{what}: {seconds}"
            );
            assert_eq!(decoded.tracks.len(), 2, "{what}");
            assert!(decoded.tracks[used].chosen, "{what}");
            // QuickTime numbers languages in another way, and Ogg keeps them in comments.
            if !to.ends_with("ogg") && to != "a.mov" {
                let languages = decoded.tracks.iter().map(|track| track.language.as_deref());
                assert!(
                    languages.eq([Some("eng"), Some("spa")]),
                    "{what}: {:?}",
                    decoded.tracks
                );
            }
            let named = format!("not used: {} (", 2 - used);
            match asked {
                None => assert!(
                    decoded.notices[0].contains(&named),
                    "{what}: {:?}",
                    decoded.notices
                ),
                Some(_) => assert!(decoded.notices.is_empty(), "{what}"),
            }
        }
        for none in [0, 3] {
            let outcome = decode_with(&file, &options.track(Some(none)));
            assert!(
                matches!(outcome, Err(DecodeError::NoTrack { .. })),
                "{to}: {outcome:?}"
            );
        }
    }
}

/// A pause counts as sound: the limit on length holds for it.
#[test]
fn a_pause_beyond_the_limit_is_too_long() {
    let wav = Wav::of(48_000, 1, &tone(440.0, 48_000, 2.0)).bytes();
    let whole = ffmpeg_on(&[("a.wav", &wav)], "-i a.wav -c:a libopus", "a.mka");
    let late = "-i a.mka -c:a copy -bsf:a setts=ts='if(gte(PTS,1000),PTS+60000,PTS)'";
    let file = ffmpeg_on(&[("a.mka", &whole)], late, "a.webm");
    for (seconds, fits) in [(61, false), (63, true)] {
        let limits = DecodeLimits {
            max_duration: Duration::from_secs(seconds),
            ..DecodeLimits::default()
        };
        let outcome = decode(&file, &limits);
        assert_eq!(outcome.is_ok(), fits, "{seconds} s: {outcome:?}");
    }
    let clip = sound(&file).clip;
    assert!(clip.duration() > Duration::from_secs(61));
    let _ = resample(&clip, SampleRate::HZ_16000);
}
