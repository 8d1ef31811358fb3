//! The layers of encoder and decoder. Each part's sum is normalized after it.

use candle_core::Tensor;
use candle_nn::{Activation, LayerNorm, Linear, Module};

use crate::error::MarianError;
use crate::weights::Part;

use super::attention::{Attention, Memory, linear};

/// What keeps a variance of nothing from being divided by.
const EPSILON: f64 = 1e-5;

#[derive(Debug)]
struct Feed {
    up: Linear,
    down: Linear,
    norm: LayerNorm,
    activation: Activation,
}

#[derive(Debug)]
pub(super) struct EncoderLayer {
    attention: Attention,
    norm: LayerNorm,
    feed: Feed,
}

#[derive(Debug)]
pub(super) struct DecoderLayer {
    attention: Attention,
    norm: LayerNorm,
    source: Attention,
    source_norm: LayerNorm,
    feed: Feed,
}

fn norm(part: &Part<'_>, name: &str, width: usize) -> Result<LayerNorm, MarianError> {
    let part = part.part(name);
    let (weight, bias) = (part.get("weight", &[width])?, part.get("bias", &[width])?);
    Ok(LayerNorm::new(weight, bias, EPSILON))
}

impl Feed {
    fn read(
        part: &Part<'_>,
        width: usize,
        inner: usize,
        activation: Activation,
    ) -> Result<Self, MarianError> {
        Ok(Self {
            up: linear(part, "fc1", width, inner)?,
            down: linear(part, "fc2", inner, width)?,
            norm: norm(part, "final_layer_norm", width)?,
            activation,
        })
    }

    fn forward(&self, rows: &Tensor) -> Result<Tensor, MarianError> {
        let inner = self.activation.forward(&self.up.forward(rows)?)?;
        Ok(self.norm.forward(&(rows + self.down.forward(&inner)?)?)?)
    }
}

impl EncoderLayer {
    pub(super) fn read(
        part: &Part<'_>,
        width: usize,
        heads: usize,
        inner: usize,
        activation: Activation,
    ) -> Result<Self, MarianError> {
        Ok(Self {
            attention: Attention::read(&part.part("self_attn"), width, heads)?,
            norm: norm(part, "self_attn_layer_norm", width)?,
            feed: Feed::read(part, width, inner, activation)?,
        })
    }

    /// Tokens × width.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor, MarianError> {
        let seen = self.attention.over(rows, &self.attention.look_at(rows)?)?;
        self.feed.forward(&self.norm.forward(&(rows + seen)?)?)
    }
}

impl DecoderLayer {
    pub(super) fn read(
        part: &Part<'_>,
        width: usize,
        heads: usize,
        inner: usize,
        activation: Activation,
    ) -> Result<Self, MarianError> {
        Ok(Self {
            attention: Attention::read(&part.part("self_attn"), width, heads)?,
            norm: norm(part, "self_attn_layer_norm", width)?,
            source: Attention::read(&part.part("encoder_attn"), width, heads)?,
            source_norm: norm(part, "encoder_attn_layer_norm", width)?,
            feed: Feed::read(part, width, inner, activation)?,
        })
    }

    pub(super) fn look_at(&self, source: &Tensor) -> Result<Memory, MarianError> {
        self.source.look_at(source)
    }

    /// Beams × width.
    pub(super) fn forward(
        &self,
        rows: &Tensor,
        own: &mut Option<Memory>,
        source: &Memory,
    ) -> Result<Tensor, MarianError> {
        let rows = self
            .norm
            .forward(&(rows + self.attention.onward(rows, own)?)?)?;
        let seen = self.source.over(&rows, source)?;
        let rows = self.source_norm.forward(&(&rows + seen)?)?;
        self.feed.forward(&rows)
    }
}
