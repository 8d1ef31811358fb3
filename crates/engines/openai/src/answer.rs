//! What an endpoint answers, and which of it is a translation.

use serde::Deserialize;

/// Why an answer is no translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTranslation {
    /// Not the JSON of a chat completion, or one without a choice.
    Malformed,
    /// Nothing but white space.
    Empty,
    /// It ended at the limit of tokens: its end is missing.
    CutOff,
    /// The model or a filter before it would not.
    Refused,
    /// It ended in a way that is no end of a text, such as the call of a tool.
    Unfinished,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

/// The translation of `source` in the body of an answer.
pub(crate) fn translation(body: &[u8], source: &str) -> Result<String, NoTranslation> {
    let completion: Completion =
        serde_json::from_slice(body).map_err(|_| NoTranslation::Malformed)?;
    let choice = completion.choices.into_iter().next();
    let Choice {
        message,
        finish_reason,
    } = choice.ok_or(NoTranslation::Malformed)?;
    if message.refusal.is_some_and(|refusal| !refusal.is_empty()) {
        return Err(NoTranslation::Refused);
    }
    match finish_reason.as_deref() {
        // Some servers leave it out.
        None | Some("stop") => {}
        Some("length") => return Err(NoTranslation::CutOff),
        Some("content_filter") => return Err(NoTranslation::Refused),
        Some(_) => return Err(NoTranslation::Unfinished),
    }
    let content = message.content.unwrap_or_default();
    let text = unquoted(content.trim(), source);
    if text.is_empty() {
        return Err(NoTranslation::Empty);
    }
    Ok(text.to_owned())
}

/// Quotation marks that a model may put around its answer, opening and closing.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('“', '”'),
    ('„', '“'),
    ('«', '»'),
    ('「', '」'),
    ('\'', '\''),
];

/// The answer without the one pair of quotation marks around all of it, where the source has
/// none of any kind at either end. `"A" and "B"` keeps its own.
fn unquoted<'a>(answer: &'a str, source: &str) -> &'a str {
    let mark = |c: char| QUOTES.iter().any(|&(open, close)| c == open || c == close);
    let source = source.trim();
    if source.starts_with(mark) || source.ends_with(mark) {
        return answer;
    }
    for (open, close) in QUOTES {
        let inner = answer
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner.filter(|inner| !inner.contains([open, close])) {
            return inner.trim();
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_only_where_the_source_has_none() {
        for (answer, source, kept) in [
            ("\"Hola.\"", "Hello.", "Hola."),
            ("«Hola.»", "Hello.", "Hola."),
            ("\"Hola.\"", "“Hello.”", "\"Hola.\""),
            ("\"Hola\", dijo.", "\"Hello\", he said.", "\"Hola\", dijo."),
            ("\"A\" y \"B\"", "A and B", "\"A\" y \"B\""),
            ("\"", "Hello", "\""),
            ("Hola.", "Hello.", "Hola."),
        ] {
            assert_eq!(unquoted(answer, source), kept, "{answer}");
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for body in [
            &b""[..],
            b"[]",
            b"{\"choices\":[]}",
            b"{\"choices\":[{}]}",
            b"\xff",
        ] {
            assert_eq!(translation(body, "x"), Err(NoTranslation::Malformed));
        }
    }
}
