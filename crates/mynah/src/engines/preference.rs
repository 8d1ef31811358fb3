//! Which engine is preferred for a task where several can do it.
//!
//! An engine answers for a language that it has; one of lower preference answers for the others.

use std::sync::Arc;

use crate::exit::CliError;

/// Engines that synthesize. Qwen3-TTS is not in its place by quality: where it was not asked for, and was
/// not measured to be as fast as speech on this machine (`speed`), it comes last.
pub(super) const SYNTHESIS: [&str; 5] = ["kokoro", "flite", "espeak", "tone", "qwen3"];

/// Engines that recognize.
pub(super) const RECOGNITION: [&str; 3] = ["whisper", "pocketsphinx", "tone"];

/// Engines that translate: an endpoint that was set, then models on this machine.
pub(super) const TRANSLATION: [&str; 5] = ["openai", "bergamot", "marian", "apertium", "tone"];

/// The engines of a task in order: the preferred ones in theirs, then the others in the default one.
///
/// # Errors
/// A preferred name that is no engine of the task: `setting` and what there is.
pub(super) fn in_order<E: ?Sized>(
    mut engines: Vec<Arc<E>>,
    id: impl Fn(&E) -> &'static str,
    setting: &str,
    preferred: &[String],
    default: &[&str],
) -> Result<Vec<Arc<E>>, CliError> {
    for name in preferred {
        if !default.contains(&name.as_str()) {
            return Err(CliError::bad_input(format!(
                "{setting}: there is no engine {name:?}; there are {}",
                default.join(", ")
            )));
        }
    }
    engines.sort_by_key(|engine| {
        let id = id(engine);
        let own = preferred.iter().position(|name| name == id);
        let usual = default.iter().position(|name| *name == id);
        (
            own.unwrap_or(preferred.len()),
            usual.unwrap_or(default.len()),
        )
    });
    Ok(engines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(preferred: &[&str]) -> Result<Vec<&'static str>, String> {
        let engines: Vec<Arc<&'static str>> = ["espeak", "qwen3", "flite", "kokoro"]
            .into_iter()
            .map(Arc::new)
            .collect();
        let preferred: Vec<String> = preferred.iter().map(|name| (*name).to_owned()).collect();
        let sorted = in_order(engines, |id| id, "synthesis.prefer", &preferred, &SYNTHESIS);
        let names = sorted.map(|engines| engines.iter().map(|id| **id).collect());
        names.map_err(|error| error.to_string())
    }

    #[test]
    fn preferred_engines_come_first_in_the_order_of_the_setting() {
        assert_eq!(order(&[]).unwrap(), ["kokoro", "flite", "espeak", "qwen3"]);
        assert_eq!(
            order(&["qwen3", "espeak"]).unwrap(),
            ["qwen3", "espeak", "kokoro", "flite"]
        );
    }

    #[test]
    fn unknown_preferred_engines_are_refused_with_the_known_ones() {
        let error = order(&["whisper"]).unwrap_err();
        assert!(error.contains("synthesis.prefer"), "{error}");
        assert!(error.contains("kokoro"), "{error}");
    }
}
