//! Quotes and what reports them: `"Really?" Tom asked.` is one sentence.

use super::ending::Ending;
use super::marks::{narrow_stop, quote_closes, wide_stop};
use super::rules::Rules;

/// How many words after a quote may name its speaker before the verb comes.
const SPEAKER_WORDS: usize = 4;

/// How many characters after a quote may do so where words are not spaced.
const SPEAKER_CHARS: usize = 12;

/// Whether a quote closes here and what follows names its speaker.
pub(super) fn narrated(ending: &Ending<'_>, rules: &Rules) -> bool {
    if rules.narration.is_empty() || !ending.closers.contains(quote_closes) {
        return false;
    }
    let (first, _) = ending.next_word();
    if rules.starters.contains(first.to_lowercase().as_str()) && first.is_ascii() {
        return false;
    }
    let clause = clause(ending.after);
    let (spaced, unspaced): (Vec<&str>, Vec<&str>) =
        rules.narration.iter().partition(|word| word.is_ascii());
    let reported = clause
        .split_whitespace()
        .take(SPEAKER_WORDS)
        .any(|word| spaced.contains(&word));
    reported || unspaced.iter().any(|word| attaches(word, clause))
}

/// The words up to the next mark.
fn clause(after: &str) -> &str {
    let parts = |c: char| narrow_stop(c) || wide_stop(c) || "，、：；,:".contains(c);
    // The dot of a title is no end: `"Why?" Mr. Hall asked.`
    let mut end = 0;
    for word in after.split_inclusive(char::is_whitespace) {
        end += word.find(parts).unwrap_or(word.len());
        if word.contains(parts) && !(word.trim_end().ends_with('.') && word.len() < 6) {
            break;
        }
        end += word.len() - word.find(parts).unwrap_or(word.len());
    }
    &after[..end]
}

/// Whether an entry for a language of other scripts attaches a clause to a quote. `^と` stands
/// at its beginning, `^と!とても` does save in that word; any other within a few characters.
fn attaches(entry: &str, clause: &str) -> bool {
    let Some(opening) = entry.strip_prefix('^') else {
        let reach = clause
            .char_indices()
            .nth(SPEAKER_CHARS)
            .map_or(clause.len(), |(at, _)| at);
        return clause[..reach].contains(entry);
    };
    let mut parts = opening.split('!');
    let opening = parts.next().unwrap_or_default();
    clause.starts_with(opening) && !parts.any(|except| clause.starts_with(except))
}
