//! The engines for a pair of languages.

use std::sync::Arc;

use mynah_speech::translation::TranslationRoute;
use mynah_speech::{
    EngineHealth, EngineInfo, Engines, Language, LanguageChoice, RecognitionHints, SpeechError,
    Voice,
};

use crate::SelectedRecognizer;

/// The alternatives that an error lists at most.
const MAX_ALTERNATIVES: usize = 12;

/// The engines of a session, selected before its first audio.
#[derive(Clone)]
pub struct Route {
    pub(crate) recognizer: SelectedRecognizer,
    target: Language,
    voice: Option<Voice>,
}

impl Route {
    /// Selects a recognizer, and checks that there is a translator. May open engines.
    pub(crate) fn find(
        engines: &Engines,
        source: &LanguageChoice,
        target: &Language,
    ) -> Result<Self, SpeechError> {
        let recognizer = recognizer(engines, source)?;
        match &recognizer.language {
            LanguageChoice::Is(source) => translator(engines, source, target).map(drop)?,
            LanguageChoice::Auto => {
                some_translator(engines, &recognizer.engine.languages(), target)?;
            }
        }
        Ok(Self {
            recognizer,
            target: target.clone(),
            voice: None,
        })
    }

    pub(crate) fn with_voice(self, voice: Voice) -> Self {
        Self {
            voice: Some(voice),
            ..self
        }
    }

    /// The source language; `Auto` where the recognizer identifies it segment by segment.
    pub const fn source(&self) -> &LanguageChoice {
        &self.recognizer.language
    }

    /// The target language.
    pub const fn target(&self) -> &Language {
        &self.target
    }

    /// The voice; none for text only.
    pub const fn voice(&self) -> Option<&Voice> {
        self.voice.as_ref()
    }
}

/// The best recognizer for a language. `auto` selects the best one that identifies languages; where
/// none does, it is the first language of the best one.
pub(crate) fn recognizer(
    engines: &Engines,
    wanted: &LanguageChoice,
) -> Result<SelectedRecognizer, SpeechError> {
    if *wanted == LanguageChoice::Auto
        && let Some(engine) = engines.recognizers().iter().find(|engine| engine.detects())
    {
        return Ok(SelectedRecognizer {
            engine: Arc::clone(engine),
            language: LanguageChoice::Auto,
            hints: RecognitionHints::default(),
        });
    }
    let found = match wanted {
        LanguageChoice::Is(language) => engines.recognizer_for(language),
        LanguageChoice::Auto => engines.recognizers().iter().find_map(|engine| {
            let first = engine.languages().into_iter().next()?;
            Some((engine, first))
        }),
    };
    if let Some((engine, own)) = found {
        return Ok(SelectedRecognizer {
            engine: Arc::clone(engine),
            language: LanguageChoice::Is(own),
            hints: RecognitionHints::default(),
        });
    }
    let alternatives: Vec<_> = engines
        .recognizers()
        .iter()
        .flat_map(|engine| engine.languages())
        .map(|own| own.to_string())
        .collect();
    let missing = engines
        .recognizers()
        .iter()
        .map(|engine| (engine.info(), engine.health()));
    Err(none(
        "recognizes",
        wanted.named(),
        "language",
        &alternatives,
        missing,
    ))
}

/// The best translator for a direction, or a chain of two. None where both languages are the same
/// but for the region: the text stays as it is.
pub(crate) fn translator(
    engines: &Engines,
    source: &Language,
    target: &Language,
) -> Result<Option<TranslationRoute>, SpeechError> {
    if source.is_same_language(target) {
        return Ok(None);
    }
    if let Some(route) = engines.translation_route(source, target) {
        // An engine that supports regions gets the requested one.
        let resolve = |own: Language, requested: &Language| {
            if own.serves(requested) {
                requested.clone()
            } else {
                own
            }
        };
        return Ok(Some(TranslationRoute {
            from: resolve(route.from, source),
            to: resolve(route.to, target),
            ..route
        }));
    }
    let alternatives: Vec<_> = engines
        .translators()
        .iter()
        .flat_map(|engine| engine.pairs())
        .map(|(from, to)| format!("{from} to {to}"))
        .collect();
    let missing = engines
        .translators()
        .iter()
        .map(|engine| (engine.info(), engine.health()));
    let act = format!("translates from {source}");
    Err(none(&act, Some(target), "target", &alternatives, missing))
}

/// Checks that at least one other language can be translated into the target.
fn some_translator(
    engines: &Engines,
    sources: &[Language],
    target: &Language,
) -> Result<(), SpeechError> {
    let mut first = None;
    for source in sources {
        match translator(engines, source, target) {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => {}
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// The error that no engine can, with the alternatives and the engines that are not installed.
fn none<'a>(
    act: &str,
    wanted: Option<&Language>,
    param: &'static str,
    alternatives: &[String],
    engines: impl Iterator<Item = (&'a EngineInfo, EngineHealth)>,
) -> SpeechError {
    let absent: Vec<_> = engines
        .filter_map(|(info, health)| match health {
            EngineHealth::Missing { reason, fix } => Some((info.id, reason, fix)),
            EngineHealth::Ready { .. } => None,
        })
        .collect();
    if alternatives.is_empty()
        && let Some((engine, reason, _)) = absent.first().cloned()
    {
        // Any of them would do, the best one first.
        let fixes: Vec<_> = absent.iter().map(|(.., fix)| fix.as_str()).collect();
        return SpeechError::Unavailable {
            engine,
            reason,
            fix: fixes.join("; or: "),
        };
    }
    let to = if param == "target" { "into " } else { "" };
    let mut message = match wanted {
        Some(wanted) => format!("no engine here {act} {to}{wanted}"),
        None => format!("no engine here {act} anything"),
    };
    if !alternatives.is_empty() {
        let shown = &alternatives[..alternatives.len().min(MAX_ALTERNATIVES)];
        message += &format!("; there is {}", shown.join(", "));
        if alternatives.len() > shown.len() {
            message += &format!(" and {} more", alternatives.len() - shown.len());
        }
    }
    for (engine, _, fix) in absent {
        message += &format!("; {engine} is not installed ({fix})");
    }
    SpeechError::Unsupported { param, message }
}
