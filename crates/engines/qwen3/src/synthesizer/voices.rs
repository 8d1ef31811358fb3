//! The voices of a checkpoint.

use mynah_speech::{Language, Voice, VoiceGender, VoiceId, VoiceKind};

use crate::config::{ModelConfig, ModelKind};

/// The voice that is designed from a description.
pub(super) const DESIGN: &str = "design";

/// The voice that is cloned from reference audio.
pub(super) const CLONE: &str = "clone";

use VoiceGender::{Female, Male};

/// The released speakers in listing order: name, display name, gender, the tag of the language in
/// which they were recorded.
const RELEASED: [(&str, &str, VoiceGender, &str); 9] = [
    ("ryan", "Ryan", Male, "en"),
    ("aiden", "Aiden", Male, "en"),
    ("vivian", "Vivian", Female, "zh"),
    ("serena", "Serena", Female, "zh"),
    ("uncle_fu", "Uncle Fu", Male, "zh"),
    ("dylan", "Dylan", Male, "zh"),
    ("eric", "Eric", Male, "zh"),
    ("ono_anna", "Ono Anna", Female, "ja"),
    ("sohee", "Sohee", Female, "ko"),
];

/// The voices of a checkpoint; one that clones also has the saved voices.
pub(super) fn of(config: &ModelConfig, saved: impl Fn() -> Vec<String>) -> Vec<Voice> {
    let languages: Vec<Language> = config.talker_config.language_tags().collect();
    let new_voice = |name: &str, display_name: &str, kind| {
        voice(name, display_name, None, languages.clone(), kind, false)
    };
    match config.kind {
        ModelKind::VoiceDesign => new_voice(DESIGN, "Described", VoiceKind::Designed)
            .into_iter()
            .collect(),
        ModelKind::Base => {
            let saved = saved().into_iter();
            let saved = saved.filter_map(|name| {
                let voice = new_voice(&name, &name, VoiceKind::Preset)?;
                Some(Voice {
                    of_person: true,
                    ..voice
                })
            });
            new_voice(CLONE, "Cloned", VoiceKind::Cloned)
                .into_iter()
                .chain(saved)
                .collect()
        }
        ModelKind::CustomVoice => presets(config, &languages),
    }
}

fn presets(config: &ModelConfig, languages: &[Language]) -> Vec<Voice> {
    let instruct = config.follows_instructions();
    let mut speakers: Vec<&str> = config.talker_config.speakers().collect();
    // Unknown speakers come after the released ones.
    let rank = |name: &str| RELEASED.iter().position(|known| known.0 == name);
    speakers.sort_by_key(|name| rank(name).unwrap_or(RELEASED.len()));
    let preset = |name: &str| {
        let known = rank(name).map(|at| RELEASED[at]);
        let mut languages = languages.to_vec();
        if let Some((.., native)) = known {
            languages.sort_by_key(|language| language.primary() != native);
        }
        let display_name = known.map_or(name, |(_, display_name, ..)| display_name);
        let gender = known.map(|(_, _, gender, _)| gender);
        voice(
            name,
            display_name,
            gender,
            languages,
            VoiceKind::Preset,
            instruct,
        )
    };
    speakers.into_iter().filter_map(preset).collect()
}

/// None where the name cannot be part of a voice's id.
fn voice(
    name: &str,
    display_name: &str,
    gender: Option<VoiceGender>,
    languages: Vec<Language>,
    kind: VoiceKind,
    instruct: bool,
) -> Option<Voice> {
    Some(Voice {
        id: VoiceId::new(super::INFO.id.as_str(), name).ok()?,
        name: display_name.to_owned(),
        languages,
        gender,
        kind,
        instruct,
        of_person: false,
    })
}
