//! One layer: attention over all positions before, then a gated feed-forward network.
//!
//! `h += o(attention(rope(norm(q)), rope(norm(k)), v))`, then `h += down(silu(gate) × up)`; each
//! half reads an RMS-normalized h. The norms of q and k are over a head, before the rotation.

use crate::Result;
use crate::kernels::Matrix;
use crate::weights::Loader;

/// The sizes of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Numbers in a row between layers.
    pub hidden: usize,
    /// Rows of the feed-forward network's gate.
    pub intermediate: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads` / `kv_heads` query heads.
    pub kv_heads: usize,
    /// Numbers in a head.
    pub head: usize,
    /// Added to the mean square in norms.
    pub epsilon: f32,
    /// Base of the rotary positions.
    pub theta: f32,
}

impl Geometry {
    pub(super) const fn queries(&self) -> usize {
        self.heads * self.head
    }

    pub(super) const fn keys(&self) -> usize {
        self.kv_heads * self.head
    }
}

/// The weights of one layer. Matrices that read the same input are one.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) input_norm: Vec<f32>,
    /// q, then k, then v.
    pub(super) qkv: Matrix,
    pub(super) query_norm: Vec<f32>,
    pub(super) key_norm: Vec<f32>,
    pub(super) out: Matrix,
    pub(super) middle_norm: Vec<f32>,
    /// gate, then up.
    pub(super) gate_up: Matrix,
    pub(super) down: Matrix,
}

impl Layer {
    /// Reads the tensors under `prefix`, such as `talker.model.layers.0`.
    pub(super) fn load(loader: &Loader<'_>, prefix: &str, geometry: &Geometry) -> Result<Self> {
        let Geometry {
            hidden,
            intermediate,
            head,
            ..
        } = *geometry;
        let (queries, keys) = (geometry.queries(), geometry.keys());
        let norm = |name: &str, size| loader.vector(&format!("{prefix}.{name}.weight"), size);
        let stacked = |names: &[(&str, usize)], cols| {
            let tensors: Vec<_> = names
                .iter()
                .map(|(name, rows)| (format!("{prefix}.{name}.weight"), *rows))
                .collect();
            loader.stacked(&tensors, cols)
        };
        Ok(Self {
            input_norm: norm("input_layernorm", hidden)?,
            qkv: stacked(
                &[
                    ("self_attn.q_proj", queries),
                    ("self_attn.k_proj", keys),
                    ("self_attn.v_proj", keys),
                ],
                hidden,
            )?,
            query_norm: norm("self_attn.q_norm", head)?,
            key_norm: norm("self_attn.k_norm", head)?,
            out: stacked(&[("self_attn.o_proj", hidden)], queries)?,
            middle_norm: norm("post_attention_layernorm", hidden)?,
            gate_up: stacked(
                &[
                    ("mlp.gate_proj", intermediate),
                    ("mlp.up_proj", intermediate),
                ],
                hidden,
            )?,
            down: stacked(&[("mlp.down_proj", hidden)], intermediate)?,
        })
    }
}
