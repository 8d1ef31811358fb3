//! An opened checkpoint: its configuration, its tokenizer, its networks.

mod clone_encoders;
mod embed;
mod identity;
mod packing;
mod prepared;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::Qwen3Error;
use crate::codec::{CodecConfig, Decoder};
use crate::config::{GenerationConfig, ModelConfig};
use crate::generate::Prompt;
use crate::kernels::{Precision, ThreadPool};
use crate::lm::{Predictor, Talker, TalkerSizes, TransformerConfig};
use crate::request::{Request, ValidationMode};
use crate::tokenizer::{Pretokenizer, TextTokenizer};
use crate::weights::{Loader, OnMatrix, Packed, Weights};

pub use clone_encoders::CloneEncoders;
pub use prepared::Prepared;

/// The folder of the codec within a checkpoint's.
const CODEC: &str = "speech_tokenizer";

/// How a checkpoint is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The format of the weights. All but f32 are packed once, into a file that later starts map.
    pub precision: Precision,
    /// Threads that compute; unset, one for each core that this process may use.
    pub threads: Option<usize>,
    /// How text is split before the tokenizer merges it.
    pub pretokenizer: Pretokenizer,
}

/// Is called while a checkpoint is opened for the first time.
pub type OnPacking<'a> = dyn FnMut(&str) + 'a;

/// A checkpoint that can speak.
#[derive(Debug)]
pub struct Model {
    folder: PathBuf,
    identity: String,
    precision: Precision,
    config: ModelConfig,
    generation: GenerationConfig,
    tokenizer: TextTokenizer,
    pool: ThreadPool,
    talker: Talker,
    predictor: Predictor,
    codec: Decoder,
    weights: Arc<Weights>,
    codec_weights: Arc<Weights>,
    clone_encoders: OnceLock<CloneEncoders>,
}

impl Model {
    /// Opens a checkpoint's folder.
    ///
    /// Where it is opened in this precision for the first time, its weights are packed, which takes
    /// from seconds to a minute; `on_packing` is called with the name of each matrix. The file lies
    /// in `mynah/` of the folder, or in the user's cache where the folder cannot be written.
    ///
    /// # Errors
    /// `File` where something cannot be read or written, `Checkpoint` where a file is not what it
    /// should be, `Tensor` where a tensor is missing or has another type or shape.
    pub fn open(
        folder: &Path,
        options: &Options,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<Self, Qwen3Error> {
        let threads = options.threads.unwrap_or_else(cores);
        let files = Files::open(folder, options.pretokenizer)?;
        let pool = ThreadPool::new(threads);
        let packed = match options.precision {
            Precision::F32 => None,
            precision => Some(files.packed(&pool, precision, on_packing)?),
        };
        if let Some(packed) = &packed {
            packed.prefetch();
        }
        let Networks {
            talker,
            predictor,
            codec,
        } = files.networks(&MatrixSource {
            pool: &pool,
            precision: options.precision,
            packed: packed.as_ref(),
            on_matrix: None,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            identity: files.identity,
            precision: options.precision,
            config: files.config,
            generation: files.generation,
            tokenizer: files.tokenizer,
            pool,
            talker,
            predictor,
            codec,
            weights: files.weights,
            codec_weights: files.codec,
            clone_encoders: OnceLock::new(),
        })
    }

    /// Packs the weights of a checkpoint, where that was not done before, and returns the file.
    ///
    /// # Errors
    /// As [`Model::open`]; `Invalid` for f32, which is not packed.
    pub fn pack(
        folder: &Path,
        options: &Options,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<PathBuf, Qwen3Error> {
        if options.precision == Precision::F32 {
            return Err(Qwen3Error::invalid(
                "precision",
                "f32 weights are used as they lie; pack bf16, int8 or int4",
            ));
        }
        let files = Files::open(folder, options.pretokenizer)?;
        let pool = ThreadPool::new(options.threads.unwrap_or_else(cores));
        let packed = files.packed(&pool, options.precision, on_packing)?;
        Ok(packed.path().to_owned())
    }

    /// Where it was opened.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its identity: 32 hexadecimal digits.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The format of its weights.
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// Its configuration.
    pub const fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Its default sampling parameters.
    pub const fn generation(&self) -> &GenerationConfig {
        &self.generation
    }

    /// Its tokenizer.
    pub const fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// The threads that compute.
    pub const fn thread_pool(&self) -> &ThreadPool {
        &self.pool
    }

    /// The model of a frame's first code.
    pub const fn talker(&self) -> &Talker {
        &self.talker
    }

    /// The model of the others.
    pub const fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// The codec's decoder.
    pub const fn codec(&self) -> &Decoder {
        &self.codec
    }

    /// Bytes of weights that a frame of one utterance reads in the two language models, whatever is
    /// cached: the talker's once, the predictor's for each code that it generates.
    pub fn bytes_per_frame(&self) -> usize {
        self.talker.bytes() + self.predictor.bytes_per_frame()
    }

    /// Checks a request, and lays out its prompt.
    ///
    /// # Errors
    /// `Invalid` and `Unsupported` as [`Request::validate`] has them.
    pub fn prepare(&self, request: &Request, mode: ValidationMode) -> Result<Prepared, Qwen3Error> {
        Prepared::new(self, request, mode)
    }

    /// The rows of a prompt.
    pub fn embed(&self, prepared: &Prepared) -> Prompt {
        embed::prompt(
            &self.config,
            &self.pool,
            &self.talker,
            &self.predictor,
            prepared.layout(),
            prepared.clone_prompt(),
        )
    }
}

/// One thread for each core that this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The files of a checkpoint, read as far as they are small and mapped where they are not.
struct Files {
    folder: PathBuf,
    identity: String,
    config: ModelConfig,
    generation: GenerationConfig,
    tokenizer: TextTokenizer,
    weights: Arc<Weights>,
    codec_config: CodecConfig,
    codec: Arc<Weights>,
}

/// Where matrices come from, and where they go.
struct MatrixSource<'a> {
    pool: &'a ThreadPool,
    precision: Precision,
    packed: Option<&'a Packed>,
    on_matrix: Option<&'a OnMatrix<'a>>,
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

struct Networks {
    talker: Talker,
    predictor: Predictor,
    codec: Decoder,
}

impl Files {
    fn open(folder: &Path, pretokenizer: Pretokenizer) -> Result<Self, Qwen3Error> {
        let config = ModelConfig::load(folder)?;
        let generation = GenerationConfig::load(folder)?;
        let tokenizer = TextTokenizer::load(folder, pretokenizer)?;
        let weights = Arc::new(Weights::open(folder)?);
        let codec_config = CodecConfig::load(&folder.join(CODEC))?;
        let codec = Arc::new(Weights::open(&folder.join(CODEC))?);
        Ok(Self {
            folder: folder.to_owned(),
            identity: identity::of(folder, &[&weights, &codec])?,
            config,
            generation,
            tokenizer,
            weights,
            codec_config,
            codec,
        })
    }

    fn packed(
        &self,
        pool: &ThreadPool,
        precision: Precision,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<Packed, Qwen3Error> {
        let locations = packing::locations(&self.folder, &self.identity, precision);
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

    fn networks(&self, source: &MatrixSource<'_>) -> Result<Networks, Qwen3Error> {
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
