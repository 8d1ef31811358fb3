//! Resolution of the voice and the language of a job.

mod alias;
mod errors;
mod kept;

use std::sync::Arc;

use mynah_speech::text::detect_language;
use mynah_speech::{
    EngineHealth, Engines, KeptVoice, Language, LanguageChoice, SpeechError, StyleIndex,
    Synthesizer, Voice, VoiceGender, VoiceId, VoiceIndex, VoiceKind,
};

use crate::{SpeechJob, SynthesisSettings, VoiceChoice, voice_requirements};

pub(crate) use errors::{list, quoted};

/// The engine, voice and language of a job.
pub(crate) struct ResolvedVoice {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) voice: Voice,
    pub(crate) language: Language,
    /// Whether the voice was named by an alias.
    pub(crate) by_alias: bool,
    /// Whether the voice was named by its own name: it is never replaced.
    pub(crate) by_name: bool,
    /// The kept voice that is spoken by the engine's voice.
    pub(crate) kept: Option<KeptVoice>,
}

/// A voice and its engine.
type VoiceOfEngine = (Arc<dyn Synthesizer>, Voice);

/// Resolves voice and language of a job.
pub(crate) struct VoiceResolver<'a> {
    pub(crate) engines: &'a Engines,
    pub(crate) settings: &'a SynthesisSettings,
    pub(crate) kept: Option<&'a dyn VoiceIndex>,
    pub(crate) styles: Option<&'a dyn StyleIndex>,
}

impl VoiceResolver<'_> {
    /// Resolves a job whose text without markup is `prose`.
    pub(crate) fn resolve(
        &self,
        job: &SpeechJob,
        prose: &str,
    ) -> Result<ResolvedVoice, SpeechError> {
        let candidates = self.candidates(job)?;
        match &job.voice {
            VoiceChoice::Best => {
                let language = wanted_language(job, prose);
                let (engine, voice) = self.best(&candidates, &language, wanted_kind(job), None)?;
                Ok(ResolvedVoice {
                    engine,
                    voice,
                    language,
                    by_alias: false,
                    by_name: false,
                    kept: None,
                })
            }
            VoiceChoice::Named(name) => match self.kept_voice(name)? {
                Some(kept) => self.by_kept_voice(kept, job, prose),
                None => self.by_alias_or_name(name, job, prose, &candidates),
            },
        }
    }

    fn by_alias_or_name(
        &self,
        name: &str,
        job: &SpeechJob,
        prose: &str,
        candidates: &[Arc<dyn Synthesizer>],
    ) -> Result<ResolvedVoice, SpeechError> {
        match self.alias(name) {
            Some(alias) if job.engine.is_none() => self.by_alias(alias, job, prose, candidates),
            _ => self.by_name(name, job, prose, candidates),
        }
    }

    /// The language of a job that names its voice.
    fn language_of(
        &self,
        voice: &Voice,
        job: &SpeechJob,
        prose: &str,
    ) -> Result<Language, SpeechError> {
        let language = match job.language.named() {
            Some(language) => language.clone(),
            None => detect_language(prose)
                .filter(|language| voice.supports_language(language))
                .or_else(|| voice.languages.first().cloned())
                .unwrap_or_else(Language::english),
        };
        if !voice.supports_language(&language)
            && !voice.supports_language(&without_region(&language))
        {
            return Err(self.voice_lacks_language(voice, &language));
        }
        Ok(language)
    }

    /// The engines to choose from: the requested one, else the configured one, else all.
    fn candidates(&self, job: &SpeechJob) -> Result<Vec<Arc<dyn Synthesizer>>, SpeechError> {
        let Some(name) = job.engine.as_ref().or(self.settings.engine.as_ref()) else {
            return Ok(self.engines.synthesizers().to_vec());
        };
        self.engine(name, "engine").map(|engine| vec![engine])
    }

    /// An engine that is ready.
    fn engine(&self, name: &str, param: &'static str) -> Result<Arc<dyn Synthesizer>, SpeechError> {
        let Some(engine) = self.engines.synthesizer(&name.to_ascii_lowercase()) else {
            let engines: Vec<_> = self
                .engines
                .synthesizers()
                .iter()
                .map(|engine| engine.info().id.as_str())
                .collect();
            let message = format!(
                "no engine {} speaks; these do: {}",
                quoted(name),
                engines.join(", ")
            );
            return Err(SpeechError::invalid(param, message));
        };
        match engine.health() {
            EngineHealth::Ready { .. } => Ok(Arc::clone(engine)),
            EngineHealth::Missing { reason, fix } => Err(SpeechError::Unavailable {
                engine: engine.info().id,
                reason,
                fix,
            }),
        }
    }

    fn by_name(
        &self,
        name: &str,
        job: &SpeechJob,
        prose: &str,
        candidates: &[Arc<dyn Synthesizer>],
    ) -> Result<ResolvedVoice, SpeechError> {
        let (engine, voice) = if name.contains('/') {
            let id = name
                .parse()
                .map_err(|_| self.unknown_voice(name, candidates))?;
            let found = self.by_id(&id)?;
            if job
                .engine
                .as_ref()
                .is_some_and(|engine| !engine.eq_ignore_ascii_case(id.engine()))
            {
                let message = format!("voice {id} is not of the requested engine");
                return Err(SpeechError::invalid("voice", message));
            }
            found
        } else {
            self.by_bare_name(name, candidates, job.engine.is_some())?
        };
        let language = self.language_of(&voice, job, prose)?;
        Ok(ResolvedVoice {
            engine,
            voice,
            language,
            by_alias: false,
            by_name: true,
            kept: None,
        })
    }

    fn by_id(&self, id: &VoiceId) -> Result<VoiceOfEngine, SpeechError> {
        let engine = self.engine(id.engine(), "voice")?;
        if let Some(voice) = named(engine.voices(), id.name()).into_iter().next() {
            return Ok((engine, voice));
        }
        match engine.described_voice(id.name())? {
            Some(voice) => Ok((engine, voice)),
            None => Err(self.unknown_voice(&id.to_string(), &[engine])),
        }
    }

    fn by_bare_name(
        &self,
        name: &str,
        candidates: &[Arc<dyn Synthesizer>],
        engine_requested: bool,
    ) -> Result<VoiceOfEngine, SpeechError> {
        let mut found: Vec<VoiceOfEngine> = Vec::new();
        for engine in candidates {
            let own = named(engine.voices(), name).into_iter();
            found.extend(own.map(|voice| (Arc::clone(engine), voice)));
        }
        if found.is_empty() {
            for engine in candidates {
                let described = engine.described_voice(name)?;
                found.extend(described.map(|voice| (Arc::clone(engine), voice)));
            }
        }
        match found.len() {
            // The configured engine is searched first, then the others.
            0 if candidates.len() < self.engines.synthesizers().len() && !engine_requested => {
                self.by_bare_name(name, self.engines.synthesizers(), true)
            }
            0 => Err(self.unknown_voice(name, candidates)),
            1 => Ok(found.remove(0)),
            _ => {
                let ids = list(found.iter().map(|(_, voice)| voice));
                let message = format!("several voices are named {}: {ids}", quoted(name));
                Err(SpeechError::invalid("voice", message))
            }
        }
    }

    /// The best voice of a kind for a language: in the order of engines, then of voices.
    fn best(
        &self,
        candidates: &[Arc<dyn Synthesizer>],
        language: &Language,
        kind: VoiceKind,
        gender: Option<VoiceGender>,
    ) -> Result<VoiceOfEngine, SpeechError> {
        let mut some = false;
        for engine in candidates {
            let mut voices = engine.voices();
            voices.retain(|voice| voice.kind == kind);
            some |= !voices.is_empty();
            voices.retain(|voice| voice.supports_language(language));
            // An exact tag before a wider one, then the requested gender, then the engine's order.
            voices.sort_by_key(|voice| {
                let exact = voice.languages.contains(language);
                (!exact, gender.is_some() && voice.gender != gender)
            });
            if !voices.is_empty() {
                return Ok((Arc::clone(engine), voices.remove(0)));
            }
        }
        if kind != VoiceKind::Preset && !some {
            return Err(voice_requirements::no_voice_of_kind(kind, self));
        }
        let wider = without_region(language);
        if wider != *language {
            // A regional variant without a voice falls back to its language.
            return self
                .best(candidates, &wider, kind, gender)
                .map_err(|_| self.no_voice_for_language(candidates, language));
        }
        Err(self.no_voice_for_language(candidates, language))
    }

    /// All voices of ready engines, in the order of the engines.
    pub(crate) fn voices(&self) -> Vec<Voice> {
        self.engines
            .synthesizers()
            .iter()
            .flat_map(|engine| engine.voices())
            .collect()
    }
}

/// The voices of this name; where none matches exactly, those that match in another case.
fn named(voices: Vec<Voice>, name: &str) -> Vec<Voice> {
    let name = name.trim();
    let (exact, others): (Vec<_>, Vec<_>) = voices
        .into_iter()
        .filter(|voice| voice.id.name().eq_ignore_ascii_case(name))
        .partition(|voice| voice.id.name() == name);
    if exact.is_empty() { others } else { exact }
}

/// A language without its region: `en` of `en-AU`.
fn without_region(language: &Language) -> Language {
    language
        .primary()
        .parse()
        .unwrap_or_else(|_| language.clone())
}

/// The request's language, else the detected one, else English.
fn wanted_language(job: &SpeechJob, prose: &str) -> Language {
    match &job.language {
        LanguageChoice::Is(language) => language.clone(),
        LanguageChoice::Auto => detect_language(prose).unwrap_or_else(Language::english),
    }
}

/// The kind of voice of a job, or its default.
fn wanted_kind(job: &SpeechJob) -> VoiceKind {
    job.kind.unwrap_or(match job.reference {
        Some(_) => VoiceKind::Cloned,
        None => VoiceKind::Preset,
    })
}
