//! The transformer between the convolutions, with causal attention over all time steps.
//!
//! Mimi's configuration has a `sliding_window`, of ten seconds. The official package (transformers
//! 4.57.3) passes it to flash attention only, which it never uses for the codec: it computes, and
//! the models were trained with, attention without a window.
//!
//! `h += scale × o(attention(rope(q), rope(k), v))`, then `h += scale × fc2(gelu(fc1(h)))`; each
//! half reads a layer-normalized h.

use crate::Qwen3Error;
use crate::config::EncoderConfig;
use crate::kernels::{Matrix, PackedActivations, Precision, Rope, Shape, ThreadPool, ops};
use crate::weights::{Loader, Tensor};

/// Where it is among the tensors.
const PREFIX: &str = "encoder.encoder_transformer.layers";

/// All layers; behind them is no norm.
#[derive(Debug)]
pub(super) struct EncoderTransformer {
    sizes: EncoderSizes,
    layers: Vec<EncoderLayer>,
}

#[derive(Clone, Copy, Debug)]
struct EncoderSizes {
    hidden: usize,
    intermediate: usize,
    num_heads: usize,
    num_kv_heads: usize,
    head_dim: usize,
    epsilon: f32,
    theta: f32,
}

#[derive(Debug)]
struct EncoderLayer {
    input_norm: Norm,
    /// q, then k, then v.
    qkv: Matrix,
    out: Matrix,
    attention_scale: Vec<f32>,
    post_attention_norm: Norm,
    first: Matrix,
    second: Matrix,
    mlp_scale: Vec<f32>,
}

#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl EncoderSizes {
    fn of(config: &EncoderConfig) -> Self {
        Self {
            hidden: config.hidden_size,
            intermediate: config.intermediate_size,
            num_heads: config.num_attention_heads,
            num_kv_heads: config.num_key_value_heads,
            head_dim: config.head_dim(),
            epsilon: config.norm_eps,
            theta: config.rope_theta,
        }
    }

    const fn queries(&self) -> usize {
        self.num_heads * self.head_dim
    }

    const fn keys(&self) -> usize {
        self.num_kv_heads * self.head_dim
    }
}

impl EncoderTransformer {
    pub(super) fn load(loader: &Loader<'_>, config: &EncoderConfig) -> Result<Self, Qwen3Error> {
        let sizes = EncoderSizes::of(config);
        let layers = (0..config.num_hidden_layers)
            .map(|layer| EncoderLayer::load(loader, &format!("{PREFIX}.{layer}"), &sizes))
            .collect::<Result<_, Qwen3Error>>()?;
        Ok(Self { sizes, layers })
    }

    /// Runs all rows of a recording through the layers, in place.
    pub(super) fn forward(&self, pool: &ThreadPool, rows: &mut [f32]) {
        let EncoderSizes {
            hidden,
            head_dim,
            theta,
            ..
        } = self.sizes;
        let mut rope = Rope::new(theta, head_dim);
        rope.extend_to(rows.len() / hidden);
        let mut input = PackedActivations::new(Precision::F32, hidden);
        let mut added = vec![0.0; rows.len()];
        for layer in &self.layers {
            layer.attend(pool, &self.sizes, &rope, &mut input, rows, &mut added);
            add_scaled(pool, rows, &added, &layer.attention_scale);
            layer.feed_forward(pool, &self.sizes, &mut input, rows, &mut added);
            add_scaled(pool, rows, &added, &layer.mlp_scale);
        }
    }
}

impl EncoderLayer {
    fn load(loader: &Loader<'_>, prefix: &str, sizes: &EncoderSizes) -> Result<Self, Qwen3Error> {
        let EncoderSizes {
            hidden,
            intermediate,
            ..
        } = *sizes;
        let (queries, keys) = (sizes.queries(), sizes.keys());
        let vector = |name: &str| loader.vector(&format!("{prefix}.{name}"), hidden);
        let norm = |name: &str| {
            Ok::<_, Qwen3Error>(Norm {
                weight: vector(&format!("{name}.weight"))?,
                bias: vector(&format!("{name}.bias"))?,
            })
        };
        let plain =
            |name: &str, rows, cols| stacked(loader, &[(&format!("{prefix}.{name}"), rows)], cols);
        let attention = |name: &str| format!("{prefix}.self_attn.{name}_proj");
        Ok(Self {
            input_norm: norm("input_layernorm")?,
            qkv: stacked(
                loader,
                &[
                    (&attention("q"), queries),
                    (&attention("k"), keys),
                    (&attention("v"), keys),
                ],
                hidden,
            )?,
            out: plain("self_attn.o_proj", hidden, queries)?,
            attention_scale: vector("self_attn_layer_scale.scale")?,
            post_attention_norm: norm("post_attention_layernorm")?,
            first: plain("mlp.fc1", intermediate, hidden)?,
            second: plain("mlp.fc2", hidden, intermediate)?,
            mlp_scale: vector("mlp_layer_scale.scale")?,
        })
    }

    fn attend(
        &self,
        pool: &ThreadPool,
        sizes: &EncoderSizes,
        rope: &Rope,
        input: &mut PackedActivations,
        rows: &[f32],
        out: &mut [f32],
    ) {
        let EncoderSizes {
            hidden,
            num_heads,
            num_kv_heads,
            head_dim,
            ..
        } = *sizes;
        let (queries, keys) = (sizes.queries(), sizes.keys());
        let count = rows.len() / hidden;
        let width = queries + 2 * keys;
        normalize(pool, input, rows, &self.input_norm, sizes.epsilon);
        let mut qkv = vec![0.0; count * width];
        self.qkv.multiply(pool, input, &mut qkv);
        pool.parallel_rows(&mut qkv, width, grain(count, pool), &|first, rows| {
            for (position, row) in (first..).zip(rows.chunks_exact_mut(width)) {
                let (cos, sin) = rope.at(position);
                for one in row[..queries + keys].chunks_exact_mut(head_dim) {
                    ops::rotate(one, cos, sin);
                }
            }
        });
        // Keys and values of a head lie together, position by position, as `attend` reads them.
        let gather = |from: usize| {
            let mut all = vec![0.0; count * keys];
            pool.parallel_rows(&mut all, count * head_dim, 1, &|first, out| {
                for (kv, out) in (first..).zip(out.chunks_exact_mut(count * head_dim)) {
                    let at = from + kv * head_dim;
                    for (out, row) in out.chunks_exact_mut(head_dim).zip(qkv.chunks_exact(width)) {
                        out.copy_from_slice(&row[at..at + head_dim]);
                    }
                }
            });
            all
        };
        let (all_keys, all_values) = (gather(queries), gather(queries + keys));
        let scale = (head_dim as f32).sqrt().recip();
        let mut attention = PackedActivations::new(Precision::F32, queries);
        attention.push_with(pool, count, &|position, out| {
            let mut scores = Vec::new();
            for (number, out) in out.chunks_exact_mut(head_dim).enumerate() {
                let query = &qkv[position * width + number * head_dim..][..head_dim];
                let kv = number / (num_heads / num_kv_heads);
                // A position covers itself and all before it.
                let from = kv * count * head_dim;
                let to = from + (position + 1) * head_dim;
                ops::attend(
                    query,
                    &all_keys[from..to],
                    &all_values[from..to],
                    scale,
                    &mut scores,
                    out,
                );
            }
        });
        self.out.multiply(pool, &attention, out);
    }

    fn feed_forward(
        &self,
        pool: &ThreadPool,
        sizes: &EncoderSizes,
        input: &mut PackedActivations,
        rows: &[f32],
        out: &mut [f32],
    ) {
        let EncoderSizes {
            hidden,
            intermediate,
            ..
        } = *sizes;
        let count = rows.len() / hidden;
        normalize(pool, input, rows, &self.post_attention_norm, sizes.epsilon);
        let mut inner = vec![0.0; count * intermediate];
        self.first.multiply(pool, input, &mut inner);
        let mut second = PackedActivations::new(Precision::F32, intermediate);
        second.push_with(pool, count, &|row, out| {
            out.copy_from_slice(&inner[row * intermediate..][..intermediate]);
            ops::gelu(out);
        });
        self.second.multiply(pool, &second, out);
    }
}

/// Matrices `{name}.weight` of equally many columns, one below the other.
fn stacked(
    loader: &Loader<'_>,
    tensors: &[(&str, usize)],
    cols: usize,
) -> Result<Matrix, Qwen3Error> {
    let parts = tensors
        .iter()
        .map(|(name, rows)| {
            loader
                .weights
                .tensor(&format!("{name}.weight"), &[*rows, cols])
        })
        .collect::<Result<Vec<Tensor<'_>>, Qwen3Error>>()?;
    let rows = tensors.iter().map(|(_, rows)| rows).sum();
    let name = tensors.first().map_or("", |(name, _)| name);
    loader.matrix(
        &format!("{name}.weight"),
        Precision::F32,
        Shape::plain(rows, cols),
        &|row, _, out| {
            let mut row = row;
            for (part, (_, rows)) in parts.iter().zip(tensors) {
                if row < *rows {
                    return part.read_row(row, out);
                }
                row -= rows;
            }
        },
    )
}

fn normalize(
    pool: &ThreadPool,
    input: &mut PackedActivations,
    rows: &[f32],
    norm: &Norm,
    epsilon: f32,
) {
    let width = norm.weight.len();
    input.clear();
    input.push_with(pool, rows.len() / width, &|row, out| {
        let row = &rows[row * width..][..width];
        ops::layer_norm(row, &norm.weight, &norm.bias, epsilon, out);
    });
}

fn add_scaled(pool: &ThreadPool, rows: &mut [f32], added: &[f32], scale: &[f32]) {
    let width = scale.len();
    let count = rows.len() / width;
    pool.parallel_rows(rows, width, grain(count, pool), &|first, rows| {
        let added = added[first * width..].chunks_exact(width);
        for (row, added) in rows.chunks_exact_mut(width).zip(added) {
            ops::add_product(row, scale, added);
        }
    });
}

/// Rows for each share.
fn grain(rows: usize, pool: &ThreadPool) -> usize {
    rows.div_ceil(pool.threads())
}
