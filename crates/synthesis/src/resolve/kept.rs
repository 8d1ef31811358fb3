//! Kept voices: found before aliases and engines' bare names.

use std::sync::Arc;

use mynah_speech::{DEFAULT_WORKSPACE, KeptVoice, SpeechError, VoiceAnchor, VoiceId, cloned_voice};

use super::errors::quoted;
use super::{ResolvedVoice, VoiceOfEngine, VoiceResolver};
use crate::SpeechJob;

impl VoiceResolver<'_> {
    /// The kept voice of this id or name. The full id of an engine's voice is never one's name.
    pub(super) fn kept_voice(&self, name: &str) -> Result<Option<KeptVoice>, SpeechError> {
        let kept = self
            .kept
            .and_then(|kept| kept.find(DEFAULT_WORKSPACE, name));
        let Some(kept) = kept else {
            return Ok(None);
        };
        let is_engine_voice = || name.parse().is_ok_and(|id| self.by_id(&id).is_ok());
        if name.contains('/') && is_engine_voice() {
            return Ok(None);
        }
        if !kept.permission.is_given() {
            let message = format!(
                "the consent of the voice {} was revoked",
                quoted(&kept.name)
            );
            return Err(SpeechError::invalid("voice", message));
        }
        Ok(Some(kept))
    }

    /// A kept voice: by the engine whose preset it is, else by the first that speaks with the voice of a
    /// recording.
    pub(super) fn by_kept_voice(
        &self,
        kept: KeptVoice,
        job: &SpeechJob,
        prose: &str,
    ) -> Result<ResolvedVoice, SpeechError> {
        if job.reference.is_some() {
            let message = "a kept voice is complete; leave `ref_audio` out, or `voice`";
            return Err(SpeechError::invalid("ref_audio", message));
        }
        let (engine, mut voice) = match &kept.anchor {
            VoiceAnchor::Recording(_) => self.cloned_by(&kept, job)?,
            VoiceAnchor::Preset(id) => self.preset_of(&kept, id, job)?,
        };
        if !kept.languages.is_empty() {
            voice.languages.clone_from(&kept.languages);
        }
        let language = self.language_of(&voice, job, prose)?;
        Ok(ResolvedVoice {
            engine,
            voice,
            language,
            by_alias: false,
            by_name: true,
            kept: Some(kept),
        })
    }

    /// The first engine that speaks with the voice of a recording, or the one that was asked for.
    fn cloned_by(&self, kept: &KeptVoice, job: &SpeechJob) -> Result<VoiceOfEngine, SpeechError> {
        // A configured engine is a preference among voices; this voice was named.
        let found = match &job.engine {
            Some(name) => {
                let engine = self.engine(name, "engine")?;
                cloned_voice(engine.as_ref()).map(|voice| (engine, voice))
            }
            None => {
                let found = self.engines.cloning_synthesizer();
                found.map(|(engine, voice)| (Arc::clone(engine), voice))
            }
        };
        found.ok_or_else(|| SpeechError::Unsupported {
            param: "voice",
            message: format!(
                "the voice {} is made of a recording, and no engine here speaks with one; fetch a \
                 model that does: mynah models pull qwen3-tts-0.6b-base",
                quoted(&kept.name)
            ),
        })
    }

    /// The engine's voice that a kept voice is another name of.
    fn preset_of(
        &self,
        kept: &KeptVoice,
        id: &VoiceId,
        job: &SpeechJob,
    ) -> Result<VoiceOfEngine, SpeechError> {
        let is_other = |name: &String| !name.eq_ignore_ascii_case(id.engine());
        if job.engine.as_ref().is_some_and(is_other) {
            let message = format!(
                "the voice {} is {id}, which is not of the requested engine",
                quoted(&kept.name)
            );
            return Err(SpeechError::invalid("voice", message));
        }
        self.by_id(id)
    }
}
