//! Settings that have another name now. The old name is an error that names the new one.

/// Old and new names, in the order of the old ones.
pub(super) const RENAMED: &[(&str, &str)] = &[
    ("engines.apertium_modes", "engines.apertium.modes"),
    ("engines.espeak_program", "engines.espeak.program"),
    ("engines.flite_folder", "engines.flite.folder"),
    ("engines.marian_loaded", "engines.marian.max_loaded"),
    ("engines.marian_models", "engines.marian.models"),
    ("engines.marian_threads", "engines.marian.threads"),
    ("engines.openai_key", "engines.openai.key"),
    ("engines.openai_languages", "engines.openai.languages"),
    ("engines.openai_model", "engines.openai.model"),
    ("engines.openai_seconds", "engines.openai.timeout_seconds"),
    ("engines.openai_url", "engines.openai.url"),
    ("engines.pocketsphinx_folder", "engines.pocketsphinx.folder"),
    ("engines.pocketsphinx_model", "engines.pocketsphinx.model"),
    ("engines.qwen3_frames", "engines.qwen3.frames"),
    ("engines.qwen3_model", "engines.qwen3.model"),
    ("engines.qwen3_precision", "engines.qwen3.precision"),
    ("engines.qwen3_pretokenizer", "engines.qwen3.pretokenizer"),
    ("engines.qwen3_retries", "synthesis.retries"),
    ("engines.qwen3_streams", "engines.qwen3.streams"),
    ("engines.qwen3_threads", "engines.qwen3.threads"),
    ("engines.qwen3_voices", "engines.qwen3.voices"),
    ("engines.tone", "engines.tone.enabled"),
    ("engines.tone_work_ms", "engines.tone.latency_ms"),
    ("engines.whisper_model", "engines.whisper.model"),
    ("engines.whisper_states", "engines.whisper.decoders"),
    ("engines.whisper_threads", "engines.whisper.threads"),
    (
        "gateway.bus.resume_seconds",
        "gateway.bus.resume_timeout_seconds",
    ),
    ("gateway.unread_seconds", "gateway.send_timeout_seconds"),
    (
        "interpreter.recognise_seconds",
        "interpreter.recognize_seconds",
    ),
    (
        "pipeline.read_back_seconds",
        "pipeline.output_replay_seconds",
    ),
    ("synthesis.first_piece_chars", "synthesis.first_chunk_chars"),
    ("synthesis.piece_chars", "synthesis.chunk_chars"),
];

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::Config;

    #[test]
    fn new_names_are_settings_and_old_ones_are_not() {
        let defaults = serde_json::to_value(Config::default()).expect("JSON");
        let find = |name: &str| {
            let path = format!("/{}", name.replace('.', "/"));
            defaults.pointer(&path).cloned()
        };
        for (old, new) in RENAMED {
            assert!(find(new).is_some(), "{new} is no setting");
            // A table may have taken the name of a value.
            assert!(
                find(old).is_none_or(|own| matches!(own, Value::Object(_))),
                "{old}"
            );
        }
        assert!(RENAMED.is_sorted());
    }

    #[test]
    fn the_page_of_renames_has_the_same_settings() {
        const PAGE: &str = include_str!("../../../../docs/renames.md");
        let section = PAGE
            .split("\n## ")
            .find_map(|it| it.strip_prefix("Settings\n"));
        let rows = section.expect("the section of settings").lines();
        let listed: Vec<_> = rows
            .filter_map(|row| {
                row.strip_prefix("| `")?
                    .strip_suffix("` |")?
                    .split_once("` | `")
            })
            .collect();
        assert_eq!(listed, RENAMED);
    }
}
