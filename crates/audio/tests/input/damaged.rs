//! Files with wrong sizes, files that begin in the middle, cut and damaged files.

use std::process::Command;

use mynah_audio::{DecodeError, DecodeLimits, DecodeOptions, decode, decode_with};

use crate::devices::sound;
use crate::signal::{babble, sine};
use crate::tools::ffmpeg;
use crate::wav::Wav;

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
        // What Icecast sends to clients that join later: the headers, then from somewhere on.
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
        // Without headers nothing can be decoded.
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
/// where the file states how long it should be.
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
