//! A model in memory, and a text through it.

use fxtranslate::engine::Engine;
use fxtranslate::shortlist::Shortlist;
use mynah_speech::translation::{by_sentence, halves};
use mynah_speech::{Cancel, Language};

use crate::engine_thread::{EngineThread, Output};
use crate::error::ModelError;
use crate::model_files::{ModelFiles, guarded};

/// The most tokens of a target; a translation that reaches its bound did not end.
const MAX_TARGET_TOKENS: usize = 256;

/// A loaded model. Several threads translate by one.
pub(crate) struct LoadedModel {
    engine: EngineThread,
    from: Language,
}

impl LoadedModel {
    /// Checks the files, maps the weights, and translates a word, so that a tensor that is missing
    /// is found at once.
    pub(crate) fn load(files: &ModelFiles) -> Result<Self, ModelError> {
        check_processor()?;
        files.check()?;
        let own = files.clone();
        Ok(Self {
            engine: EngineThread::start(move || load(&own))?,
            from: files.from.clone(),
        })
    }

    /// Translates a text sentence by sentence.
    pub(crate) fn translate(&self, text: &str, cancel: &Cancel) -> Result<String, ModelError> {
        by_sentence(text, &self.from, |sentence| self.sentence(sentence, cancel))
    }

    /// Translates what fits into the model at once, and else its halves. So is one whose target did
    /// not end within the engine's bound: nothing is left out silently.
    fn sentence(&self, text: &str, cancel: &Cancel) -> Result<String, ModelError> {
        if cancel.is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        if let Output::Translated {
            text: target,
            source_tokens,
            target_tokens,
        } = self.engine.translate(text, cancel)?
            && target_tokens < max_target_tokens(source_tokens)
        {
            return Ok(target);
        }
        let Some((first, second)) = halves(text, &self.from) else {
            return Err(ModelError::Compute(
                "a translation did not end within the engine's bound".into(),
            ));
        };
        let (first, second) = (
            self.sentence(first, cancel)?,
            self.sentence(second, cancel)?,
        );
        Ok(format!("{first} {second}"))
    }
}

/// Maps the weights, and translates a word.
fn load(files: &ModelFiles) -> Result<Engine, ModelError> {
    let engine = guarded(|| -> Result<Engine, String> {
        let engine = Engine::load_mmapped(
            &files.weights,
            &files.source_vocabulary,
            &files.target_vocabulary,
        )?;
        let engine = match &files.shortlist {
            Some(file) => {
                let shortlist = Shortlist::load(file).map_err(|error| error.to_string())?;
                engine.with_shortlist(shortlist)
            }
            None => engine,
        };
        engine.translate("a");
        Ok(engine)
    });
    engine
        .unwrap_or_else(|| Err("a tensor is missing or has another shape".into()))
        .map_err(|reason| ModelError::damaged(&files.weights, reason))
}

/// The bound that the engine sets for the target of so many source tokens.
fn max_target_tokens(source: usize) -> usize {
    (2 * source + 4).min(MAX_TARGET_TOKENS)
}

/// The library is compiled for these instructions and does not look whether they are there.
fn check_processor() -> Result<(), ModelError> {
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("avx2") {
        return Err(ModelError::Processor("AVX2"));
    }
    #[cfg(target_arch = "aarch64")]
    if !std::arch::is_aarch64_feature_detected!("i8mm") {
        return Err(ModelError::Processor("int8 matrix instructions (i8mm)"));
    }
    Ok(())
}
