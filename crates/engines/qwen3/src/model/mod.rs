//! A checkpoint, opened: what it says of itself, its tokenizer, its networks.

mod embed;
mod identity;
mod packing;
mod prepared;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::codec::{CodecConfig, Decoder};
use crate::config::{GenerationConfig, ModelConfig};
use crate::generate::Prompt;
use crate::kernels::{Precision, Team};
use crate::lm::{Geometry, Predictor, Talker, TalkerSizes};
use crate::request::{Conduct, Request};
use crate::tokenizer::{Pretokenizer, TextTokenizer};
use crate::weights::{Loader, Made, Packed, Weights};
use crate::{Qwen3Error, Result};

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
    /// How text is cut before the tokenizer merges it.
    pub pretokenizer: Pretokenizer,
}

/// What is told while a checkpoint is opened for the first time.
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
    team: Team,
    talker: Talker,
    predictor: Predictor,
    codec: Decoder,
}

impl Model {
    /// Opens a checkpoint's folder.
    ///
    /// Where it is opened in this precision for the first time, its weights are packed, which takes
    /// from seconds to a minute; `told` hears the name of each matrix. The file lies in `mynah/` of
    /// the folder, or in the user's cache where the folder cannot be written.
    ///
    /// # Errors
    /// `File` where something cannot be read or written, `Checkpoint` where a file is not what it
    /// should be, `Tensor` where a tensor is missing or has another type or shape.
    pub fn open(folder: &Path, options: &Options, told: &mut OnPacking<'_>) -> Result<Self> {
        let threads = options.threads.unwrap_or_else(cores);
        let files = Files::open(folder, options.pretokenizer)?;
        let team = Team::new(threads);
        let packed = match options.precision {
            Precision::F32 => None,
            precision => Some(files.packed(&team, precision, told)?),
        };
        if let Some(packed) = &packed {
            packed.prefetch();
        }
        let Networks {
            talker,
            predictor,
            codec,
        } = files.networks(&Source {
            team: &team,
            precision: options.precision,
            packed: packed.as_ref(),
            made: None,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            identity: files.identity,
            precision: options.precision,
            config: files.config,
            generation: files.generation,
            tokenizer: files.tokenizer,
            team,
            talker,
            predictor,
            codec,
        })
    }

    /// Packs the weights of a checkpoint, where that was not done before, and returns the file.
    ///
    /// # Errors
    /// As [`Model::open`]; `Invalid` for f32, which is not packed.
    pub fn pack(folder: &Path, options: &Options, told: &mut OnPacking<'_>) -> Result<PathBuf> {
        if options.precision == Precision::F32 {
            return Err(Qwen3Error::invalid(
                "precision",
                "f32 weights are used as they lie; pack bf16, int8 or int4",
            ));
        }
        let files = Files::open(folder, options.pretokenizer)?;
        let team = Team::new(options.threads.unwrap_or_else(cores));
        let packed = files.packed(&team, options.precision, told)?;
        Ok(packed.path().to_owned())
    }

    /// Where it was opened.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What tells it from other checkpoints: 32 hexadecimal digits.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The format of its weights.
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// What it says of itself.
    pub const fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// How it likes to be sampled.
    pub const fn generation(&self) -> &GenerationConfig {
        &self.generation
    }

    /// Its tokenizer.
    pub const fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// Who computes.
    pub const fn team(&self) -> &Team {
        &self.team
    }

    /// The model of a frame's first code.
    pub const fn talker(&self) -> &Talker {
        &self.talker
    }

    /// The model of the others.
    pub const fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// What makes sound of codes.
    pub const fn codec(&self) -> &Decoder {
        &self.codec
    }

    /// Checks a request, and lays out its prompt.
    ///
    /// # Errors
    /// `Invalid` and `Unsupported` as [`Request::validate`] has them.
    pub fn prepare(&self, request: &Request, conduct: Conduct) -> Result<Prepared> {
        Prepared::new(self, request, conduct)
    }

    /// The rows of a prompt.
    pub fn embed(&self, prepared: &Prepared) -> Prompt {
        embed::prompt(
            &self.config,
            &self.team,
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
struct Source<'a> {
    team: &'a Team,
    precision: Precision,
    packed: Option<&'a Packed>,
    made: Option<&'a Made<'a>>,
}

impl<'a> Source<'a> {
    const fn loader(&self, weights: &'a Weights, precision: Precision) -> Loader<'a> {
        Loader {
            weights,
            packed: self.packed,
            team: self.team,
            precision,
            made: self.made,
        }
    }
}

struct Networks {
    talker: Talker,
    predictor: Predictor,
    codec: Decoder,
}

impl Files {
    fn open(folder: &Path, pretokenizer: Pretokenizer) -> Result<Self> {
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
        team: &Team,
        precision: Precision,
        told: &mut OnPacking<'_>,
    ) -> Result<Packed> {
        let places = packing::places(&self.folder, &self.identity, precision);
        if let Some(packed) = packing::find(&places, &self.identity)? {
            return Ok(packed);
        }
        packing::make(&places, &self.identity, told, &|made| {
            self.networks(&Source {
                team,
                precision,
                packed: None,
                made: Some(made),
            })
            .map(|_| ())
        })
    }

    fn networks(&self, source: &Source<'_>) -> Result<Networks> {
        let loader = source.loader(&self.weights, source.precision);
        let talker = &self.config.talker_config;
        let geometry = Geometry {
            hidden: talker.hidden_size,
            intermediate: talker.intermediate_size,
            heads: talker.num_attention_heads,
            kv_heads: talker.num_key_value_heads,
            head: talker.head_dim,
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
        let inner_geometry = Geometry {
            hidden: inner.hidden_size,
            intermediate: inner.intermediate_size,
            heads: inner.num_attention_heads,
            kv_heads: inner.num_key_value_heads,
            head: inner.head_dim,
            epsilon: inner.rms_norm_eps,
            theta: inner.rope_theta,
        };
        Ok(Networks {
            talker: Talker::load(&loader, &self.weights, geometry, sizes)?,
            predictor: Predictor::load(
                &loader,
                &self.weights,
                inner_geometry,
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
