//! Model names of other servers, by family.

/// Families of names of speech models, where `*` matches any text.
const SPEECH_FAMILIES: [&str; 3] = ["tts-1*", "gpt-4o-mini-tts*", "kokoro*"];

/// Families of names of recognition models.
const TRANSCRIPTION_FAMILIES: [&str; 3] = ["whisper*", "gpt-4o*-transcribe*", "gpt-transcribe*"];

/// Whether a `model` of a speech request is an alias, for which the server selects the engine: one
/// of the operator's names or of a known family, in any case.
pub(crate) fn is_speech_alias(model: &str, names: &[String]) -> bool {
    is_alias(model, names, &SPEECH_FAMILIES)
}

/// The same for a transcription.
pub(crate) fn is_transcription_alias(model: &str, names: &[String]) -> bool {
    is_alias(model, names, &TRANSCRIPTION_FAMILIES)
}

fn is_alias(model: &str, names: &[String], families: &[&str]) -> bool {
    let model = model.trim().to_ascii_lowercase();
    names.iter().any(|name| name.eq_ignore_ascii_case(&model))
        || families.iter().any(|family| is_of(&model, family))
}

/// Whether a name is of a family.
fn is_of(name: &str, family: &str) -> bool {
    let mut parts = family.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || family.ends_with('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_names_of_other_servers_match_by_family() {
        for name in [
            "tts-1",
            "TTS-1-HD",
            "tts-1-1106",
            "gpt-4o-mini-tts-2025-12-15",
            "kokoro",
            "Kokoro-82M",
            "kokoro-v1.0",
            " tts-1 ",
        ] {
            assert!(is_speech_alias(name, &[]), "{name}");
        }
        for name in ["tts-2", "gpt-4o-mini", "my-kokoro", "", "flite", "tts"] {
            assert!(!is_speech_alias(name, &[]), "{name}");
        }
        for name in [
            "whisper-1",
            "whisper-large-v3",
            "Whisper",
            "gpt-4o-transcribe",
            "gpt-4o-mini-transcribe-2025-12-15",
            "gpt-4o-transcribe-diarize",
        ] {
            assert!(is_transcription_alias(name, &[]), "{name}");
        }
        for name in ["gpt-4o-mini-tts", "gpt-4o", "transcribe", "pocketsphinx"] {
            assert!(!is_transcription_alias(name, &[]), "{name}");
        }
        assert!(is_speech_alias("my-tts", &["My-TTS".into()]));
    }
}
