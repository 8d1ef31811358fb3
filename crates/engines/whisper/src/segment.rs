//! A stretch of text as the library gives it: what stands between two of its times.

use whisper_rs::{WhisperSegment, WhisperState};

use crate::words::Token;

/// Milliseconds in the library's unit of time.
const TICK_MS: u64 = 10;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    /// Where it begins, in milliseconds of the clip.
    pub(crate) start_ms: u64,
    /// The mean logarithm of its tokens' probabilities, those of times among them.
    pub(crate) log_probability: f32,
    /// Its tokens that are text.
    pub(crate) tokens: Vec<Token>,
}

/// All segments of a decode, within a clip of this length. `end` is the first token that is no text.
pub(crate) fn all(state: &WhisperState, end: i32, length_ms: u64) -> Vec<Segment> {
    let segments = state.as_iter();
    segments
        .map(|segment| one(&segment, end, length_ms))
        .collect()
}

fn one(segment: &WhisperSegment<'_>, end: i32, length_ms: u64) -> Segment {
    let place = |tick: i64| u64::try_from(tick).map_or(0, |tick| (tick * TICK_MS).min(length_ms));
    let (from, to) = (segment.start_timestamp(), segment.end_timestamp());
    let (mut tokens, mut sum, mut count) = (Vec::new(), 0.0, 0_u16);
    for token in (0..segment.n_tokens()).filter_map(|place| segment.get_token(place)) {
        let data = token.token_data();
        sum += data.plog;
        count = count.saturating_add(1);
        if data.id >= end {
            continue;
        }
        // A time that the library did not find is below zero.
        let within = |time: i64, other: i64| place(if time < 0 { other } else { time });
        tokens.push(Token {
            bytes: token.to_bytes().unwrap_or_default().to_vec(),
            log_probability: data.plog,
            start_ms: within(data.t0, from),
            end_ms: within(data.t1, to),
        });
    }
    Segment {
        start_ms: place(from),
        log_probability: sum / f32::from(count.max(1)),
        tokens,
    }
}
