//! The tokenizer that a GGUF file has in its metadata.

use std::collections::HashMap;

use crate::Qwen3Error;
use crate::tokenizer::{Parts, Pretokenizer, TextTokenizer, merge};

use super::file::GgufFile;

const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const MODEL: &str = "tokenizer.ggml.model";
const PRETOKENIZER: &str = "tokenizer.ggml.pre";

/// Byte-level BPE.
const BPE: &str = "gpt2";

/// Types of tokens, by their numbers in `llama.h`.
const NORMAL: u32 = 1;
const CONTROL: u32 = 3;
const USER_DEFINED: u32 = 4;

/// A file's tokens.
pub(super) struct Vocabulary<'a> {
    file: &'a GgufFile,
    tokens: Vec<&'a str>,
    types: Vec<u32>,
    ids: HashMap<&'a str, u32>,
}

impl<'a> Vocabulary<'a> {
    /// # Errors
    /// `Checkpoint` where the metadata is no byte-level BPE of Qwen2.
    pub(super) fn of(file: &'a GgufFile) -> Result<Self, Qwen3Error> {
        let model = file.string(MODEL)?;
        if model != BPE {
            return Err(file.error(format!(
                "has a tokenizer of the model {model:?}; that of Qwen3-TTS is {BPE:?}"
            )));
        }
        if file.has(PRETOKENIZER) && file.string(PRETOKENIZER)? != "qwen2" {
            return Err(file.error(format!(
                "has the metadata {PRETOKENIZER} {:?}; that of Qwen3-TTS is \"qwen2\"",
                file.string(PRETOKENIZER)?
            )));
        }
        let (tokens, types) = (file.strings(TOKENS)?, file.numbers(TYPES)?);
        if tokens.len() != types.len() {
            return Err(file.error(format!(
                "has {} tokens and {} types of tokens; they must be equally many",
                tokens.len(),
                types.len()
            )));
        }
        let ids = tokens.iter().copied().zip(0..).collect();
        Ok(Self {
            file,
            tokens,
            types,
            ids,
        })
    }

    /// The id of a token.
    ///
    /// # Errors
    /// `Checkpoint` where there is none.
    pub(super) fn id(&self, token: &str) -> Result<u32, Qwen3Error> {
        self.find(token)
            .ok_or_else(|| self.file.error(format!("lacks the token {token:?}")))
    }

    /// The id of a token, where there is one.
    pub(super) fn find(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    /// The tokens from this id on.
    pub(super) fn tokens_from(&self, id: u32) -> impl Iterator<Item = &'a str> {
        self.tokens.iter().skip(id as usize).copied()
    }

    /// The tokenizer of the first `count` tokens.
    ///
    /// # Errors
    /// `Checkpoint` where they make none.
    pub(super) fn tokenizer(
        &self,
        count: usize,
        pretokenizer: Pretokenizer,
    ) -> Result<TextTokenizer, Qwen3Error> {
        let mut parts = Parts::default();
        let tokens = self.tokens.iter().zip(&self.types).zip(0..).take(count);
        for ((token, kind), id) in tokens {
            match *kind {
                NORMAL => {
                    parts.vocabulary.insert((*token).to_owned(), id);
                }
                CONTROL | USER_DEFINED => parts.added.push(((*token).to_owned(), id)),
                // Padding: nothing becomes such a token.
                _ => {}
            }
        }
        for pair in self.file.strings(MERGES)? {
            parts.merges.push(merge(pair).ok_or_else(|| {
                self.file.error(format!(
                    "has the metadata {MERGES} {pair:?}, which is not two parts of a pair"
                ))
            })?);
        }
        TextTokenizer::of(parts, pretokenizer)
            .map_err(|reason| self.file.error(format!("its tokenizer {reason}")))
    }
}
