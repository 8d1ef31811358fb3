//! Sentences within brackets.

use super::ending::Ending;
use super::marks::bracket_opening;

/// Whether the stop stands within a bracket that opened in the middle of this sentence:
/// `He came (late!) |Monday.` The sentence goes on after it.
pub(super) fn aside(ending: &Ending<'_>) -> bool {
    let Some(close) = ending
        .closers
        .chars()
        .find(|&c| bracket_opening(c).is_some())
    else {
        return false;
    };
    let Some(open) = bracket_opening(close) else {
        return false;
    };
    let mut depth = 1;
    for (at, c) in ending.before.char_indices().rev() {
        if c == close {
            depth += 1;
        } else if c == open {
            depth -= 1;
        }
        if depth == 0 {
            let led_in = ending.before[..at].chars().any(char::is_alphanumeric);
            return led_in || !ending.whole;
        }
    }
    false
}
