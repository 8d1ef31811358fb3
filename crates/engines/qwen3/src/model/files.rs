//! The files of a checkpoint: a folder of safetensors and JSON, or GGUF files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Qwen3Error;
use crate::codec::{CodecConfig, Decoder};
use crate::config::{EncoderConfig, GenerationConfig, ModelConfig};
use crate::gguf::GgufCheckpoint;
use crate::kernels::{Precision, ThreadPool};
use crate::lm::{Predictor, Talker, TalkerSizes, TransformerConfig};
use crate::tokenizer::{Pretokenizer, TextTokenizer};
use crate::weights::{Loader, OnMatrix, Packed, Weights};

use super::{OnPacking, identity, packing};

/// The folder of the codec within a checkpoint's.
const CODEC: &str = "speech_tokenizer";

/// The files of a checkpoint, read as far as they are small and mapped where they are not.
pub(super) struct Files {
    path: PathBuf,
    pub(super) identity: String,
    pub(super) config: ModelConfig,
    pub(super) generation: GenerationConfig,
    pub(super) tokenizer: TextTokenizer,
    pub(super) weights: Arc<Weights>,
    codec_config: CodecConfig,
    pub(super) codec: Arc<Weights>,
    pub(super) encoder: EncoderSource,
}

/// Where the configuration of the codec's encoder is. It is read when a voice is cloned.
#[derive(Debug)]
pub(super) enum EncoderSource {
    /// In the codec's folder.
    Folder(PathBuf),
    /// In a GGUF file, whose metadata was read; boxed, for it is the largest.
    Metadata(Box<EncoderConfig>),
    /// The files lack the encoder.
    Absent,
}

/// Where matrices come from, and where they go.
pub(super) struct MatrixSource<'a> {
    pub(super) pool: &'a ThreadPool,
    pub(super) precision: Precision,
    pub(super) packed: Option<&'a Packed>,
    pub(super) on_matrix: Option<&'a OnMatrix<'a>>,
}

impl<'a> MatrixSource<'a> {
    const fn loader(&self, weights: &'a Weights, precision: Precision) -> Loader<'a> {
        Loader {
            weights,
            packed: self.packed,
            pool: self.pool,
            precision,
            on_matrix: self.on_matrix,
        }
    }
}

pub(super) struct Networks {
    pub(super) talker: Talker,
    pub(super) predictor: Predictor,
    pub(super) codec: Decoder,
}

impl Files {
    pub(super) fn open(path: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        if path.is_file() {
            Self::open_gguf(path, pretokenizer)
        } else {
            Self::open_folder(path, pretokenizer)
        }
    }

    fn open_folder(folder: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        let config = ModelConfig::load(folder)?;
        let generation = GenerationConfig::load(folder)?;
        let tokenizer = TextTokenizer::load(folder, pretokenizer)?;
        let weights = Arc::new(Weights::open(folder)?);
        let codec_config = CodecConfig::load(&folder.join(CODEC))?;
        let codec = Arc::new(Weights::open(&folder.join(CODEC))?);
        Ok(Self {
            path: folder.to_owned(),
            identity: identity::of(Some(&folder.join("config.json")), &[&weights, &codec])?,
            config,
            generation,
            tokenizer,
            weights,
            codec_config,
            codec,
            encoder: EncoderSource::Folder(folder.join(CODEC)),
        })
    }

    fn open_gguf(path: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        let checkpoint = GgufCheckpoint::open(path, pretokenizer)?;
        let encoder = checkpoint.encoder.map(Box::new);
        let (weights, codec) = (Arc::new(checkpoint.weights), Arc::new(checkpoint.codec));
        Ok(Self {
            path: path.to_owned(),
            // The configuration is in the headers.
            identity: identity::of(None, &[&weights, &codec])?,
            config: checkpoint.config,
            generation: checkpoint.generation,
            tokenizer: checkpoint.tokenizer,
            weights,
            codec_config: checkpoint.codec_config,
            codec,
            encoder: encoder.map_or(EncoderSource::Absent, EncoderSource::Metadata),
        })
    }

    /// The packed weights, which are packed where that was not done before.
    pub(super) fn packed(
        &self,
        pool: &ThreadPool,
        precision: Precision,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<Packed, Qwen3Error> {
        let locations = packing::locations(&self.path, &self.identity, precision);
        if let Some(packed) = packing::find(&locations, &self.identity)? {
            return Ok(packed);
        }
        packing::make(&locations, &self.identity, on_packing, &|on_matrix| {
            self.networks(&MatrixSource {
                pool,
                precision,
                packed: None,
                on_matrix: Some(on_matrix),
            })
            .map(|_| ())
        })
    }

    /// The networks.
    pub(super) fn networks(&self, source: &MatrixSource<'_>) -> Result<Networks, Qwen3Error> {
        let loader = source.loader(&self.weights, source.precision);
        let talker = &self.config.talker_config;
        let transformer_config = TransformerConfig {
            hidden_size: talker.hidden_size,
            intermediate_size: talker.intermediate_size,
            num_heads: talker.num_attention_heads,
            num_kv_heads: talker.num_key_value_heads,
            head_dim: talker.head_dim,
            epsilon: talker.rms_norm_eps,
            theta: talker.rope_theta,
        };
        let sizes = TalkerSizes {
            layers: talker.num_hidden_layers,
            codes: talker.vocab_size,
            tokens: talker.text_vocab_size,
            text_hidden: talker.text_hidden_size,
        };
        let inner = &talker.code_predictor_config;
        let predictor_config = TransformerConfig {
            hidden_size: inner.hidden_size,
            intermediate_size: inner.intermediate_size,
            num_heads: inner.num_attention_heads,
            num_kv_heads: inner.num_key_value_heads,
            head_dim: inner.head_dim,
            epsilon: inner.rms_norm_eps,
            theta: inner.rope_theta,
        };
        Ok(Networks {
            talker: Talker::load(&loader, &self.weights, transformer_config, sizes)?,
            predictor: Predictor::load(
                &loader,
                &self.weights,
                predictor_config,
                inner.num_hidden_layers,
                inner.vocab_size,
                inner.num_code_groups,
                talker.hidden_size,
            )?,
            codec: Decoder::load(
                &source.loader(&self.codec, source.precision),
                &self.codec_config,
            )?,
        })
    }
}
