//! An opened checkpoint: its configuration, its tokenizer, its networks.

mod clone_encoders;
mod embed;
mod files;
mod identity;
mod packing;
mod prepared;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::codec::Decoder;
use crate::config::{GenerationConfig, ModelConfig};
use crate::generate::Prompt;
use crate::kernels::{Precision, ThreadPool};
use crate::lm::{Predictor, Talker};
use crate::request::{Request, ValidationMode};
use crate::tokenizer::{Pretokenizer, TextTokenizer};
use crate::weights::Weights;
use crate::{Processor, Qwen3Error};

use files::{EncoderSource, Files, MatrixSource, Networks};

pub use clone_encoders::CloneEncoders;
pub use prepared::Prepared;

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
    path: PathBuf,
    identity: String,
    precision: Precision,
    config: ModelConfig,
    generation: GenerationConfig,
    tokenizer: TextTokenizer,
    pool: Arc<ThreadPool>,
    talker: Talker,
    predictor: Predictor,
    codec: Decoder,
    weights: Arc<Weights>,
    codec_weights: Arc<Weights>,
    encoder: EncoderSource,
    clone_encoders: OnceLock<CloneEncoders>,
}

impl Model {
    /// Opens a checkpoint's folder, or its GGUF file, beside which there is the codec's.
    ///
    /// Where it is opened in this precision for the first time, its weights are packed, which takes
    /// from seconds to a minute; `on_packing` is called with the name of each matrix. The file lies
    /// in `mynah/` of the folder, or in the user's cache where the folder cannot be written.
    ///
    /// # Errors
    /// `File` where something cannot be read or written, `Checkpoint` where a file is not what it
    /// should be, `Tensor` where a tensor is missing or has another type or shape.
    pub fn open(
        path: &Path,
        options: &Options,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<Self, Qwen3Error> {
        let threads = options
            .threads
            .unwrap_or_else(|| Processor::of_process().threads);
        let files = Files::open(path, options.pretokenizer)?;
        let pool = ThreadPool::shared(threads);
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
            path: path.to_owned(),
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
            encoder: files.encoder,
            clone_encoders: OnceLock::new(),
        })
    }

    /// Packs the weights of a checkpoint, where that was not done before, and returns the file.
    ///
    /// # Errors
    /// As [`Model::open`]; `Invalid` for f32, which is not packed.
    pub fn pack(
        path: &Path,
        options: &Options,
        on_packing: &mut OnPacking<'_>,
    ) -> Result<PathBuf, Qwen3Error> {
        if options.precision == Precision::F32 {
            return Err(Qwen3Error::invalid(
                "precision",
                "f32 weights are used as they lie; pack bf16, int8 or int4",
            ));
        }
        let files = Files::open(path, options.pretokenizer)?;
        let pool = ThreadPool::shared(
            options
                .threads
                .unwrap_or_else(|| Processor::of_process().threads),
        );
        let packed = files.packed(&pool, options.precision, on_packing)?;
        Ok(packed.path().to_owned())
    }

    /// Where it was opened: a folder, or a GGUF file.
    pub fn path(&self) -> &Path {
        &self.path
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
    pub fn thread_pool(&self) -> &ThreadPool {
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
