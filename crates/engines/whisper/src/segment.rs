//! The text of a window as the library gives it.

use whisper_rs::WhisperState;

use crate::words::Token;

/// Milliseconds in the library's unit of time.
const TICK_MS: u64 = 10;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    /// The mean logarithm of its tokens' probabilities, that of the end among them.
    pub(crate) log_probability: f32,
    /// Whether the model ended it; otherwise it was cut off.
    pub(crate) ended: bool,
    /// Whether it repeats itself as the speaker did.
    pub(crate) confirmed: bool,
    /// Its tokens that are text. Their times are milliseconds of the window.
    pub(crate) tokens: Vec<Token>,
}

/// The text of a window of this length; none where nothing was written. `end` is the first token
/// that is no text.
pub(crate) fn of_window(state: &WhisperState, end: i32, length_ms: u64) -> Option<Segment> {
    let (mut tokens, mut ended) = (Vec::new(), false);
    let (mut sum, mut count, mut place) = (0.0, 0_u16, 0);
    for segment in state.as_iter() {
        for token in (0..segment.n_tokens()).filter_map(|number| segment.get_token(number)) {
            let data = token.token_data();
            sum += data.plog;
            count = count.saturating_add(1);
            ended |= data.id == end;
            if data.id >= end {
                continue;
            }
            // The alignment gives the end of a token. Without one the time is below zero.
            let start_ms = place;
            let aligned = u64::try_from(data.t_dtw).map_or(place, |tick| tick * TICK_MS);
            place = aligned.clamp(place, length_ms.max(place));
            tokens.push(Token {
                bytes: token.to_bytes().unwrap_or_default().to_vec(),
                log_probability: data.plog,
                start_ms,
                end_ms: place,
            });
        }
    }
    if place == 0 {
        spread(&mut tokens, length_ms);
    }
    (count > 0).then(|| Segment {
        log_probability: sum / f32::from(count.max(1)),
        ended,
        confirmed: false,
        tokens,
    })
}

/// Spreads tokens evenly, where the attention follows nothing.
fn spread(tokens: &mut [Token], length_ms: u64) {
    let count = tokens.len().max(1) as u64;
    for (number, token) in (0..).zip(tokens) {
        token.start_ms = number * length_ms / count;
        token.end_ms = (number + 1) * length_ms / count;
    }
}
