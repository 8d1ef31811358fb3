//! A model in memory, and a text through it.

use std::path::Path;

use mynah_speech::text::sentences;
use mynah_speech::{Cancel, Language};

use crate::config::{Config, Generation};
use crate::error::MarianError;
use crate::generate::generate;
use crate::model::Model;
use crate::split::halves;
use crate::tokenizer::Tokenizer;

/// A model with all that its use takes.
#[derive(Debug)]
pub(crate) struct Loaded {
    tokenizer: Tokenizer,
    model: Model,
    generation: Generation,
    /// The longest source, in tokens, with its end.
    longest: usize,
}

/// One text on its way through a model.
pub(crate) struct Way<'a> {
    pub(crate) from: &'a Language,
    pub(crate) code: Option<&'a str>,
    pub(crate) cancel: &'a Cancel,
}

impl Loaded {
    pub(crate) fn read(folder: &Path) -> Result<Self, MarianError> {
        let (config, generation) = Config::read(folder)?;
        Ok(Self {
            tokenizer: Tokenizer::read(folder, &config, &generation)?,
            model: Model::read(folder, &config)?,
            longest: config.max_position_embeddings,
            generation,
        })
    }

    /// Translates a text sentence by sentence. The white space around sentences stays; a sentence
    /// without a letter or digit stays as it is.
    pub(crate) fn text(&self, text: &str, way: &Way<'_>) -> Result<String, MarianError> {
        let mut translated = String::with_capacity(text.len());
        for piece in sentences(text, way.from) {
            let piece = &text[piece.range];
            let inner = piece.trim();
            if !inner.chars().any(char::is_alphanumeric) {
                translated.push_str(piece);
                continue;
            }
            let before = piece.len() - piece.trim_start().len();
            translated.push_str(&piece[..before]);
            translated.push_str(&self.sentence(inner, way)?);
            translated.push_str(&piece[before + inner.len()..]);
        }
        Ok(translated)
    }

    /// Translates what fits into the model at once, and else its parts. So is one whose target did
    /// not end within the model's bound: nothing is left out silently.
    fn sentence(&self, text: &str, way: &Way<'_>) -> Result<String, MarianError> {
        if way.cancel.is_cancelled() {
            return Err(MarianError::Cancelled);
        }
        let source = self.tokenizer.encode(text, way.code);
        if source.len() <= self.longest {
            let target = generate(&self.model, &self.generation, &source, way.cancel)?;
            if target.len() < self.generation.max_length {
                return Ok(self.tokenizer.decode(&target));
            }
        }
        let Some((first, second)) = halves(text, way.from) else {
            return Err(MarianError::Compute(
                "a translation did not end within the model's bound".into(),
            ));
        };
        let (first, second) = (self.sentence(first, way)?, self.sentence(second, way)?);
        Ok(format!("{first} {second}"))
    }
}
