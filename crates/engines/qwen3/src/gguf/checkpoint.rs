//! A checkpoint in GGUF files: which layout it has, and what its metadata states.

use std::path::Path;

use crate::Qwen3Error;
use crate::codec::CodecConfig;
use crate::config::{EncoderConfig, GenerationConfig, ModelConfig};
use crate::tokenizer::{Pretokenizer, TextTokenizer};
use crate::weights::Weights;

use super::file::{ARCHITECTURE, GgufFile};
use super::tensors::TensorMap;
use super::vocabulary::Vocabulary;
use super::{companion, llama, qwentts};

/// What a checkpoint in GGUF files is made of.
pub(crate) struct GgufCheckpoint {
    pub(crate) config: ModelConfig,
    pub(crate) generation: GenerationConfig,
    pub(crate) tokenizer: TextTokenizer,
    pub(crate) weights: Weights,
    pub(crate) codec_config: CodecConfig,
    pub(crate) codec: Weights,
    /// None where the files lack the codec's encoder.
    pub(crate) encoder: Option<EncoderConfig>,
}

/// The configuration of a talker's file. The codec must be beside it.
///
/// # Errors
/// As [`GgufCheckpoint::open`], as far as the headers show.
pub(crate) fn config(path: &Path) -> Result<ModelConfig, Qwen3Error> {
    let files = GgufFiles::open(path)?;
    let vocabulary = Vocabulary::of(&files.talker)?;
    files.config(&vocabulary)
}

impl GgufCheckpoint {
    /// Opens a talker's file and the codec's beside it.
    ///
    /// # Errors
    /// `File` where one cannot be read; `Checkpoint` where it is no talker of Qwen3-TTS or not
    /// whole, where the codec is missing, or where metadata is missing or of no use; `Tensor` where
    /// a tensor that shows a size is missing.
    pub(crate) fn open(path: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        let files = GgufFiles::open(path)?;
        let vocabulary = Vocabulary::of(&files.talker)?;
        let config = files.config(&vocabulary)?;
        let tokenizer = vocabulary.tokenizer(config.talker_config.text_vocab_size, pretokenizer)?;
        let GgufFiles {
            talker,
            codec,
            layout,
        } = &files;
        let mut tensors = TensorMap::default();
        let mut codec_tensors = TensorMap::default();
        let (folded, codec_config, encoder, generation) = match layout {
            GgufLayout::Qwentts => {
                tensors.add(talker, qwentts::TALKER_NAMES);
                codec_tensors.add(codec, qwentts::CODEC_NAMES);
                let config = qwentts::codec_config(codec)?;
                let encoder = EncoderConfig::from_value(config.clone(), codec.path())?;
                let generation = qwentts::generation(talker)?;
                (qwentts::FOLDED, config, Some(encoder), generation)
            }
            GgufLayout::Llama => {
                let text = config.talker_config.text_vocab_size;
                tensors.add(talker, llama::TALKER_NAMES);
                tensors.add_rows(talker, llama::EMBEDDINGS, text, llama::TEXT_EMBEDDING);
                tensors.add(codec, llama::MMPROJ_NAMES);
                for (name, official) in llama::STACKED {
                    tensors.add_parts(codec, name, |part| format!("{official}.{part}.weight"));
                }
                codec_tensors.add(codec, llama::CODEC_NAMES);
                let (name, prefix, suffix) = llama::CODEBOOKS;
                codec_tensors.add_parts(codec, name, |part| format!("{prefix}.{part}.{suffix}"));
                let config = llama::codec_config(codec)?;
                (llama::FOLDED, config, None, llama::generation(talker)?)
            }
        };
        Ok(Self {
            config,
            generation: GenerationConfig::from_value(generation, talker.path())?,
            tokenizer,
            weights: tensors.weights(folded),
            codec_config: CodecConfig::from_value(codec_config, codec.path())?,
            codec: codec_tensors.weights(folded),
            encoder,
        })
    }
}

/// The program whose layout files have.
#[derive(Clone, Copy)]
enum GgufLayout {
    Qwentts,
    Llama,
}

/// Both files of a checkpoint.
struct GgufFiles {
    talker: GgufFile,
    codec: GgufFile,
    layout: GgufLayout,
}

impl GgufFiles {
    fn open(path: &Path) -> Result<Self, Qwen3Error> {
        let talker = GgufFile::open(path)?;
        let architecture = talker.string(ARCHITECTURE)?;
        let (layout, codec) = match architecture {
            qwentts::TALKER => {
                let fits = |file: &GgufFile| architecture_is(file, qwentts::CODEC);
                let missing = "has no codec beside it: put the codec's file, such as \
                               qwen-tokenizer-12hz-F32.gguf, into the same folder (from a hub: \
                               mynah models pull OWNER/NAME:FILE)";
                (
                    GgufLayout::Qwentts,
                    companion::find(&talker, missing, fits)?,
                )
            }
            llama::TALKER => {
                let rows = talker.u32(&format!("{}.embedding_length", llama::TALKER))?;
                let fits = |file: &GgufFile| {
                    is_second(file) && file.u32(llama::PROJECTION).ok() == Some(rows)
                };
                let missing = "has no mmproj file beside it: put the file of the same checkpoint \
                               that llama.cpp takes as --mmproj, such as mmproj-*.gguf, into the \
                               same folder (from a hub: mynah models pull OWNER/NAME:FILE)";
                (GgufLayout::Llama, companion::find(&talker, missing, fits)?)
            }
            _ if architecture == qwentts::CODEC || is_second(&talker) => {
                return Err(talker.error(
                    "has the codec of a checkpoint; name the talker's file, which is beside it",
                ));
            }
            other => {
                return Err(talker.error(format!(
                    "is of the architecture {other:?}; a talker of Qwen3-TTS has {:?} (of \
                     qwentts.cpp) or {:?} (of llama.cpp)",
                    qwentts::TALKER,
                    llama::TALKER
                )));
            }
        };
        Ok(Self {
            talker,
            codec,
            layout,
        })
    }

    fn config(&self, vocabulary: &Vocabulary<'_>) -> Result<ModelConfig, Qwen3Error> {
        let config = match self.layout {
            GgufLayout::Qwentts => qwentts::config(&self.talker, vocabulary)?,
            GgufLayout::Llama => llama::config(&self.talker, &self.codec, vocabulary)?,
        };
        ModelConfig::from_value(config, self.talker.path())
    }
}

fn architecture_is(file: &GgufFile, architecture: &str) -> bool {
    file.string(ARCHITECTURE).ok() == Some(architecture)
}

/// Whether this is an mmproj file of llama.cpp for Qwen3-TTS.
fn is_second(file: &GgufFile) -> bool {
    architecture_is(file, llama::MMPROJ)
        && file.string(llama::PROJECTOR).ok() == Some(llama::QWEN3_TTS)
}
