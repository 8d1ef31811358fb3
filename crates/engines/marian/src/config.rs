//! `config.json` and `generation_config.json`, as models are released with them.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{MarianError, read};

/// The largest file of settings, in bytes.
const MAX_BYTES: u64 = 4 << 20;
/// The largest value that any size of a model may have. Released ones are far below.
const MAX_SIZE: usize = 1 << 20;
/// The most layers.
const MAX_LAYERS: usize = 64;
/// The most beams.
const MAX_BEAMS: usize = 64;

/// The shape of a model.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// Tokens of the source, and of both where they share one embedding.
    pub vocab_size: usize,
    decoder_vocab_size: Option<usize>,
    /// Width of the hidden states.
    pub d_model: usize,
    /// The encoder's layers.
    pub encoder_layers: usize,
    /// The decoder's layers.
    pub decoder_layers: usize,
    /// The encoder's heads.
    pub encoder_attention_heads: usize,
    /// The decoder's heads.
    pub decoder_attention_heads: usize,
    /// Width within the encoder's feed-forward layers.
    pub encoder_ffn_dim: usize,
    /// Width within the decoder's feed-forward layers.
    pub decoder_ffn_dim: usize,
    /// The longest source and the longest target, in tokens.
    pub max_position_embeddings: usize,
    /// `swish` or `silu`, `gelu`, `relu`.
    pub activation_function: String,
    /// Whether embeddings are multiplied by the root of `d_model`.
    #[serde(default)]
    pub scale_embedding: bool,
    /// Whether source and target have one embedding.
    #[serde(default = "yes")]
    pub share_encoder_decoder_embeddings: bool,
    /// Whether the target's embedding is also the last layer.
    #[serde(default = "yes")]
    pub tie_word_embeddings: bool,
    normalize_before: Option<bool>,
    normalize_embedding: Option<bool>,
    add_final_layer_norm: Option<bool>,
    static_position_embeddings: Option<bool>,
    #[serde(flatten)]
    generation: GenerationFile,
}

const fn yes() -> bool {
    true
}

/// How a translation is sought.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Candidates that are followed together; with 1 the likeliest token is taken each time.
    pub num_beams: usize,
    /// The power of the length by which a candidate's score is divided.
    pub length_penalty: f32,
    /// When to stop looking for a better one.
    pub early_stopping: EarlyStopping,
    /// The longest target in tokens, the first and last included.
    pub max_length: usize,
    /// Tokens that are never chosen.
    pub bad_words: Vec<u32>,
    /// Whether scores are made to sum to one again without those.
    pub renormalize_logits: bool,
    /// What a target begins with, which is not of it.
    pub decoder_start_token_id: u32,
    /// What ends a source and a target.
    pub eos_token_id: u32,
    /// What is put last where the longest target is reached.
    pub forced_eos_token_id: Option<u32>,
    /// What fills, where something must be filled.
    pub pad_token_id: u32,
}

/// When a search for candidates ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyStopping {
    /// `true`: as soon as there are as many finished ones as beams.
    Full,
    /// `false`: when the best open one would be worse as it is now.
    Heuristic,
    /// `"never"`: when no open one can become better.
    Never,
}

/// The keys of generation, which either file may have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GenerationFile {
    num_beams: Option<usize>,
    length_penalty: Option<f32>,
    early_stopping: Option<serde_json::Value>,
    max_length: Option<usize>,
    bad_words_ids: Option<Vec<Vec<u32>>>,
    renormalize_logits: Option<bool>,
    decoder_start_token_id: Option<u32>,
    eos_token_id: Option<u32>,
    forced_eos_token_id: Option<u32>,
    pad_token_id: Option<u32>,
}

impl Config {
    /// Tokens of the target.
    pub fn target_vocab(&self) -> usize {
        match self.decoder_vocab_size {
            Some(size) if !self.share_encoder_decoder_embeddings => size,
            _ => self.vocab_size,
        }
    }

    /// Reads a model's shape and how it generates.
    ///
    /// # Errors
    /// What is missing, damaged, or requires what is not computed here.
    pub fn read(folder: &Path) -> Result<(Self, Generation), MarianError> {
        let file = folder.join("config.json");
        let config: Self = json(&file)?;
        config.check(&file)?;
        let other = folder.join("generation_config.json");
        let own = if other.exists() {
            json(&other)?
        } else {
            GenerationFile::default()
        };
        let generation = own.or(&config.generation).checked(&config, &file)?;
        Ok((config, generation))
    }

    fn check(&self, file: &Path) -> Result<(), MarianError> {
        let sizes = [
            ("vocab_size", self.vocab_size, MAX_SIZE),
            ("decoder_vocab_size", self.target_vocab(), MAX_SIZE),
            ("d_model", self.d_model, MAX_SIZE),
            ("encoder_layers", self.encoder_layers, MAX_LAYERS),
            ("decoder_layers", self.decoder_layers, MAX_LAYERS),
            ("encoder_ffn_dim", self.encoder_ffn_dim, MAX_SIZE),
            ("decoder_ffn_dim", self.decoder_ffn_dim, MAX_SIZE),
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                MAX_SIZE,
            ),
        ];
        for (key, size, most) in sizes {
            if size == 0 || size > most {
                return Err(MarianError::damaged(file, format!("{key} is {size}")));
            }
        }
        for heads in [self.encoder_attention_heads, self.decoder_attention_heads] {
            if heads == 0 || !self.d_model.is_multiple_of(heads) || !self.d_model.is_multiple_of(2)
            {
                let reason = format!("d_model {} does not part into {heads} heads", self.d_model);
                return Err(MarianError::damaged(file, reason));
            }
        }
        let odd = [
            ("normalize_before", self.normalize_before, false),
            ("normalize_embedding", self.normalize_embedding, false),
            ("add_final_layer_norm", self.add_final_layer_norm, false),
            (
                "static_position_embeddings",
                self.static_position_embeddings,
                true,
            ),
        ];
        for (key, value, done) in odd {
            // The reference ignores these keys, and would translate such a model into nonsense.
            if value.is_some_and(|value| value != done) {
                return Err(MarianError::unsupported(
                    file,
                    format!("{key} is {}", !done),
                ));
            }
        }
        Ok(())
    }
}

impl GenerationFile {
    /// These keys, and where one is unset the other's.
    fn or(self, other: &Self) -> Self {
        let other = other.clone();
        Self {
            num_beams: self.num_beams.or(other.num_beams),
            length_penalty: self.length_penalty.or(other.length_penalty),
            early_stopping: self.early_stopping.or(other.early_stopping),
            max_length: self.max_length.or(other.max_length),
            bad_words_ids: self.bad_words_ids.or(other.bad_words_ids),
            renormalize_logits: self.renormalize_logits.or(other.renormalize_logits),
            decoder_start_token_id: self.decoder_start_token_id.or(other.decoder_start_token_id),
            eos_token_id: self.eos_token_id.or(other.eos_token_id),
            forced_eos_token_id: self.forced_eos_token_id.or(other.forced_eos_token_id),
            pad_token_id: self.pad_token_id.or(other.pad_token_id),
        }
    }

    fn checked(self, config: &Config, file: &Path) -> Result<Generation, MarianError> {
        let missing = |key: &str| MarianError::damaged(file, format!("{key} is missing"));
        let pad = self.pad_token_id.ok_or_else(|| missing("pad_token_id"))?;
        let start = self.decoder_start_token_id.unwrap_or(pad);
        let eos = self.eos_token_id.ok_or_else(|| missing("eos_token_id"))?;
        let mut bad_words = Vec::new();
        for word in self.bad_words_ids.unwrap_or_default() {
            let [token] = word[..] else {
                let reason = "bad_words_ids has words of several tokens";
                return Err(MarianError::unsupported(file, reason));
            };
            bad_words.push(token);
        }
        let known = |token: u32| (token as usize) < config.target_vocab();
        let all = [start, eos]
            .into_iter()
            .chain(self.forced_eos_token_id)
            .chain(bad_words.iter().copied());
        for token in all {
            if !known(token) {
                let reason = format!("the token {token} is not of the target's vocabulary");
                return Err(MarianError::damaged(file, reason));
            }
        }
        if eos as usize >= config.vocab_size {
            return Err(MarianError::damaged(
                file,
                "eos_token_id is not of the source's vocabulary",
            ));
        }
        let early_stopping = match self.early_stopping {
            None | Some(serde_json::Value::Null | serde_json::Value::Bool(false)) => {
                EarlyStopping::Heuristic
            }
            Some(serde_json::Value::Bool(true)) => EarlyStopping::Full,
            Some(serde_json::Value::String(word)) if word == "never" => EarlyStopping::Never,
            Some(_) => return Err(MarianError::damaged(file, "early_stopping is no choice")),
        };
        Ok(Generation {
            num_beams: self.num_beams.unwrap_or(1).clamp(1, MAX_BEAMS),
            length_penalty: self.length_penalty.unwrap_or(1.0),
            early_stopping,
            // A target of two tokens is empty; below that nothing can be written at all.
            max_length: self
                .max_length
                .unwrap_or(usize::MAX)
                .min(config.max_position_embeddings)
                .max(2),
            bad_words,
            renormalize_logits: self.renormalize_logits.unwrap_or(false),
            decoder_start_token_id: start,
            eos_token_id: eos,
            forced_eos_token_id: self.forced_eos_token_id,
            pad_token_id: pad,
        })
    }
}

/// A file of JSON.
pub(crate) fn json<T: DeserializeOwned>(file: &Path) -> Result<T, MarianError> {
    let bytes = read(file, MAX_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| MarianError::damaged(file, error))
}
