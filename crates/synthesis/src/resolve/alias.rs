//! Aliases such as OpenAI's names.

use std::sync::Arc;

use mynah_speech::{Language, SpeechError, Synthesizer, Voice, VoiceKind};

use super::{ResolvedVoice, VoiceOfEngine, VoiceResolver, wanted_language, without_region};
use crate::{AliasSettings, SpeechJob};

impl VoiceResolver<'_> {
    /// The alias of this name, in any case.
    pub(super) fn alias(&self, name: &str) -> Option<&AliasSettings> {
        let aliases = &self.settings.aliases;
        let alike = || {
            aliases
                .iter()
                .find(|(alias, _)| alias.eq_ignore_ascii_case(name))
        };
        aliases
            .get(name)
            .or_else(|| alike().map(|(_, alias)| alias))
    }

    pub(super) fn by_alias(
        &self,
        alias: &AliasSettings,
        job: &SpeechJob,
        prose: &str,
        candidates: &[Arc<dyn Synthesizer>],
    ) -> Result<ResolvedVoice, SpeechError> {
        let language = wanted_language(job, prose);
        let (engine, voice) = self
            .voice_of_alias(alias, candidates, &language)
            .map_or_else(
                || self.best(candidates, &language, VoiceKind::Preset, alias.gender),
                Ok,
            )?;
        Ok(ResolvedVoice {
            engine,
            voice,
            language,
            by_alias: true,
            by_name: false,
            kept: None,
        })
    }

    /// The alias's voice for a language, of the first engine that has one for it.
    ///
    /// An alias promises a language, not a region: its voice speaks the language with its own accent,
    /// unless another voice of the same engine has the region.
    fn voice_of_alias(
        &self,
        alias: &AliasSettings,
        candidates: &[Arc<dyn Synthesizer>],
        language: &Language,
    ) -> Option<VoiceOfEngine> {
        let wider = without_region(language);
        for engine in candidates {
            let mut voices = engine.voices();
            let is_own = |voice: &Voice| alias.voices.contains(&voice.id);
            let speaks = |voice: &Voice| voice.supports_language(language);
            if !voices
                .iter()
                .any(|voice| is_own(voice) && (speaks(voice) || voice.supports_language(&wider)))
            {
                continue;
            }
            voices.retain(|voice| voice.kind == VoiceKind::Preset);
            voices.retain(|voice| is_own(voice) || speaks(voice));
            voices.sort_by_key(|voice| {
                let other_gender = alias.gender.is_some() && voice.gender != alias.gender;
                (!speaks(voice), !is_own(voice), other_gender)
            });
            if !voices.is_empty() {
                return Some((Arc::clone(engine), voices.remove(0)));
            }
        }
        None
    }
}
