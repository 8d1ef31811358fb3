//! The edges of words, moved out of the silence around them.
//!
//! The alignment gives each token the place where the next one begins. A pause belongs to the word
//! behind it, and the first word begins with the window. The level of the sound tells where the
//! words themselves are.

use mynah_speech::Word;

use crate::clip::RATE;

/// Samples whose level is measured together: 10 ms.
const BLOCK: usize = RATE / 100;
const BLOCK_MS: u64 = 10;
/// How far below the loud parts silence lies, as a ratio of amplitudes: 30 dB.
const SILENCE_RATIO: f64 = 0.032;
/// The part of the blocks that is louder than the level of speech.
const LOUD_PART: usize = 10;
/// The shortest pause within the span of a word that parts it from sound of its neighbours, and
/// the longest such sound, in blocks.
const PAUSE_BLOCKS: usize = 15;
const STRAY_BLOCKS: usize = 15;

/// Moves the edges of words, whose times are milliseconds of these samples, to where sound begins
/// and ends between them. Edges only move inwards.
pub(crate) fn trim(words: &mut [Word], samples: &[f32]) {
    let levels: Vec<f64> = samples.chunks(BLOCK).map(level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let Some(speech) = sorted.get(sorted.len() / LOUD_PART) else {
        return;
    };
    let loud: Vec<bool> = levels
        .iter()
        .map(|level| *level > speech * SILENCE_RATIO)
        .collect();
    for word in words {
        let block =
            |ms: u64| usize::try_from(ms / BLOCK_MS).map_or(loud.len(), |at| at.min(loud.len()));
        let (from, to) = (block(word.start_ms), block(word.end_ms));
        if let Some((first, last)) = sounding(&loud[from..to.max(from)]) {
            word.start_ms = word.start_ms.max((from + first) as u64 * BLOCK_MS);
            word.end_ms = word.end_ms.min((from + last) as u64 * BLOCK_MS);
        }
    }
}

/// The part of a word's span that sounds: from its first loud block to behind its last one, less
/// the sound of a neighbour beyond a pause.
fn sounding(loud: &[bool]) -> Option<(usize, usize)> {
    let mut first = loud.iter().position(|loud| *loud)?;
    let mut last = loud.iter().rposition(|loud| *loud)? + 1;
    if let Some((from, to)) = longest_pause(&loud[first..last]) {
        let (before, behind) = (from, last - first - to);
        if before <= STRAY_BLOCKS && before < behind {
            first += to;
        } else if behind <= STRAY_BLOCKS && behind < before {
            last = first + from;
        }
    }
    Some((first, last))
}

/// The longest stretch without sound that is a pause.
fn longest_pause(loud: &[bool]) -> Option<(usize, usize)> {
    let (mut longest, mut from) = (None, 0);
    for at in 0..=loud.len() {
        if at < loud.len() && !loud[at] {
            continue;
        }
        let length = at - from;
        if length >= PAUSE_BLOCKS && longest.is_none_or(|(from, to)| length > to - from) {
            longest = Some((from, at));
        }
        from = at + 1;
    }
    longest
}

fn level(block: &[f32]) -> f64 {
    let sum: f64 = block.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (sum / block.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of silence with sound in these parts, in milliseconds.
    fn sound(parts: &[(usize, usize)]) -> Vec<f32> {
        let mut samples = vec![0.0; RATE];
        for (from, to) in parts {
            samples[from * RATE / 1_000..to * RATE / 1_000].fill(0.2);
        }
        samples
    }

    fn trimmed(parts: &[(usize, usize)], start_ms: u64, end_ms: u64) -> (u64, u64) {
        let text = "word".to_owned();
        let mut words = [Word {
            text,
            start_ms,
            end_ms,
            confidence: None,
        }];
        trim(&mut words, &sound(parts));
        (words[0].start_ms, words[0].end_ms)
    }

    #[test]
    fn edges_move_to_where_sound_begins_and_ends() {
        assert_eq!(trimmed(&[(300, 600)], 0, 1_000), (300, 600));
        assert_eq!(trimmed(&[(300, 600)], 350, 550), (350, 550), "inwards only");
        assert_eq!(trimmed(&[], 100, 200), (100, 200), "silence");
        assert_eq!(
            trimmed(&[(0, 500)], 900, 5_000),
            (900, 5_000),
            "beyond the clip"
        );
    }

    #[test]
    fn sound_beyond_a_pause_is_of_a_neighbour() {
        assert_eq!(trimmed(&[(0, 100), (400, 900)], 50, 950), (400, 900));
        assert_eq!(trimmed(&[(0, 400), (800, 900)], 0, 950), (0, 400));
        // Both parts are too long to be a rest of another word.
        assert_eq!(trimmed(&[(0, 300), (600, 900)], 0, 950), (0, 900));
    }
}
