//! Files as devices and people make them: joined, paused, cut, with wires the wrong way round.

use std::process::Command;
use std::time::Duration;

use mynah_audio::{
    Clip, DecodeError, DecodeLimits, DecodeOptions, Decoded, SampleRate, decode, decode_at,
    decode_with, resample,
};

use crate::signal::{babble, sine, snr};
use crate::tools::{ffmpeg, ffmpeg_on};
use crate::wav::Wav;

fn sound(bytes: impl AsRef<[u8]>) -> Decoded {
    decode(bytes, &DecodeLimits::default()).unwrap()
}

/// A tone of a second for each of these, so that what is heard when can be told.
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
fn joined_streams_of_other_rates_are_all_heard() {
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
fn sound_that_begins_later_than_the_picture_keeps_its_time() {
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
        let heard = sound(ffmpeg(48_000, 1, &sent, to, options)).clip;
        assert_eq!(heard.samples.len(), sent.len(), "{to} {options}");
        let snr = snr(&sent, &heard.samples, 0);
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
            let heard = sound(ffmpeg(24_000, 2, &stereo, name, options))
                .clip
                .samples;
            let snr = snr(&expected, &heard, 0);
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
fn sizes_that_streaming_recorders_write_mean_to_the_end() {
    let whole = Wav::of(8_000, 1, &sine(440.0, 8_000, 4000));
    let expected = sound(whole.bytes()).clip;
    let sizes = [
        0x7fff_ffff_u32,
        0x7fff_ffff - 36,
        0x7fff_ffff - 44,
        0x7fff_f000,
        0x8000_0000,
        0x8000_0024,
        0xffff_ffff - 36,
        0xffff_f000,
        0x7fff_0000,
        1 << 30,
    ];
    for size in sizes {
        for riff in [None, Some(0), Some(size), Some(size.wrapping_add(36))] {
            let wav = Wav {
                riff_size: riff,
                data_size: Some(size),
                ..whole.clone()
            };
            assert_eq!(
                sound(wav.bytes()).clip,
                expected,
                "{size:#x}, RIFF {riff:x?}"
            );
        }
    }
    // sox writes into a pipe what it does not know either.
    let piped = Command::new("sox")
        .args("-D -n -r 8000 -t wav - synth 0.5 sine 440".split(' '))
        .output()
        .expect("this test needs sox: apt-get install sox");
    assert_eq!(sound(piped.stdout).clip.samples.len(), 4000);
}

#[test]
fn any_size_beyond_the_end_of_a_pipe_means_to_the_end() {
    let whole = Wav::of(8_000, 1, &sine(440.0, 8_000, 4000));
    for size in [8002, 8064, 99_999, 1 << 24] {
        let wav = Wav {
            data_size: Some(size),
            ..whole.clone()
        }
        .bytes();
        let options = DecodeOptions::new(DecodeLimits::default());
        let piped = decode_with(&wav, &options.piped(true)).unwrap();
        assert_eq!(piped.clip.samples.len(), 4000, "{size}");
        let file = decode_with(&wav, &options);
        assert!(
            matches!(file, Err(DecodeError::Truncated { .. })),
            "{size}: {file:?}"
        );
    }
}

#[test]
fn a_wrong_size_of_the_whole_is_ignored() {
    let whole = Wav::of(8_000, 1, &sine(440.0, 8_000, 4000));
    for riff in [1, 4, 36, 8035, 8037, 99_999, 0x7fff_ffff, u32::MAX] {
        let wav = Wav {
            riff_size: Some(riff),
            behind: b"LIST\x04\0\0\0INFO".to_vec(),
            ..whole.clone()
        };
        assert_eq!(sound(wav.bytes()).clip.samples.len(), 4000, "{riff:#x}");
    }
}

#[test]
fn streams_joined_in_the_middle_begin_with_the_first_good_frame() {
    let sent = babble(44_100, 4.0);
    for (name, options, least) in [
        ("a.mp3", "-b:a 128k", 3.7),
        ("a.mp3", "-b:a 48k -write_xing 0", 3.6),
        ("a.aac", "-b:a 96k", 3.8),
        ("a.mp2", "-b:a 128k", 3.8),
    ] {
        let whole = ffmpeg(44_100, 1, &sent, name, options);
        // Behind the tags, in the middle of a frame.
        for cut in [1001, 1500, 1777] {
            let decoded = sound(&whole[cut..]);
            let seconds = decoded.clip.duration().as_secs_f64();
            assert!(
                (least..4.1).contains(&seconds),
                "{name} from {cut}: {seconds} s"
            );
        }
        let mut junk = whole.clone();
        let behind_tags = if whole.starts_with(b"ID3") {
            10 + whole[6..10].iter().fold(0, |n, &b| n << 7 | usize::from(b))
        } else {
            0
        };
        for bytes in [3, 700, 40_000] {
            junk.splice(
                behind_tags..behind_tags,
                (0..bytes).map(|n| (n * 7 % 251) as u8),
            );
            let seconds = sound(&junk).clip.duration().as_secs_f64();
            assert!(
                (3.9..4.2).contains(&seconds),
                "{name}, {bytes} of junk: {seconds} s"
            );
        }
    }
    for options in [
        "-c:a libopus -b:a 64k",
        "-c:a libvorbis -q:a 4",
        "-c:a flac",
    ] {
        let whole = ffmpeg(
            48_000,
            1,
            &babble(48_000, 6.0),
            "a.ogg",
            &format!("{options} -page_duration 200000"),
        );
        let pages = pages(&whole);
        // What Icecast sends to those who come later: the headers, then from somewhere on.
        let headers = pages
            .iter()
            .take_while(|page| page[6..14] == [0; 8])
            .count();
        let joined = [&pages[..headers], &pages[headers + 7..]].concat().concat();
        let seconds = sound(&joined).clip.duration().as_secs_f64();
        assert!((3.0..5.5).contains(&seconds), "{options}: {seconds} s");
        // A recording of such a stream that begins within a page.
        let seconds = sound([&pages[headers + 7][20..], &whole[..]].concat())
            .clip
            .duration();
        assert!(
            (5.9..6.1).contains(&seconds.as_secs_f64()),
            "{options}: {seconds:?}"
        );
        // Without headers nothing can be told.
        let none = decode(pages[headers..].concat(), &DecodeLimits::default());
        assert!(
            matches!(none, Err(DecodeError::Malformed { .. })),
            "{options}: {none:?}"
        );
        // In the middle a page is missing.
        let hole = [&pages[..headers + 5], &pages[headers + 7..]]
            .concat()
            .concat();
        let hole = decode(hole, &DecodeLimits::default());
        assert!(
            matches!(hole, Err(DecodeError::Malformed { .. })),
            "{options}: {hole:?}"
        );
    }
}

fn pages(file: &[u8]) -> Vec<&[u8]> {
    let (mut pages, mut left) = (Vec::new(), file);
    while let Some(&segments) = left.get(26) {
        let head = 27 + usize::from(segments);
        let length = head
            + left[27..head]
                .iter()
                .map(|&l| usize::from(l))
                .sum::<usize>();
        pages.push(&left[..length]);
        left = &left[length..];
    }
    pages
}

/// The last frame, page or block is cut: it alone is lost, and a notice says so. More is an error
/// where the file says how long it should be.
#[test]
fn a_last_frame_that_is_cut_is_lost_alone() {
    let sent = babble(48_000, 4.0);
    for (name, options, most_lost) in [
        ("a.mp3", "-b:a 128k", 0.06),
        ("a.mp3", "-b:a 128k -write_xing 0", 0.06),
        ("a.aac", "-b:a 96k", 0.05),
        ("a.flac", "", 0.1),
        ("a.opus", "-b:a 64k -page_duration 100000", 0.13),
        ("a.ogg", "-c:a libvorbis -q:a 4 -page_duration 100000", 0.2),
        ("a.m4a", "-c:a aac -movflags faststart", 0.05),
        ("pipe:1", "-f webm -live 1 -c:a libopus", 0.05),
        ("a.wav", "", 0.001),
    ] {
        let whole = ffmpeg(48_000, 1, &sent, name, options);
        let kept = whole.len() - if name == "a.wav" { 1 } else { 7 };
        let decoded = sound(&whole[..kept]);
        let seconds = decoded.clip.duration().as_secs_f64();
        assert!(
            (4.0 - most_lost..4.06).contains(&seconds),
            "{name} {options}: {seconds} s"
        );
        assert_eq!(decoded.notices.len(), 1, "{name} {options}");
        assert!(sound(&whole).notices.is_empty(), "{name} {options}");
    }
}

#[test]
fn a_file_damaged_in_the_middle_is_an_error() {
    let sent = babble(48_000, 4.0);
    for (name, options) in [
        ("a.mp3", "-b:a 128k"),
        ("a.mp3", "-b:a 128k -write_xing 0"),
        ("a.aac", "-b:a 96k"),
        ("a.flac", ""),
        ("a.opus", "-b:a 64k"),
        ("a.ogg", "-c:a libvorbis"),
        ("a.mka", "-c:a flac"),
    ] {
        let whole = ffmpeg(48_000, 1, &sent, name, options);
        let half = whole.len() / 2;
        let mut holed = whole.clone();
        holed.drain(half..half + 1000);
        let mut zeroed = whole.clone();
        zeroed[half..half + 2500].fill(0);
        for (how, damaged) in [("a hole", holed), ("zeroes", zeroed)] {
            let outcome = decode(&damaged, &DecodeLimits::default());
            assert!(
                matches!(
                    outcome,
                    Err(DecodeError::Malformed { .. } | DecodeError::Truncated { .. })
                ),
                "{name} {options}, {how}: {:?}",
                outcome.map(|decoded| (decoded.clip.duration(), decoded.notices))
            );
        }
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
