//! The engines of this house.

use std::sync::Arc;

use crate::{Language, Recognizer, Synthesizer, Translator, VoiceScorer};

/// Makes a voice scorer for a new stream.
type ScorerFactory = Arc<dyn Fn() -> Box<dyn VoiceScorer> + Send + Sync>;

/// All engines that the program was built with, in order of preference. Cheap to clone.
#[derive(Clone)]
pub struct Engines {
    synthesizers: Vec<Arc<dyn Synthesizer>>,
    recognizers: Vec<Arc<dyn Recognizer>>,
    translators: Vec<Arc<dyn Translator>>,
    scorer: ScorerFactory,
}

impl Engines {
    /// A house with a voice detector and nothing else yet.
    pub fn new(scorer: impl Fn() -> Box<dyn VoiceScorer> + Send + Sync + 'static) -> Self {
        Self {
            synthesizers: Vec::new(),
            recognizers: Vec::new(),
            translators: Vec::new(),
            scorer: Arc::new(scorer),
        }
    }

    /// Adds a synthesizer, after those already there.
    #[must_use]
    pub fn with_synthesizer(mut self, engine: impl Synthesizer + 'static) -> Self {
        self.synthesizers.push(Arc::new(engine));
        self
    }

    /// Adds a recognizer, after those already there.
    #[must_use]
    pub fn with_recognizer(mut self, engine: impl Recognizer + 'static) -> Self {
        self.recognizers.push(Arc::new(engine));
        self
    }

    /// Adds a translator, after those already there.
    #[must_use]
    pub fn with_translator(mut self, engine: impl Translator + 'static) -> Self {
        self.translators.push(Arc::new(engine));
        self
    }

    /// Those that speak, best first.
    pub fn synthesizers(&self) -> &[Arc<dyn Synthesizer>] {
        &self.synthesizers
    }

    /// Those that listen, best first.
    pub fn recognizers(&self) -> &[Arc<dyn Recognizer>] {
        &self.recognizers
    }

    /// Those that translate, best first.
    pub fn translators(&self) -> &[Arc<dyn Translator>] {
        &self.translators
    }

    /// A voice detector for a new stream.
    pub fn scorer(&self) -> Box<dyn VoiceScorer> {
        (self.scorer)()
    }

    /// The synthesizer of this name.
    pub fn synthesizer(&self, name: &str) -> Option<&Arc<dyn Synthesizer>> {
        self.synthesizers
            .iter()
            .find(|engine| engine.info().id.as_str() == name)
    }

    /// The best recognizer for a language.
    pub fn recognizer_for(&self, language: &Language) -> Option<&Arc<dyn Recognizer>> {
        self.recognizers
            .iter()
            .find(|engine| engine.languages().iter().any(|own| own.serves(language)))
    }

    /// The best translator for a direction.
    pub fn translator_for(&self, from: &Language, to: &Language) -> Option<&Arc<dyn Translator>> {
        self.translators.iter().find(|engine| {
            engine
                .pairs()
                .iter()
                .any(|(a, b)| a.serves(from) && b.serves(to))
        })
    }
}
