//! The network: an encoder over the source, a decoder over the target so far.
//!
//! Source: `modeling_marian.py` of transformers. Written with candle's tensors and not with its own
//! Marian: that keeps the cache to itself, so that beams cannot be put in another order, computes
//! what the decoder uses of the source anew for each token, and has only one embedding for both.

mod attention;
mod layer;

use std::path::Path;

use candle_core::{Device, Tensor};
use candle_nn::Activation;

use crate::config::{Config, Generation};
use crate::error::MarianError;
use crate::weights::Weights;

use attention::Memory;
use layer::{DecoderLayer, EncoderLayer};

/// A loaded model. Cheap to share; a call changes nothing in it.
#[derive(Debug)]
pub struct Model {
    source: Tensor,
    target: Tensor,
    /// Target's tokens × width.
    head: Tensor,
    bias: Tensor,
    positions: Tensor,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
    scale: f64,
    max_positions: usize,
}

/// A target being written by several beams: what the decoder keeps between its steps.
#[derive(Debug)]
pub struct State {
    layers: Vec<(Option<Memory>, Memory)>,
    written: usize,
}

impl Model {
    /// Reads a model's weights.
    ///
    /// # Errors
    /// A file that is missing or damaged, with the tensor at fault.
    pub fn read(folder: &Path, config: &Config) -> Result<Self, MarianError> {
        let weights = Weights::open(folder)?;
        let width = config.d_model;
        let shared = "model.shared.weight";
        let head_name = "lm_head.weight";
        let (encoder, decoder) = (
            "model.encoder.embed_tokens.weight",
            "model.decoder.embed_tokens.weight",
        );
        let (sources, targets) = ([config.vocab_size, width], [config.target_vocab(), width]);
        // A file has any one name of a tensor that has several.
        let (source, target) = if config.share_encoder_decoder_embeddings {
            let embedding = weights.first(&[shared, encoder, decoder, head_name], &sources)?;
            (embedding.clone(), embedding)
        } else if config.tie_word_embeddings {
            (
                weights.get(encoder, &sources)?,
                weights.first(&[decoder, head_name], &targets)?,
            )
        } else {
            (
                weights.get(encoder, &sources)?,
                weights.get(decoder, &targets)?,
            )
        };
        let head = if config.tie_word_embeddings {
            target.clone()
        } else {
            weights.get(head_name, &targets)?
        };
        let activation = activation(&config.activation_function).ok_or_else(|| {
            MarianError::unsupported(&folder.join("config.json"), "activation_function")
        })?;
        let encoder = (0..config.encoder_layers).map(|place| {
            let part = weights.part(format!("model.encoder.layers.{place}"));
            EncoderLayer::read(
                &part,
                width,
                config.encoder_attention_heads,
                config.encoder_ffn_dim,
                activation,
            )
        });
        let decoder = (0..config.decoder_layers).map(|place| {
            let part = weights.part(format!("model.decoder.layers.{place}"));
            DecoderLayer::read(
                &part,
                width,
                config.decoder_attention_heads,
                config.decoder_ffn_dim,
                activation,
            )
        });
        Ok(Self {
            source,
            target,
            head,
            bias: weights.get("final_logits_bias", &[1, config.target_vocab()])?,
            positions: positions(config.max_position_embeddings, width)?,
            encoder: encoder.collect::<Result<_, _>>()?,
            decoder: decoder.collect::<Result<_, _>>()?,
            scale: if config.scale_embedding {
                (width as f64).sqrt()
            } else {
                1.0
            },
            max_positions: config.max_position_embeddings,
        })
    }

    /// Reads a source: what each of the decoder's layers will see of it.
    ///
    /// # Errors
    /// A source that is empty or longer than the model's positions.
    pub fn encode(&self, source: &[u32]) -> Result<State, MarianError> {
        if source.is_empty() || source.len() > self.max_positions {
            return Err(MarianError::Compute(format!(
                "a source of {} tokens, where 1 to {} are possible",
                source.len(),
                self.max_positions
            )));
        }
        let mut hidden = self.embed(&self.source, source, 0)?;
        for layer in &self.encoder {
            hidden = layer.forward(&hidden)?;
        }
        let layers = self
            .decoder
            .iter()
            .map(|layer| Ok((None, layer.look_at(&hidden)?)));
        Ok(State {
            layers: layers.collect::<Result<_, MarianError>>()?,
            written: 0,
        })
    }

    /// Writes one token for each beam and gives the logits of what may follow it: beams × target's
    /// tokens.
    ///
    /// # Errors
    /// A target longer than the model's positions; other beams than at the step before.
    pub fn step(&self, state: &mut State, tokens: &[u32]) -> Result<Vec<Vec<f32>>, MarianError> {
        if state.written >= self.max_positions {
            return Err(MarianError::Compute("the target is too long".into()));
        }
        let ids = Tensor::new(tokens, &Device::Cpu)?;
        let here = self.positions.narrow(0, state.written, 1)?;
        let mut hidden = (self.target.index_select(&ids, 0)? * self.scale)?.broadcast_add(&here)?;
        for (layer, (own, source)) in self.decoder.iter().zip(&mut state.layers) {
            hidden = layer.forward(&hidden, own, source)?;
        }
        state.written += 1;
        let logits = hidden.matmul(&self.head.t()?)?.broadcast_add(&self.bias)?;
        Ok(logits.to_vec2()?)
    }

    /// Rows of an embedding at successive positions: tokens × width.
    fn embed(&self, embedding: &Tensor, ids: &[u32], first: usize) -> Result<Tensor, MarianError> {
        let rows = embedding.index_select(&Tensor::new(ids, &Device::Cpu)?, 0)?;
        let here = self.positions.narrow(0, first, ids.len())?;
        Ok(((rows * self.scale)? + here)?)
    }
}

impl State {
    /// Goes on with these of the beams, in this order; each may be taken several times.
    ///
    /// # Errors
    /// A beam that there is not.
    pub fn select_beams(&mut self, beams: &[u32]) -> Result<(), MarianError> {
        let beams = Tensor::new(beams, &Device::Cpu)?;
        for (own, _) in &mut self.layers {
            if let Some(own) = own {
                own.select_beams(&beams)?;
            }
        }
        Ok(())
    }
}

/// The tokens that begin a target.
pub(crate) fn start(generation: &Generation, beams: usize) -> Vec<u32> {
    vec![generation.decoder_start_token_id; beams]
}

fn activation(name: &str) -> Option<Activation> {
    match name {
        "swish" | "silu" => Some(Activation::Silu),
        // By the error function, as `gelu` means it there.
        "gelu" => Some(Activation::Gelu),
        "relu" => Some(Activation::Relu),
        _ => None,
    }
}

/// Sines in the first half of the width, cosines in the second: positions × width.
fn positions(count: usize, width: usize) -> Result<Tensor, MarianError> {
    let half = width / 2;
    let mut table = Vec::with_capacity(count * width);
    for position in 0..count {
        let angle =
            |place: usize| position as f64 / 10000_f64.powf(2.0 * place as f64 / width as f64);
        table.extend((0..half).map(|place| angle(place).sin() as f32));
        table.extend((0..half).map(|place| angle(place).cos() as f32));
    }
    Ok(Tensor::from_vec(table, (count, width), &Device::Cpu)?)
}
