//! One layer: attention over all positions before, then a gated feed-forward network.
//!
//! `h += o(attention(rope(norm(q)), rope(norm(k)), v))`, then `h += down(silu(gate) × up)`; each
//! half reads an RMS-normalized h. The norms of q and k are over a head, before the rotation.

use crate::Qwen3Error;
use crate::kernels::Matrix;
use crate::weights::Loader;

/// The sizes of a transformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransformerConfig {
    /// Numbers in a row between layers.
    pub hidden_size: usize,
    /// Rows of the feed-forward network's gate.
    pub intermediate_size: usize,
    /// Query heads.
    pub num_heads: usize,
    /// Key and value heads; each serves `num_heads` / `num_kv_heads` query heads.
    pub num_kv_heads: usize,
    /// Numbers in a head.
    pub head_dim: usize,
    /// Added to the mean square in norms.
    pub epsilon: f32,
    /// Base of the rotary positions.
    pub theta: f32,
}

impl TransformerConfig {
    pub(super) const fn queries(&self) -> usize {
        self.num_heads * self.head_dim
    }

    pub(super) const fn keys(&self) -> usize {
        self.num_kv_heads * self.head_dim
    }
}

/// The weights of one layer. Matrices that read the same input are one.
#[derive(Debug)]
pub(super) struct TransformerLayer {
    pub(super) input_norm: Vec<f32>,
    /// q, then k, then v.
    pub(super) qkv: Matrix,
    pub(super) query_norm: Vec<f32>,
    pub(super) key_norm: Vec<f32>,
    pub(super) out: Matrix,
    pub(super) post_attention_norm: Vec<f32>,
    /// gate, then up.
    pub(super) gate_up: Matrix,
    pub(super) down: Matrix,
}

impl TransformerLayer {
    /// Reads the tensors under `prefix`, such as `talker.model.layers.0`.
    pub(super) fn load(
        loader: &Loader<'_>,
        prefix: &str,
        config: &TransformerConfig,
    ) -> Result<Self, Qwen3Error> {
        let TransformerConfig {
            hidden_size,
            intermediate_size,
            head_dim,
            ..
        } = *config;
        let (queries, keys) = (config.queries(), config.keys());
        let norm = |name: &str, size| loader.vector(&format!("{prefix}.{name}.weight"), size);
        let stacked = |names: &[(&str, usize)], cols| {
            let tensors: Vec<_> = names
                .iter()
                .map(|(name, rows)| (format!("{prefix}.{name}.weight"), *rows))
                .collect();
            loader.stacked(&tensors, cols)
        };
        Ok(Self {
            input_norm: norm("input_layernorm", hidden_size)?,
            qkv: stacked(
                &[
                    ("self_attn.q_proj", queries),
                    ("self_attn.k_proj", keys),
                    ("self_attn.v_proj", keys),
                ],
                hidden_size,
            )?,
            query_norm: norm("self_attn.q_norm", head_dim)?,
            key_norm: norm("self_attn.k_norm", head_dim)?,
            out: stacked(&[("self_attn.o_proj", hidden_size)], queries)?,
            post_attention_norm: norm("post_attention_layernorm", hidden_size)?,
            gate_up: stacked(
                &[
                    ("mlp.gate_proj", intermediate_size),
                    ("mlp.up_proj", intermediate_size),
                ],
                hidden_size,
            )?,
            down: stacked(&[("mlp.down_proj", hidden_size)], intermediate_size)?,
        })
    }
}
