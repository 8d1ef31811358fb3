//! The handle that doors hold.

use std::any::Any;
use std::sync::Arc;

use mynah_admission::{ClientKey, FairSemaphore};
use mynah_speech::{Cancel, Engines, Language, LanguageChoice, SpeechError};
use mynah_synthesis::Synthesis;
use tokio::sync::Semaphore;

use crate::blocking::{Held, asking};
use crate::route::{self, Route};
use crate::runner::Width;
use crate::speak::Speak;
use crate::translate::Translate;
use crate::{InterpretError, InterpreterSettings, InvalidInterpreterSettings, SessionOptions};

/// What the text of a probe is: finding a voice needs something to say.
const PROBE: &str = "a";

/// Interprets. Cheap to clone; all clones share the turns at engines.
#[derive(Clone)]
pub struct Interpreter {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) settings: Arc<InterpreterSettings>,
    /// Turns at recognizing.
    pub(crate) turns: FairSemaphore,
    /// Whose work it does.
    pub(crate) party: ClientKey,
    /// Places for previews.
    pub(crate) previews: Arc<Semaphore>,
    /// Held as long as an engine works.
    pub(crate) held: Held,
}

impl Interpreter {
    /// An interpreter made of these engines, that speaks through `synthesis`.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        engines: Engines,
        synthesis: Synthesis,
        settings: InterpreterSettings,
    ) -> Result<Self, InvalidInterpreterSettings> {
        settings.validate()?;
        Ok(Self {
            engines,
            synthesis,
            turns: FairSemaphore::new(settings.max_recognitions),
            party: ClientKey::default(),
            previews: Arc::new(Semaphore::new(settings.max_previews)),
            settings: Arc::new(settings),
            held: None,
        })
    }

    /// The same interpreter for one caller's recordings and texts: `held`, such as a place in a
    /// queue, is dropped when the last thread has come back that an engine or the detector works
    /// on for it. A future that is dropped stops its engines; the threads come back a moment later.
    #[must_use]
    pub fn holding(&self, held: Arc<dyn Any + Send + Sync>) -> Self {
        Self {
            held: Some(held),
            ..self.clone()
        }
    }

    /// The same, its turns at engines and its places counted for this party.
    #[must_use]
    pub fn for_client(&self, party: ClientKey) -> Self {
        Self {
            synthesis: self.synthesis.for_client(party.clone()),
            party,
            ..self.clone()
        }
    }

    /// The settings.
    pub fn settings(&self) -> &InterpreterSettings {
        &self.settings
    }

    /// Finds the engines and the voice for a session, without beginning one.
    ///
    /// # Errors
    /// `Unsupported` for a language or a voice that nobody has, naming what there is;
    /// `Unavailable` where nothing that could do it is installed.
    pub async fn route(&self, options: &SessionOptions) -> Result<Route, InterpretError> {
        let (source, target) = (options.source.clone(), options.target.clone());
        let engines = self.engines.clone();
        let route = asking(move || Route::find(&engines, &source, &target)).await?;
        if !options.speak {
            return Ok(route);
        }
        let speak = self.speaking(options, &route);
        match speak
            .plan(self.synthesis.clone(), PROBE.into())
            .await
            .map_err(SpeechError::from)
        {
            Ok(plan) => Ok(route.with_voice(plan.voice().clone())),
            // Whoever speaks knows one language; a session has two.
            Err(SpeechError::Unsupported {
                param: "language",
                message,
            }) => Err(SpeechError::Unsupported {
                param: "target",
                message,
            }),
            Err(error) => Err(error),
        }
    }

    /// Translates a text that is there already.
    ///
    /// # Errors
    /// `Unsupported` for a direction that nobody has, naming those there are; `Unavailable`;
    /// `Failed` when the engine breaks or takes longer than the settings allow.
    pub async fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
    ) -> Result<String, InterpretError> {
        let stage = self.translating(to);
        Ok(stage.text(text, from, &Cancel::new()).await?)
    }

    /// The languages that can be listened to, best engine first.
    pub async fn languages(&self) -> Vec<Language> {
        let engines = self.engines.clone();
        let all = asking(move || {
            Ok(engines
                .recognizers()
                .iter()
                .flat_map(|engine| engine.languages())
                .collect())
        });
        all.await.unwrap_or_default()
    }

    /// The recognizer for a language, and its own name for it.
    pub(crate) async fn recognizer(
        &self,
        language: LanguageChoice,
    ) -> Result<(Arc<dyn mynah_speech::Recognizer>, LanguageChoice), InterpretError> {
        let engines = self.engines.clone();
        asking(move || route::recognizer(&engines, &language)).await
    }

    pub(crate) fn translating(&self, to: &Language) -> Translate {
        Translate {
            engines: self.engines.clone(),
            to: to.clone(),
            limit: self.settings.translate_limit(),
            held: self.held.clone(),
        }
    }

    pub(crate) fn speaking(&self, options: &SessionOptions, route: &Route) -> Speak {
        Speak {
            synthesis: options.speak.then(|| self.synthesis.clone()),
            voice: options.voice.clone(),
            reference: options.reference.clone(),
            delivery: options.delivery,
            seed: None,
            language: route.target().clone(),
            wait: self.settings.speak_wait(),
            longest: self.settings.longest_speech(),
        }
    }

    pub(crate) fn width(&self) -> Width {
        Width {
            concurrent: self.settings.concurrent_segments,
            queued: self.settings.queued_segments,
        }
    }
}
