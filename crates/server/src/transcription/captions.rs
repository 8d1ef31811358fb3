//! Subtitles: SubRip and WebVTT.

use std::fmt::Write as _;

use mynah_api::TranscriptionSegment;

/// SubRip: numbered, with commas before the milliseconds.
pub(super) fn srt(segments: &[TranscriptionSegment]) -> String {
    let mut out = String::new();
    for (number, segment) in (1..).zip(segments) {
        let (start, end) = (clock(segment.start, ','), clock(segment.end, ','));
        let _ = writeln!(
            out,
            "{number}\n{start} --> {end}\n{}\n",
            line(&segment.text)
        );
    }
    out
}

/// WebVTT (W3C, 2019): `&` and `<` stand for markup and are escaped.
pub(super) fn vtt(segments: &[TranscriptionSegment]) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for segment in segments {
        let (start, end) = (clock(segment.start, '.'), clock(segment.end, '.'));
        let text = line(&segment.text)
            .replace('&', "&amp;")
            .replace('<', "&lt;");
        let _ = writeln!(out, "{start} --> {end}\n{text}\n");
    }
    out
}

/// `hh:mm:ss` and three decimals.
fn clock(seconds: f64, point: char) -> String {
    let ms = (seconds * 1000.0).round() as u64;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{point}{:03}",
        ms % 1000
    )
}

/// One line that cannot be taken for the end of a cue or for its times.
fn line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("-->", "->")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments() -> Vec<TranscriptionSegment> {
        let segment = |id, start, end, text: &str| TranscriptionSegment {
            id,
            start,
            end,
            text: text.into(),
        };
        vec![
            segment(0, 0.0, 1.2346, "Salt & <pepper>."),
            segment(1, 3661.5, 3662.0, "One\n\n2 --> 3"),
        ]
    }

    #[test]
    fn subrip() {
        insta::assert_snapshot!(srt(&segments()), @r"
        1
        00:00:00,000 --> 00:00:01,235
        Salt & <pepper>.

        2
        01:01:01,500 --> 01:01:02,000
        One 2 -> 3
        ");
    }

    #[test]
    fn webvtt() {
        insta::assert_snapshot!(vtt(&segments()), @r"
        WEBVTT

        00:00:00.000 --> 00:00:01.235
        Salt &amp; &lt;pepper>.

        01:01:01.500 --> 01:01:02.000
        One 2 -> 3
        ");
        assert_eq!(vtt(&[]), "WEBVTT\n\n");
    }
}
