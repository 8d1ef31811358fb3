//! The registered engines.

use std::sync::Arc;

use crate::{
    Fit, Language, Recognizer, ScorerFactory, Synthesizer, Translator, Voice, VoiceKind,
    VoiceScorer,
};

/// All engines that the program was built with, in order of preference. Cheap to clone.
#[derive(Clone)]
pub struct Engines {
    synthesizers: Vec<Arc<dyn Synthesizer>>,
    recognizers: Vec<Arc<dyn Recognizer>>,
    translators: Vec<Arc<dyn Translator>>,
    scorer: ScorerFactory,
}

impl Engines {
    /// A registry with a voice detector and no engine yet.
    pub fn new(scorer: impl Fn() -> Box<dyn VoiceScorer> + Send + Sync + 'static) -> Self {
        Self {
            synthesizers: Vec::new(),
            recognizers: Vec::new(),
            translators: Vec::new(),
            scorer: ScorerFactory::new(scorer),
        }
    }

    /// Adds synthesizers in this order, after those already there.
    #[must_use]
    pub fn with_synthesizers(
        mut self,
        engines: impl IntoIterator<Item = Arc<dyn Synthesizer>>,
    ) -> Self {
        self.synthesizers.extend(engines);
        self
    }

    /// Adds a synthesizer, after those already there.
    #[must_use]
    pub fn with_synthesizer(mut self, engine: impl Synthesizer + 'static) -> Self {
        self.synthesizers.push(Arc::new(engine));
        self
    }

    /// Adds recognizers in this order, after those already there.
    #[must_use]
    pub fn with_recognizers(
        mut self,
        engines: impl IntoIterator<Item = Arc<dyn Recognizer>>,
    ) -> Self {
        self.recognizers.extend(engines);
        self
    }

    /// Adds a recognizer, after those already there.
    #[must_use]
    pub fn with_recognizer(mut self, engine: impl Recognizer + 'static) -> Self {
        self.recognizers.push(Arc::new(engine));
        self
    }

    /// Adds translators in this order, after those already there.
    #[must_use]
    pub fn with_translators(
        mut self,
        engines: impl IntoIterator<Item = Arc<dyn Translator>>,
    ) -> Self {
        self.translators.extend(engines);
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
        self.scorer.scorer()
    }

    /// The best synthesizer that speaks with the voice of a recording, and its voice for that.
    pub fn cloning_synthesizer(&self) -> Option<(&Arc<dyn Synthesizer>, Voice)> {
        let mut engines = self.synthesizers.iter();
        engines.find_map(|engine| Some((engine, cloned_voice(engine.as_ref())?)))
    }

    /// The synthesizer of this name.
    pub fn synthesizer(&self, name: &str) -> Option<&Arc<dyn Synthesizer>> {
        self.synthesizers
            .iter()
            .find(|engine| engine.info().id.as_str() == name)
    }

    /// The best recognizer for a language, and its own name for it. A regional variant falls back
    /// to its language: `en-US` listens to `en-AU` where nothing closer is there.
    pub fn recognizer_for(&self, language: &Language) -> Option<(&Arc<dyn Recognizer>, Language)> {
        let offers = self.recognizers.iter().filter_map(|engine| {
            let (own, fit) = language.best_of(engine.languages())?;
            Some(((engine, own), fit))
        });
        first_close(offers)
    }

    /// The best translator for a direction, and its own names of both languages. Regional variants
    /// fall back to their languages.
    pub fn translator_for(
        &self,
        from: &Language,
        to: &Language,
    ) -> Option<(&Arc<dyn Translator>, Language, Language)> {
        let offers = self.translators.iter().filter_map(|engine| {
            let pairs = engine.pairs().into_iter().filter_map(|(source, target)| {
                let (source_fit, target_fit) = (source.fit(from)?, target.fit(to)?);
                let fit = (source_fit.min(target_fit), target_fit, source_fit);
                Some(((source, target), fit))
            });
            // The first of those that serve equally.
            let best = pairs.reduce(|best, next| if next.1 > best.1 { next } else { best });
            let ((source, target), fit) = best?;
            Some(((engine, source, target), fit.0))
        });
        first_close(offers)
    }
}

/// The voice by which an engine speaks with that of a recording, if it does.
pub fn cloned_voice(engine: &dyn Synthesizer) -> Option<Voice> {
    let mut voices = engine.voices().into_iter();
    voices.find(|voice| voice.kind == VoiceKind::Cloned)
}

/// The first offer that is as close as the request requires; only where there is none, the first of
/// another region.
fn first_close<T>(offers: impl Iterator<Item = (T, Fit)>) -> Option<T> {
    let mut other_region = None;
    for (offer, fit) in offers {
        if fit > Fit::OtherRegion {
            return Some(offer);
        }
        other_region = other_region.or(Some(offer));
    }
    other_region
}
