//! What a model answers, which may be anything.

use serde::Deserialize;

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
}

/// Marks that models put around an answer.
const QUOTES: [(char, char); 4] = [('"', '"'), ('“', '”'), ('«', '»'), ('„', '“')];

/// The translation of `source` in a body, or why there is none.
pub(crate) fn translation(body: &[u8], source: &str) -> Result<String, &'static str> {
    let completion: Completion =
        serde_json::from_slice(body).map_err(|_| "its answer is no chat completion")?;
    let choice = completion.choices.into_iter().next();
    let choice = choice.ok_or("its answer has no choices")?;
    match choice.finish_reason.as_deref() {
        Some("length") => return Err("the translation was cut off"),
        Some("content_filter") => return Err("the translation was withheld"),
        _ => {}
    }
    let content = choice.message.content.unwrap_or_default();
    let translated = unquoted(content.trim(), source);
    if translated.is_empty() {
        return Err("the translation is empty");
    }
    Ok(translated.to_owned())
}

/// Without quotation marks around it that the source does not begin with.
fn unquoted<'a>(text: &'a str, source: &str) -> &'a str {
    if QUOTES
        .iter()
        .any(|(open, _)| source.trim().starts_with(*open))
    {
        return text;
    }
    let bare = QUOTES.iter().find_map(|(open, close)| {
        let bare = text.strip_prefix(*open)?.strip_suffix(*close)?;
        (!bare.contains([*open, *close])).then_some(bare)
    });
    bare.unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &str, source: &str) -> Result<String, &'static str> {
        let body = serde_json::json!({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]});
        translation(body.to_string().as_bytes(), source)
    }

    #[test]
    fn quotation_marks_that_were_added_are_taken_off() {
        for (content, source, expected) in [
            ("  Hola. ", "Hello.", "Hola."),
            ("\"Hola.\"", "Hello.", "Hola."),
            ("“Hola”", "Hello", "Hola"),
            (
                "\"Sí\", dijo, \"no\"",
                "Yes, he said, no",
                "\"Sí\", dijo, \"no\"",
            ),
            ("\"Hola.\"", "\"Hello.\"", "\"Hola.\""),
        ] {
            assert_eq!(of(content, source).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn half_a_translation_is_none() {
        assert_eq!(of("  ", "Hello"), Err("the translation is empty"));
        assert_eq!(of("\"\"", "Hello"), Err("the translation is empty"));
        for (reason, stated) in [
            ("length", "the translation was cut off"),
            ("content_filter", "the translation was withheld"),
        ] {
            let body = serde_json::json!({"choices": [{"message": {"content": "Ho"}, "finish_reason": reason}]});
            assert_eq!(translation(body.to_string().as_bytes(), "x"), Err(stated));
        }
        for body in ["", "{}", "[1]", "{\"choices\": []}"] {
            assert!(translation(body.as_bytes(), "x").is_err(), "{body}");
        }
    }
}
