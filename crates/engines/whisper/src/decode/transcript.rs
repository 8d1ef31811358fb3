//! What was written, without its loops, as a transcript.

use mynah_speech::{Transcript, Word};

use crate::repetition::{loops, repeats};
use crate::segment::Segment;
use crate::transcription::Dropped;
use crate::words::{text, words};

/// The text of segments. Where they turn in a loop that no other attempt confirmed, its first round
/// stays; a segment that still says the same over and over is left out.
pub(super) fn transcript(
    segments: &[Segment],
    unspaced: bool,
    dropped: &mut Dropped,
) -> Transcript {
    let mut parts: Vec<Vec<Word>> = segments
        .iter()
        .map(|segment| words(&segment.tokens, unspaced))
        .collect();
    let whole: String = segments
        .iter()
        .map(|segment| text(&segment.tokens))
        .collect();
    if !repeats(&whole) || segments.iter().all(|segment| segment.confirmed) {
        return of(whole.trim().to_owned(), &parts);
    }
    let all: Vec<String> = parts
        .iter()
        .flatten()
        .map(|word| plain(&word.text))
        .collect();
    let again = loops(&all);
    let mut place = 0;
    for part in &mut parts {
        part.retain(|_| {
            place += 1;
            let said_before = again.iter().any(|range| range.contains(&(place - 1)));
            !said_before
        });
        if repeats(&joined(part, unspaced)) {
            part.clear();
        }
    }
    let kept: usize = parts.iter().map(Vec::len).sum();
    dropped.repeated += all.len() - kept;
    let text = joined(&parts.concat(), unspaced);
    of(text, &parts)
}

/// The same word, whatever stands around it.
fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

fn joined(words: &[Word], unspaced: bool) -> String {
    let all: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    all.join(if unspaced { "" } else { " " })
}

/// A transcript whose words follow one another.
fn of(text: String, parts: &[Vec<Word>]) -> Transcript {
    let (mut words, mut place) = (parts.concat(), 0);
    for word in &mut words {
        word.start_ms = word.start_ms.max(place);
        word.end_ms = word.end_ms.max(word.start_ms);
        place = word.end_ms;
    }
    Transcript {
        text,
        words,
        language: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Token;

    fn segment(text: &str) -> Segment {
        let token = |word: &str| Token {
            bytes: format!(" {word}").into_bytes(),
            log_probability: -0.1,
            start_ms: 0,
            end_ms: 10,
        };
        let tokens = text.split(' ').map(token).collect();
        Segment {
            log_probability: -0.1,
            ended: true,
            confirmed: false,
            tokens,
        }
    }

    #[test]
    fn a_loop_over_segments_stays_once() {
        let mut segments = vec![segment("We begin.")];
        segments.extend((0..12).map(|_| segment("Thank you for watching.")));
        let mut dropped = Dropped::default();
        let said = transcript(&segments, false, &mut dropped);
        assert_eq!(said.text, "We begin. Thank you for watching.");
        assert_eq!(said.words.len(), 6);
        assert_eq!(dropped.repeated, 44);
    }

    #[test]
    fn speech_is_left_as_it_is() {
        let mut dropped = Dropped::default();
        let said = transcript(
            &[segment("No, no, no, no!"), segment("Yes.")],
            false,
            &mut dropped,
        );
        assert_eq!(
            (&*said.text, dropped),
            ("No, no, no, no! Yes.", Dropped::default())
        );
    }

    #[test]
    fn confirmed_repetition_stays() {
        let sentence = "Please hold the line.";
        let mut segments = [segment(&[sentence; 12].join(" "))];
        segments[0].confirmed = true;
        let mut dropped = Dropped::default();
        let said = transcript(&segments, false, &mut dropped);
        assert_eq!(said.text.matches(sentence).count(), 12);
        assert_eq!(dropped, Dropped::default());
    }

    #[test]
    fn a_loop_that_is_too_long_to_follow_is_left_out() {
        let phrase: Vec<String> = (0..20).map(|number| format!("word{number}")).collect();
        let phrase = phrase.join(" ");
        let mut dropped = Dropped::default();
        let said = transcript(&[segment(&[&*phrase; 9].join(" "))], false, &mut dropped);
        assert_eq!(said, Transcript::default());
        assert!(dropped.repeated > 100);
    }
}
