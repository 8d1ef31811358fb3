//! Subtitles: SubRip <https://www.matroska.org/technical/subtitles.html#srt-subtitles> and
//! WebVTT <https://www.w3.org/TR/webvtt1/>.

use std::fmt::Write;

/// Some lines of text and when they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in milliseconds.
    pub start_ms: u64,
    /// When it goes, in milliseconds.
    pub end_ms: u64,
    /// Its text, with a line break between its lines.
    pub text: String,
}

/// Cues as a SubRip file.
pub fn srt(cues: &[Cue]) -> String {
    let mut file = String::new();
    for (number, cue) in cues.iter().enumerate() {
        let (start, end) = (time(cue.start_ms, ','), time(cue.end_ms, ','));
        let _ = write!(
            file,
            "{}\n{start} --> {end}\n{}\n\n",
            number + 1,
            lines(&cue.text)
        );
    }
    file
}

/// Cues as a WebVTT file.
pub fn vtt(cues: &[Cue]) -> String {
    let mut file = String::from("WEBVTT\n\n");
    for cue in cues {
        let (start, end) = (time(cue.start_ms, '.'), time(cue.end_ms, '.'));
        let text = lines(&cue.text)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let _ = write!(file, "{start} --> {end}\n{text}\n\n");
    }
    file
}

/// A cue ends at an empty line, and a line with an arrow is taken for its times: a text must hold
/// neither.
fn lines(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
        .replace("-->", "->")
}

fn time(ms: u64, mark: char) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{mark}{:03}",
        ms % 1_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues() -> Vec<Cue> {
        let cue = |start_ms, end_ms, text: &str| Cue {
            start_ms,
            end_ms,
            text: text.into(),
        };
        vec![
            cue(0, 1_250, "Hello."),
            cue(3_599_999, 3_661_001, "a <b>\n\n& c --> d"),
        ]
    }

    #[test]
    fn srt_numbers_its_cues() {
        assert_eq!(
            srt(&cues()),
            "1\n00:00:00,000 --> 00:00:01,250\nHello.\n\n\
             2\n00:59:59,999 --> 01:01:01,001\na <b>\n& c -> d\n\n"
        );
    }

    #[test]
    fn vtt_escapes_its_text() {
        assert_eq!(
            vtt(&cues()),
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nHello.\n\n\
             00:59:59.999 --> 01:01:01.001\na &lt;b&gt;\n&amp; c -&gt; d\n\n"
        );
    }
}
