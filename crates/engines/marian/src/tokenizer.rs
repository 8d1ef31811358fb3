//! Text to a model's tokens and back.
//!
//! Source: `MarianTokenizer`. It never applies its punctuation normalization when it tokenizes, so
//! there is none here. Unlike it, nothing within a text is taken for a special token: neither
//! `</s>` nor `>>fra<<`.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::config::{Config, Generation, json};
use crate::error::{MarianError, read};
use crate::spm::Unigram;

/// The largest vocabulary file, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The tokens of a model.
#[derive(Debug)]
pub struct Tokenizer {
    source: Unigram,
    ids: HashMap<String, u32>,
    tokens: Vec<Option<String>>,
    unknown: u32,
    eos: u32,
    special: Vec<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenizerFile {
    separate_vocabs: bool,
}

impl Tokenizer {
    /// Reads `source.spm`, `target.spm`, `vocab.json` and, where the vocabularies are separate,
    /// `target_vocab.json`.
    ///
    /// # Errors
    /// A file that is missing or damaged, or a token outside the model's vocabulary.
    pub fn read(
        folder: &Path,
        config: &Config,
        generation: &Generation,
    ) -> Result<Self, MarianError> {
        let source = Unigram::read(&folder.join("source.spm"))?;
        // Decoding needs only its pieces' names, which the vocabulary has. A model without it is
        // not whole, though.
        Unigram::read(&folder.join("target.spm"))?;
        let file = folder.join("vocab.json");
        let ids = vocabulary(&file, config.vocab_size)?;
        let unknown = ids.get("<unk>").copied();
        let unknown = unknown.ok_or_else(|| MarianError::damaged(&file, "it has no <unk>"))?;
        let settings = folder.join("tokenizer_config.json");
        let separate = settings.exists() && json::<TokenizerFile>(&settings)?.separate_vocabs;
        let targets = if separate {
            vocabulary(&folder.join("target_vocab.json"), config.target_vocab())?
        } else {
            ids.clone()
        };
        let mut tokens = vec![None; config.target_vocab()];
        let special = ["</s>", "<unk>", "<pad>"]
            .iter()
            .filter_map(|token| targets.get(*token).copied());
        let mut special: Vec<u32> = special.collect();
        special.extend([
            generation.eos_token_id,
            generation.pad_token_id,
            generation.decoder_start_token_id,
        ]);
        for (token, id) in targets {
            if let Some(place) = tokens.get_mut(id as usize) {
                *place = Some(token);
            }
        }
        Ok(Self {
            source,
            ids,
            tokens,
            unknown,
            eos: generation.eos_token_id,
            special,
        })
    }

    /// The tokens of a text for a target that this code selects, where the model has
    /// several; the end's among them.
    pub fn encode(&self, text: &str, code: Option<&str>) -> Vec<u32> {
        let code = code.and_then(|code| self.ids.get(code).copied());
        let pieces = self.source.encode(text).into_iter();
        let ids = pieces.map(|piece| match self.ids.get(&piece) {
            Some(&id) if id != self.eos && piece != "<pad>" && !is_code(&piece) => id,
            _ => self.unknown,
        });
        code.into_iter().chain(ids).chain([self.eos]).collect()
    }

    /// The text of a target's tokens, without the special ones.
    pub fn decode(&self, ids: &[u32]) -> String {
        let plain = ids.iter().filter(|id| !self.special.contains(id));
        let tokens = plain.filter_map(|&id| self.tokens.get(id as usize)?.as_deref());
        let text: String = tokens.collect();
        text.replace('▁', " ").trim().to_owned()
    }
}

/// Whether a token selects a target's language.
pub(crate) fn is_code(token: &str) -> bool {
    token.len() > 4 && token.starts_with(">>") && token.ends_with("<<")
}

fn vocabulary(file: &Path, size: usize) -> Result<HashMap<String, u32>, MarianError> {
    let bytes = read(file, MAX_BYTES)?;
    let ids: HashMap<String, u32> =
        serde_json::from_slice(&bytes).map_err(|error| MarianError::damaged(file, error))?;
    match ids.iter().find(|(_, id)| **id as usize >= size) {
        None => Ok(ids),
        Some((token, id)) => Err(MarianError::damaged(
            file,
            format!("{token:?} is {id}, and the model has {size} tokens"),
        )),
    }
}
