//! Resolution of the voice and the language of a job.

use std::sync::Arc;

use mynah_speech::text::detect_language;
use mynah_speech::{
    EngineHealth, Engines, Language, LanguageChoice, SpeechError, Synthesizer, Voice, VoiceGender,
    VoiceId, VoiceKind,
};

use crate::{AliasSettings, SpeechJob, SynthesisSettings, VoiceChoice, voice_requirements};

/// Number of alternatives in an error.
const MAX_NAMED_ALTERNATIVES: usize = 6;

/// The maximum length of a name that an error quotes, in bytes.
const MAX_QUOTED_NAME_BYTES: usize = 64;

/// The engine, voice and language of a job.
pub(crate) struct ResolvedVoice {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) voice: Voice,
    pub(crate) language: Language,
    /// Whether the voice was named by an alias.
    pub(crate) by_alias: bool,
    /// Whether the voice was named by its own name: it is never replaced.
    pub(crate) by_name: bool,
}

/// A voice and its engine.
type VoiceOfEngine = (Arc<dyn Synthesizer>, Voice);

/// Resolves voice and language of a job.
pub(crate) struct VoiceResolver<'a> {
    pub(crate) engines: &'a Engines,
    pub(crate) settings: &'a SynthesisSettings,
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
                })
            }
            VoiceChoice::Named(name) => match self.alias(name) {
                Some(alias) if job.engine.is_none() => {
                    self.by_alias(alias, job, prose, &candidates)
                }
                _ => self.by_name(name, job, prose, &candidates),
            },
        }
    }

    /// The alias of this name, in any case.
    fn alias(&self, name: &str) -> Option<&AliasSettings> {
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

    fn by_alias(
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
            return Err(self.voice_lacks_language(&voice, &language));
        }
        Ok(ResolvedVoice {
            engine,
            voice,
            language,
            by_alias: false,
            by_name: true,
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

    fn no_voice_for_language(
        &self,
        candidates: &[Arc<dyn Synthesizer>],
        language: &Language,
    ) -> SpeechError {
        let missing: Vec<_> = candidates
            .iter()
            .filter_map(|engine| match engine.health() {
                EngineHealth::Missing { reason, fix } => Some((engine.info().id, reason, fix)),
                EngineHealth::Ready { .. } => None,
            })
            .collect();
        if missing.len() == candidates.len()
            && let Some((engine, reason, _)) = missing.first().cloned()
        {
            // Any of them would do, the best one first.
            let fixes: Vec<_> = missing.iter().map(|(.., fix)| fix.as_str()).collect();
            return SpeechError::Unavailable {
                engine,
                reason,
                fix: fixes.join("; or: "),
            };
        }
        let mut message = format!("no engine here speaks {language}");
        for (engine, _, fix) in missing {
            message += &format!("; {engine} is not installed ({fix})");
        }
        SpeechError::Unsupported {
            param: "language",
            message,
        }
    }

    fn voice_lacks_language(&self, voice: &Voice, language: &Language) -> SpeechError {
        let all = self.voices();
        let alike = |other: &&Voice| other.kind == voice.kind && other.supports_language(language);
        let others: Vec<_> = all.iter().filter(alike).collect();
        let message = if others.is_empty() {
            format!(
                "voice {} does not speak {language}, and no other voice here does",
                voice.id
            )
        } else {
            format!(
                "voice {} does not speak {language}; these do: {}",
                voice.id,
                list(others)
            )
        };
        SpeechError::Unsupported {
            param: "language",
            message,
        }
    }

    fn unknown_voice(&self, name: &str, candidates: &[Arc<dyn Synthesizer>]) -> SpeechError {
        let some: Vec<_> = candidates
            .iter()
            .flat_map(|engine| engine.voices())
            .collect();
        let mut message = format!("there is no voice {}", quoted(name));
        if !some.is_empty() {
            message += &format!("; there are, among others: {}", list(&some));
        }
        SpeechError::invalid("voice", message)
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

/// The first few of some voices by their ids.
pub(crate) fn list<'a>(voices: impl IntoIterator<Item = &'a Voice>) -> String {
    let ids: Vec<_> = voices
        .into_iter()
        .take(MAX_NAMED_ALTERNATIVES)
        .map(|voice| voice.id.to_string())
        .collect();
    ids.join(", ")
}

/// A name for a message: of bounded length, and on one line.
fn quoted(name: &str) -> String {
    let plain = name.len() <= MAX_QUOTED_NAME_BYTES && !name.chars().any(char::is_control);
    if plain {
        format!("'{name}'")
    } else {
        "of this name".into()
    }
}
