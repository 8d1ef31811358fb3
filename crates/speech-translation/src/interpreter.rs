//! The entry point: engines, settings and shared limits.

use std::any::Any;
use std::sync::Arc;

use mynah_admission::{ClientKey, FairSemaphore};
use mynah_settings::InvalidSettings;
use mynah_speech::{Cancel, Engines, Language, LanguageChoice, SpeechError};
use mynah_synthesis::Synthesis;
use tokio::sync::Semaphore;

use crate::blocking::{WorkPermit, query};
use crate::route::{self, Route};
use crate::synthesize::{SpeechOptions, plan};
use crate::translate::{Translation, translate};
use crate::{InterpretError, InterpreterSettings, SelectedRecognizer, SessionOptions};

/// The text that a voice is selected for before a session has one.
const PROBE_TEXT: &str = "a";

/// Translates speech. Cheap to clone; all clones share the limits.
#[derive(Clone)]
pub struct Interpreter {
    pub(crate) engines: Engines,
    pub(crate) synthesis: Synthesis,
    pub(crate) settings: Arc<InterpreterSettings>,
    /// Permits for recognition, for all sessions.
    pub(crate) recognitions: FairSemaphore,
    /// The client that permits and slots are counted for.
    pub(crate) client: ClientKey,
    /// Slots for previews, for all sessions.
    pub(crate) previews: Arc<Semaphore>,
    /// Held while an engine works.
    pub(crate) permit: WorkPermit,
}

impl Interpreter {
    /// An interpreter with these engines that synthesizes by `synthesis`.
    ///
    /// # Errors
    /// A setting out of its range.
    pub fn new(
        engines: Engines,
        synthesis: Synthesis,
        settings: InterpreterSettings,
    ) -> Result<Self, InvalidSettings> {
        mynah_settings::check(&settings)?;
        Ok(Self {
            engines,
            synthesis,
            recognitions: FairSemaphore::new(settings.max_recognitions),
            client: ClientKey::default(),
            previews: Arc::new(Semaphore::new(settings.max_previews)),
            settings: Arc::new(settings),
            permit: None,
        })
    }

    /// The same interpreter for the recordings and texts of one caller. `permit`, such as a slot of
    /// a queue, is dropped once the last thread of an engine or detector that works for the caller
    /// has returned. A future that is dropped cancels its engines; their threads return a moment
    /// later.
    #[must_use]
    pub fn with_permit(&self, permit: Arc<dyn Any + Send + Sync>) -> Self {
        Self {
            permit: Some(permit),
            ..self.clone()
        }
    }

    /// The same interpreter with its permits and slots counted for this client.
    #[must_use]
    pub fn for_client(&self, client: ClientKey) -> Self {
        Self {
            synthesis: self.synthesis.for_client(client.clone()),
            client,
            ..self.clone()
        }
    }

    /// The settings.
    pub fn settings(&self) -> &InterpreterSettings {
        &self.settings
    }

    /// Selects the engines and the voice of a session, without beginning one.
    ///
    /// # Errors
    /// `Unsupported` for a language or a voice that no engine has, with the alternatives;
    /// `Unavailable` where no engine that could do it is installed.
    pub async fn route(&self, options: &SessionOptions) -> Result<Route, InterpretError> {
        let (source, target) = (options.source.clone(), options.target.clone());
        let engines = self.engines.clone();
        let route = query(move || Route::find(&engines, &source, &target)).await?;
        if !options.speak {
            return Ok(route);
        }
        let speech = SpeechOptions::from(options);
        let plan = plan(
            self.synthesis.clone(),
            PROBE_TEXT.into(),
            route.target(),
            &speech,
        );
        match plan.await.map_err(SpeechError::from) {
            Ok(plan) => Ok(route.with_voice(plan.voice().clone())),
            // Synthesis has one language; a session has two.
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

    /// Translates a text.
    ///
    /// # Errors
    /// `Unsupported` for a direction that no engine has, with the alternatives; `Unavailable`;
    /// `Failed` when the engine fails or takes longer than the settings allow.
    pub async fn translate(
        &self,
        text: &str,
        source: &Language,
        target: &Language,
    ) -> Result<Translation, InterpretError> {
        Ok(translate(self, text, source, target, &Cancel::new()).await?)
    }

    /// The languages that can be recognized, those of the best engine first.
    pub async fn languages(&self) -> Vec<Language> {
        let engines = self.engines.clone();
        let all = query(move || {
            Ok(engines
                .recognizers()
                .iter()
                .flat_map(|engine| engine.languages())
                .collect())
        });
        all.await.unwrap_or_default()
    }

    /// Selects the recognizer for a language.
    ///
    /// # Errors
    /// `Unsupported` for a language that no recognizer has, with the alternatives; `Unavailable`
    /// where none is installed.
    pub async fn select_recognizer(
        &self,
        language: LanguageChoice,
    ) -> Result<SelectedRecognizer, InterpretError> {
        let engines = self.engines.clone();
        query(move || route::recognizer(&engines, &language)).await
    }
}
