//! The transformer over frames: attention over a sliding window, rotary positions, and a factor
//! for each channel of what a layer adds.

use super::builder::{Builder, LayerSpec};
use super::config::CodecDecoderConfig;
use super::conv::Conv;
use super::pass::Pass;
use super::rows::RowBuffer;
use super::window::KvWindow;
use crate::Qwen3Error;
use crate::kernels::{Shape, inverse_frequencies, ops};

/// `pre_transformer`: a projection in, layers, a norm, a projection out.
#[derive(Debug)]
pub(super) struct CodecTransformer {
    hidden: usize,
    intermediate: usize,
    num_heads: usize,
    num_kv_heads: usize,
    head_dim: usize,
    window: usize,
    epsilon: f32,
    /// Turns per position for each pair of a head: θ^(−2i / head).
    inverse_frequencies: Vec<f32>,
    input: Conv,
    layers: Vec<CodecLayer>,
    norm: Vec<f32>,
    output: Conv,
}

#[derive(Debug)]
struct CodecLayer {
    input_norm: Vec<f32>,
    /// q, then k, then v.
    qkv: Conv,
    /// The layer's factors folded in, as in `down`.
    out: Conv,
    post_attention_norm: Vec<f32>,
    /// gate, then up.
    gate_up: Conv,
    down: Conv,
}

/// Buffers of a pass.
#[derive(Debug, Default)]
pub(super) struct CodecTransformerWorkspace {
    hidden: RowBuffer,
    wide: RowBuffer,
    attention: RowBuffer,
    /// Utterance and number within it of each row.
    row_origins: Vec<(usize, usize)>,
    /// Cosines, then sines, of each row.
    cos_sin: Vec<f32>,
}

impl CodecTransformer {
    /// Reads what is under `prefix`, `decoder.pre_transformer`.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        config: &CodecDecoderConfig,
    ) -> Result<Self, Qwen3Error> {
        let (hidden, latent) = (config.hidden_size, config.latent_dim);
        let layers = (0..config.num_hidden_layers)
            .map(|number| CodecLayer::load(builder, &format!("{prefix}.layers.{number}"), config))
            .collect::<Result<_, Qwen3Error>>()?;
        let mut projection = |name: &str, rows, cols| {
            builder.linear(LayerSpec {
                name: &format!("{prefix}.{name}"),
                shape: Shape::plain(rows, cols),
                dilation: 1,
                bias: true,
                scale: None,
            })
        };
        let input = projection("input_proj", hidden, latent)?;
        let output = projection("output_proj", latent, hidden)?;
        let head_dim = config.head_dim;
        Ok(Self {
            hidden,
            intermediate: config.intermediate_size,
            num_heads: config.num_attention_heads,
            num_kv_heads: config.num_key_value_heads,
            head_dim,
            window: config.sliding_window,
            epsilon: config.rms_norm_eps,
            inverse_frequencies: inverse_frequencies(config.rope_theta, head_dim),
            input,
            layers,
            norm: builder.vector(&format!("{prefix}.norm.weight"), hidden)?,
            output,
        })
    }

    /// The window of a new utterance.
    pub(super) fn window(&self) -> KvWindow {
        KvWindow::new(
            self.layers.len(),
            self.num_kv_heads,
            self.head_dim,
            self.window,
        )
    }

    /// One row a frame, from `x` to `out`. `observe` is given the rows behind each layer.
    pub(super) fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        workspace: &mut CodecTransformerWorkspace,
        x: &[f32],
        out: &mut RowBuffer,
        observe: &mut dyn FnMut(usize, &[f32]),
    ) {
        self.prepare_rows(pass, workspace);
        let mut rows = std::mem::take(&mut workspace.hidden);
        let copy = |row: usize, out: &mut [f32]| {
            let width = out.len();
            out.copy_from_slice(&x[row * width..][..width]);
        };
        self.input.run(pass, 1, &copy, &mut rows);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend(pass, workspace, number, layer, &mut rows);
            self.feed_forward(pass, workspace, layer, &mut rows);
            observe(number, &rows);
        }
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            state.window.advance(*frames);
        }
        let norm = |row: usize, out: &mut [f32]| self.normalized(&rows, row, &self.norm, out);
        self.output.run(pass, 1, &norm, out);
        workspace.hidden = rows;
    }

    /// Reserves window positions for the new rows, and computes their origins and rotary angles.
    fn prepare_rows(&self, pass: &mut Pass<'_, '_>, workspace: &mut CodecTransformerWorkspace) {
        workspace.row_origins.clear();
        workspace.cos_sin.clear();
        for (number, (state, frames)) in pass.states.iter_mut().zip(pass.frames).enumerate() {
            state.window.reserve(*frames);
            for row in 0..*frames {
                workspace.row_origins.push((number, row));
                let position = (state.position + row) as f32;
                let angles = self
                    .inverse_frequencies
                    .iter()
                    .map(|frequency| position * frequency);
                workspace.cos_sin.extend(angles.clone().map(f32::cos));
                workspace.cos_sin.extend(angles.map(f32::sin));
            }
        }
    }

    fn normalized(&self, rows: &[f32], row: usize, weight: &[f32], out: &mut [f32]) {
        let row = &rows[row * self.hidden..][..self.hidden];
        ops::rms_norm(row, weight, self.epsilon, out);
    }

    fn attend(
        &self,
        pass: &mut Pass<'_, '_>,
        workspace: &mut CodecTransformerWorkspace,
        number: usize,
        layer: &CodecLayer,
        rows: &mut [f32],
    ) {
        let head_dim = self.head_dim;
        let (queries, keys) = (self.num_heads * head_dim, self.num_kv_heads * head_dim);
        let width = queries + 2 * keys;
        let norm = |row: usize, out: &mut [f32]| {
            self.normalized(rows, row, &layer.input_norm, out);
        };
        layer.qkv.run(pass, 1, &norm, &mut workspace.wide);
        let cos_sin = workspace.cos_sin.chunks_exact(head_dim);
        let rotated = workspace.wide.chunks_exact_mut(width).zip(cos_sin);
        for ((row, cos_sin), (utterance, row_in_utterance)) in rotated.zip(&workspace.row_origins) {
            let (cos, sin) = cos_sin.split_at(head_dim / 2);
            for one in row[..queries + keys].chunks_exact_mut(head_dim) {
                ops::rotate(one, cos, sin);
            }
            let (key, value) = row[queries..].split_at(keys);
            let window = &mut pass.states[*utterance].window;
            window.write(number, *row_in_utterance, key, value);
        }

        // A share is the query heads of one key head, in one row.
        let shared = queries / self.num_kv_heads;
        workspace
            .attention
            .for_overwrite(workspace.row_origins.len() * queries);
        let windows: Vec<&KvWindow> = pass.states.iter().map(|state| &state.window).collect();
        let (qkv, row_origins) = (&workspace.wide, &workspace.row_origins);
        let scale = (head_dim as f32).sqrt().recip();
        let grain = (row_origins.len() * self.num_kv_heads).div_ceil(2 * pass.pool.threads());
        pass.pool
            .parallel_rows(&mut workspace.attention, shared, grain, &|first, out| {
                let mut scores = Vec::new();
                for (share, out) in (first..).zip(out.chunks_exact_mut(shared)) {
                    let (row, kv) = (share / self.num_kv_heads, share % self.num_kv_heads);
                    let (utterance, row_in_utterance) = row_origins[row];
                    let (keys, values) = windows[utterance].read(number, kv, row_in_utterance);
                    let query = &qkv[row * width + kv * shared..][..shared];
                    for (query, out) in query
                        .chunks_exact(head_dim)
                        .zip(out.chunks_exact_mut(head_dim))
                    {
                        ops::attend(query, keys, values, scale, &mut scores, out);
                    }
                }
            });
        let attention = &workspace.attention;
        let copy = |row: usize, out: &mut [f32]| {
            out.copy_from_slice(&attention[row * queries..][..queries]);
        };
        layer.out.add(pass, 1, &copy, rows);
    }

    fn feed_forward(
        &self,
        pass: &mut Pass<'_, '_>,
        workspace: &mut CodecTransformerWorkspace,
        layer: &CodecLayer,
        rows: &mut [f32],
    ) {
        let norm = |row: usize, out: &mut [f32]| {
            self.normalized(rows, row, &layer.post_attention_norm, out);
        };
        layer.gate_up.run(pass, 1, &norm, &mut workspace.wide);
        let intermediate = self.intermediate;
        let gate_up = &workspace.wide;
        let gated = |row: usize, out: &mut [f32]| {
            let row = &gate_up[row * 2 * intermediate..][..2 * intermediate];
            let (gate, up) = row.split_at(intermediate);
            ops::swiglu(gate, up, out);
        };
        layer.down.add(pass, 1, &gated, rows);
    }
}

impl CodecLayer {
    /// Reads the tensors under `prefix`, such as `decoder.pre_transformer.layers.0`.
    fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        config: &CodecDecoderConfig,
    ) -> Result<Self, Qwen3Error> {
        let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
        let queries = config.num_attention_heads * config.head_dim;
        let keys = config.num_key_value_heads * config.head_dim;
        let named = |name: &str, rows: usize| (format!("{prefix}.{name}"), rows);
        let qkv = [
            named("self_attn.q_proj", queries),
            named("self_attn.k_proj", keys),
            named("self_attn.v_proj", keys),
        ];
        let gate_up = [
            named("mlp.gate_proj", intermediate),
            named("mlp.up_proj", intermediate),
        ];
        let scaled = |builder: &mut Builder<'_>, name: &str, scale: &str, cols| {
            let scale = builder.vector(&format!("{prefix}.{scale}.scale"), hidden)?;
            builder.linear(LayerSpec {
                name: &format!("{prefix}.{name}"),
                shape: Shape::plain(hidden, cols),
                dilation: 1,
                bias: false,
                scale: Some(scale),
            })
        };
        let norm = |builder: &Builder<'_>, name: &str| {
            builder.vector(&format!("{prefix}.{name}.weight"), hidden)
        };
        Ok(Self {
            input_norm: norm(builder, "input_layernorm")?,
            qkv: builder.stacked(&qkv, hidden)?,
            out: scaled(
                builder,
                "self_attn.o_proj",
                "self_attn_layer_scale",
                queries,
            )?,
            post_attention_norm: norm(builder, "post_attention_layernorm")?,
            gate_up: builder.stacked(&gate_up, hidden)?,
            down: scaled(builder, "mlp.down_proj", "mlp_layer_scale", intermediate)?,
        })
    }
}
