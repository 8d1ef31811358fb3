//! Who does the work for a pair of languages.

use std::sync::Arc;

use mynah_speech::{
    EngineHealth, EngineInfo, Engines, Language, LanguageChoice, Recognizer, SpeechError,
    Translator, Voice,
};

/// How many alternatives an error names.
const NAMED_ALTERNATIVES: usize = 12;

/// The engines for a pair of languages: checked before anything is heard.
#[derive(Clone)]
pub struct Route {
    pub(crate) recognizer: Arc<dyn Recognizer>,
    pub(crate) translator: Option<Arc<dyn Translator>>,
    source: Language,
    target: Language,
    voice: Option<Voice>,
}

impl Route {
    /// Finds a recogniser and, where the languages differ, a translator. May open engines.
    pub(crate) fn find(
        engines: &Engines,
        source: &LanguageChoice,
        target: &Language,
    ) -> Result<Self, SpeechError> {
        let (recognizer, source) = recognizer(engines, source)?;
        let (translator, target) = translator(engines, &source, target)?;
        Ok(Self {
            recognizer,
            translator,
            source,
            target,
            voice: None,
        })
    }

    pub(crate) fn with_voice(self, voice: Voice) -> Self {
        Self {
            voice: Some(voice),
            ..self
        }
    }

    /// What is listened to.
    pub const fn source(&self) -> &Language {
        &self.source
    }

    /// What is spoken.
    pub const fn target(&self) -> &Language {
        &self.target
    }

    /// Who speaks; none where only text is wanted.
    pub const fn voice(&self) -> Option<&Voice> {
        self.voice.as_ref()
    }

    /// The engine that listens.
    pub fn recognizer(&self) -> &EngineInfo {
        self.recognizer.info()
    }

    /// The engine that translates; none where both languages are the same.
    pub fn translator(&self) -> Option<&EngineInfo> {
        self.translator.as_ref().map(|engine| engine.info())
    }
}

/// The best recogniser, and the name that it has for the language. `auto` is the first language
/// of the first recogniser that can run: none here tells languages apart by their sound.
pub(crate) fn recognizer(
    engines: &Engines,
    wanted: &LanguageChoice,
) -> Result<(Arc<dyn Recognizer>, Language), SpeechError> {
    let mut known = Vec::new();
    for engine in engines.recognizers() {
        for own in engine.languages() {
            if wanted.named().is_none_or(|wanted| own.serves(wanted)) {
                return Ok((Arc::clone(engine), own));
            }
            known.push(own.to_string());
        }
    }
    let missing = engines
        .recognizers()
        .iter()
        .map(|engine| (engine.info(), engine.health()));
    Err(none(
        "recognises",
        wanted.named(),
        "language",
        &known,
        missing,
    ))
}

/// The best translator for a direction, and the target by its name for it. None where both
/// languages are the same but for the region: the words are spoken again.
pub(crate) fn translator(
    engines: &Engines,
    source: &Language,
    target: &Language,
) -> Result<(Option<Arc<dyn Translator>>, Language), SpeechError> {
    if source.primary() == target.primary() {
        return Ok((None, target.clone()));
    }
    let mut known = Vec::new();
    for engine in engines.translators() {
        for (from, to) in engine.pairs() {
            if from.serves(source) && to.serves(target) {
                return Ok((Some(Arc::clone(engine)), target.clone()));
            }
            known.push(format!("{from} to {to}"));
        }
    }
    let missing = engines
        .translators()
        .iter()
        .map(|engine| (engine.info(), engine.health()));
    let act = format!("translates from {source}");
    Err(none(&act, Some(target), "target", &known, missing))
}

/// The error that nobody can, which names what can and what is not installed.
fn none<'a>(
    act: &str,
    wanted: Option<&Language>,
    param: &'static str,
    known: &[String],
    engines: impl Iterator<Item = (&'a EngineInfo, EngineHealth)>,
) -> SpeechError {
    let mut absent = Vec::new();
    for (info, health) in engines {
        if let EngineHealth::Missing { reason, fix } = health {
            if known.is_empty() {
                return SpeechError::Unavailable {
                    engine: info.id,
                    reason,
                    fix,
                };
            }
            absent.push(format!("{} is not installed ({fix})", info.id));
        }
    }
    let to = if param == "target" { "into " } else { "" };
    let mut message = match wanted {
        Some(wanted) => format!("no engine here {act} {to}{wanted}"),
        None => format!("no engine here {act} anything"),
    };
    if !known.is_empty() {
        let shown = &known[..known.len().min(NAMED_ALTERNATIVES)];
        message += &format!("; there is {}", shown.join(", "));
        if known.len() > shown.len() {
            message += &format!(" and {} more", known.len() - shown.len());
        }
    }
    for absent in absent {
        message += &format!("; {absent}");
    }
    SpeechError::Unsupported { param, message }
}
