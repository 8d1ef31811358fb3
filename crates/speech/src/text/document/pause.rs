//! Pauses that a text orders.

use std::time::Duration;

/// The longest pause that one mark may order.
pub const MAX_PAUSE: Duration = Duration::from_secs(10);

/// The longest that all marks of one text may order together.
pub const MAX_PAUSES_TOTAL: Duration = Duration::from_secs(60);

/// The longest mark `[pause:…]`, in bytes.
const MAX_MARK_BYTES: usize = 40;

/// Pauses that a text may not order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPause {
    /// One is too long.
    #[error("a pause may last at most {} s", MAX_PAUSE.as_secs())]
    TooLong,
    /// Together they are too long.
    #[error("the pauses of a text may last at most {} s in all", MAX_PAUSES_TOTAL.as_secs())]
    TotalTooLong,
    /// A length that is none.
    #[error("a pause needs its length as in 500ms or 0.5s")]
    NoLength,
}

/// The mark `[pause:500ms]` or `[pause:0.5s]` that a text begins with: its bytes and its length.
/// None where the text begins otherwise; brackets without a length are text.
pub(super) fn mark(text: &str) -> Option<(usize, Result<Duration, InvalidPause>)> {
    const OPENING: &str = "[pause:";
    let opening = text.get(..OPENING.len())?;
    if !opening.eq_ignore_ascii_case(OPENING) {
        return None;
    }
    let reach = text.floor_char_boundary(MAX_MARK_BYTES);
    let end = text[..reach].find(']')?;
    match length(&text[OPENING.len()..end]) {
        Err(InvalidPause::NoLength) => None,
        length => Some((end + 1, length)),
    }
}

/// A length as CSS and SSML write it: `500ms`, `0.5s`, `+2s`.
pub(super) fn length(text: &str) -> Result<Duration, InvalidPause> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('+').unwrap_or(&text);
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').ok_or(InvalidPause::NoLength)?, 1.0),
    };
    let number = number.trim();
    let plain = |b: u8| b.is_ascii_digit() || b == b'.';
    if !number.bytes().all(plain) {
        return Err(InvalidPause::NoLength);
    }
    let number: f64 = number.parse().map_err(|_| InvalidPause::NoLength)?;
    let seconds = number * unit;
    if seconds > MAX_PAUSE.as_secs_f64() {
        return Err(InvalidPause::TooLong);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| InvalidPause::NoLength)
}

/// The length of an SSML `<break>` by its attributes.
pub(super) fn of_break(
    time: Option<&str>,
    strength: Option<&str>,
) -> Result<Duration, InvalidPause> {
    if let Some(time) = time {
        return length(time);
    }
    let ms = match strength.map(str::to_ascii_lowercase).as_deref() {
        Some("none") => 0,
        Some("x-weak") => 100,
        Some("weak") => 250,
        Some("strong") => 1000,
        Some("x-strong") => 1500,
        // SSML 1.1: a break without attributes is of medium strength.
        _ => 500,
    };
    Ok(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_a_number_and_a_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("0.5s", 500),
            ("+2s", 2000),
            (" 1 S ", 1000),
            ("10s", 10_000),
            ("10000ms", 10_000),
            ("0s", 0),
        ] {
            assert_eq!(length(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in [
            "", "s", "5", "fast", "-1s", "1e3s", "nans", "infs", "1.2.3s",
        ] {
            assert_eq!(length(text), Err(InvalidPause::NoLength), "{text}");
        }
        for text in ["10.001s", "10001ms", "99999999999999999999s"] {
            assert_eq!(length(text), Err(InvalidPause::TooLong), "{text}");
        }
    }

    #[test]
    fn a_mark_is_found_where_it_stands() {
        let half = Ok(Duration::from_millis(500));
        assert_eq!(mark("[pause:500ms] x"), Some((13, half)));
        assert_eq!(mark("[Pause: 0.5s]"), Some((13, half)));
        assert_eq!(mark("[pause:11s]"), Some((11, Err(InvalidPause::TooLong))));
        for text in [
            "[pause]",
            "[pause: long]",
            "[pause:5]",
            "[pauses:1s]",
            "x",
            "",
        ] {
            assert_eq!(mark(text), None, "{text}");
        }
    }
}
