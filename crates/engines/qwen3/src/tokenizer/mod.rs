//! From text to the ids that the talker reads: the byte-level BPE of Qwen2, from the files of the
//! checkpoint. Released folders have no `tokenizer.json`.

mod added;
mod prompt;

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{SplitDelimiterBehavior, TokenizerImpl};

use crate::Qwen3Error;

use added::AddedTokens;

pub use prompt::{SpeechText, TokenIds};

const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";
const CONFIG: &str = "tokenizer_config.json";

/// How text is split before pairs are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pretokenizer {
    /// Qwen2's own pattern, which the model was trained with.
    #[default]
    Qwen2,
    /// Mistral's, which the official package uses instead when it loads a local folder whose
    /// `transformers_version` is 4.57.3. It splits at a change of case (`i` `Phone`) and keeps
    /// combining marks with their letters.
    Mistral,
}

impl Pretokenizer {
    const fn pattern(self) -> &'static str {
        match self {
            Self::Qwen2 => concat!(
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
                r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            ),
            Self::Mistral => concat!(
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
                r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
                r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            ),
        }
    }
}

/// Whether control tokens that are spelled in a text, such as `<|im_end|>`, are tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpecialTokens {
    /// They are plain characters: a text cannot end its turn or start another.
    #[default]
    Literal,
    /// They are tokens, as in the official package.
    Recognized,
}

/// The tokenizer of a checkpoint.
#[derive(Debug)]
pub struct TextTokenizer {
    /// Has only the tokens of the vocabulary.
    plain: PlainTokenizer,
    added: AddedTokens,
}

type PlainTokenizer = TokenizerImpl<
    BPE,
    NFC,
    Sequence,
    // Post-processor and decoder, which are not used.
    tokenizers::PostProcessorWrapper,
    tokenizers::DecoderWrapper,
>;

/// What a tokenizer is made of.
#[derive(Default)]
pub(crate) struct Parts {
    /// Ids by token.
    pub(crate) vocabulary: Vocab,
    /// Pairs, the first merged first.
    pub(crate) merges: Vec<(String, String)>,
    /// Tokens outside the vocabulary, with their ids.
    pub(crate) added: Vec<(String, u32)>,
}

#[derive(Deserialize)]
struct Config {
    added_tokens_decoder: added::Entries,
}

impl TextTokenizer {
    /// Reads `vocab.json`, `merges.txt` and `tokenizer_config.json` of a checkpoint's folder.
    ///
    /// # Errors
    /// `File` where one cannot be read; `Checkpoint` where they do not make a tokenizer.
    pub fn load(folder: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        let path = folder.join(CONFIG);
        let Config {
            added_tokens_decoder,
        } = crate::config::read_json(&path)?;
        let added = AddedTokens::new(added_tokens_decoder)
            .map_err(|reason| Qwen3Error::Checkpoint { path, reason })?;
        let path = folder.join(VOCABULARY);
        let vocabulary: Vocab = crate::config::read_json(&path)?;
        check_alphabet(&vocabulary).map_err(|reason| Qwen3Error::Checkpoint { path, reason })?;
        let path = folder.join(MERGES);
        let bpe = merges(&path)?;
        let bpe = build(vocabulary, bpe).map_err(|reason| Qwen3Error::Checkpoint { path, reason });
        Ok(Self {
            plain: plain(bpe?, pretokenizer)?,
            added,
        })
    }

    /// The tokenizer of parts that were read elsewhere.
    ///
    /// # Errors
    /// Why they do not make a tokenizer.
    pub(crate) fn of(parts: Parts, pretokenizer: Pretokenizer) -> Result<Self, String> {
        check_alphabet(&parts.vocabulary)?;
        let bpe = build(parts.vocabulary, parts.merges)?;
        Ok(Self {
            plain: plain(bpe, pretokenizer).map_err(|error| error.to_string())?,
            added: AddedTokens::of(parts.added),
        })
    }

    /// The ids of a text.
    ///
    /// # Errors
    /// `Failed` where the tokenizer does.
    pub fn encode(&self, text: &str, special: SpecialTokens) -> Result<Vec<u32>, Qwen3Error> {
        match special {
            SpecialTokens::Literal => self.encode_plain(text),
            SpecialTokens::Recognized => {
                let mut ids = Vec::new();
                for part in self.added.split(text) {
                    match part {
                        added::TextSegment::Token(id) => ids.push(id),
                        added::TextSegment::Text(text) => ids.extend(self.encode_plain(text)?),
                    }
                }
                Ok(ids)
            }
        }
    }

    fn encode_plain(&self, text: &str) -> Result<Vec<u32>, Qwen3Error> {
        let encoding = self
            .plain
            .encode_fast(text, false)
            .map_err(|error| Qwen3Error::Failed(format!("the tokenizer: {error}")))?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// Fails where a byte is missing, which would be dropped from a text silently.
fn check_alphabet(vocabulary: &Vocab) -> Result<(), String> {
    let missing = ByteLevel::alphabet()
        .into_iter()
        .find(|byte| !vocabulary.contains_key(byte.encode_utf8(&mut [0; 4])));
    missing.map_or(Ok(()), |missing| {
        Err(format!(
            "lacks {missing:?}, one of the 256 bytes every text is made of"
        ))
    })
}

/// Reads the pairs of a file, the first merged first.
fn merges(path: &Path) -> Result<Vec<(String, String)>, Qwen3Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Qwen3Error::File {
        path: path.to_owned(),
        source,
    })?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("#version"))
        .map(|(number, line)| {
            merge(line).ok_or_else(|| Qwen3Error::Checkpoint {
                path: path.to_owned(),
                reason: format!("line {} is not two parts of a pair", number + 1),
            })
        })
        .collect()
}

/// The two tokens of a pair that are merged.
pub(crate) fn merge(pair: &str) -> Option<(String, String)> {
    let (left, right) = pair.split_once(' ')?;
    (!right.contains(' ')).then(|| (left.to_owned(), right.to_owned()))
}

fn build(vocabulary: Vocab, merges: Vec<(String, String)>) -> Result<BPE, String> {
    BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        // A cache would keep texts of requests, and a prompt is encoded once.
        .cache_capacity(0)
        .build()
        .map_err(|error| error.to_string())
}

fn plain(bpe: BPE, pretokenizer: Pretokenizer) -> Result<PlainTokenizer, Qwen3Error> {
    let failed = |error| Qwen3Error::Failed(format!("the tokenizer: {error}"));
    let split = Split::new(
        SplitPattern::Regex(pretokenizer.pattern().into()),
        SplitDelimiterBehavior::Isolated,
        false,
    )
    .map_err(failed)?;
    let sequence = Sequence::new(vec![
        PreTokenizerWrapper::Split(split),
        PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, true, false)),
    ]);
    let mut plain = PlainTokenizer::new(bpe);
    plain.with_normalizer(Some(NFC)).map_err(failed)?;
    plain.with_pre_tokenizer(Some(sequence));
    Ok(plain)
}
