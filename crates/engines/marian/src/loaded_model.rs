//! A model in memory, and a text through it.

use std::path::Path;

use mynah_speech::translation::{by_sentence, halves};
use mynah_speech::{Cancel, Language};

use crate::config::{Config, Generation};
use crate::error::MarianError;
use crate::generate::generate;
use crate::model::Model;
use crate::tokenizer::Tokenizer;

/// A model with all that its use takes.
#[derive(Debug)]
pub(crate) struct LoadedModel {
    tokenizer: Tokenizer,
    model: Model,
    generation: Generation,
    /// The longest source, in tokens, with its end.
    max_source_tokens: usize,
}

/// One text on its way through a model.
pub(crate) struct Context<'a> {
    pub(crate) from: &'a Language,
    pub(crate) code: Option<&'a str>,
    pub(crate) cancel: &'a Cancel,
}

impl LoadedModel {
    pub(crate) fn read(folder: &Path) -> Result<Self, MarianError> {
        let (config, generation) = Config::read(folder)?;
        Ok(Self {
            tokenizer: Tokenizer::read(folder, &config, &generation)?,
            model: Model::read(folder, &config)?,
            max_source_tokens: config.max_position_embeddings,
            generation,
        })
    }

    /// Translates a text sentence by sentence.
    pub(crate) fn translate(
        &self,
        text: &str,
        context: &Context<'_>,
    ) -> Result<String, MarianError> {
        by_sentence(text, context.from, |sentence| {
            self.sentence(sentence, context)
        })
    }

    /// Translates what fits into the model at once, and else its parts. So is one whose target did
    /// not end within the model's bound: nothing is left out silently.
    fn sentence(&self, text: &str, context: &Context<'_>) -> Result<String, MarianError> {
        if context.cancel.is_cancelled() {
            return Err(MarianError::Cancelled);
        }
        let source = self.tokenizer.encode(text, context.code);
        if source.len() <= self.max_source_tokens {
            let target = generate(&self.model, &self.generation, &source, context.cancel)?;
            if target.len() < self.generation.max_length {
                return Ok(self.tokenizer.decode(&target));
            }
        }
        let Some((first, second)) = halves(text, context.from) else {
            return Err(MarianError::Compute(
                "a translation did not end within the model's bound".into(),
            ));
        };
        let (first, second) = (
            self.sentence(first, context)?,
            self.sentence(second, context)?,
        );
        Ok(format!("{first} {second}"))
    }
}
