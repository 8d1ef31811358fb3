use mynah_api::{KeptClip, KeptPrompt, KeptPromptOfVoice, StyleParam};
use mynah_speech::StyleRef;

use crate::{Prompt, PromptSource, VoicePrompt};

impl From<Prompt> for KeptPrompt {
    fn from(prompt: Prompt) -> Self {
        let quality = prompt.quality;
        Self {
            id: prompt.id.into(),
            anchor: prompt.anchor,
            style: prompt.style.map(style_param),
            tags: prompt.tags,
            transcript: prompt.transcript,
            x_vector_only: prompt.x_vector_only,
            language: prompt.language.as_ref().map(ToString::to_string),
            source: match prompt.source {
                PromptSource::Recorded => mynah_api::PromptSource::Recorded,
                PromptSource::Generated => mynah_api::PromptSource::Generated,
            },
            instruct: prompt.instruct,
            seed: prompt.seed,
            clip: KeptClip {
                id: prompt.clip.id.into(),
                sha256: prompt.clip.blob.to_string(),
                bytes: prompt.clip.bytes,
                seconds: quality.seconds,
                signal_to_noise_db: quality.signal_to_noise_db,
                clipped_fraction: quality.clipped_fraction,
                speech_fraction: quality.speech_fraction,
                loudness_lufs: quality.loudness_lufs,
            },
            created_at: prompt.created_at,
        }
    }
}

impl From<VoicePrompt> for KeptPromptOfVoice {
    fn from(own: VoicePrompt) -> Self {
        Self {
            voice: own.voice.into(),
            prompt: own.prompt.into(),
        }
    }
}

/// A style as a request would name it. Of a kept prompt an emotion always has its intensity, a mode none.
fn style_param(style: StyleRef) -> StyleParam {
    let key = String::from(style.key);
    match style.intensity {
        Some(intensity) => StyleParam {
            emotion: Some(key),
            intensity: Some(intensity.into()),
            mode: None,
        },
        None => StyleParam {
            emotion: None,
            intensity: None,
            mode: Some(key),
        },
    }
}
