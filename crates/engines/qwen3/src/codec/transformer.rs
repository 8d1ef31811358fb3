//! The transformer over frames: attention over a sliding window, rotary positions, and a factor
//! for each channel of what a layer adds.

use super::builder::{Builder, Spec};
use super::config::CodecDecoderConfig;
use super::conv::Conv;
use super::pass::Pass;
use super::rows::Rows;
use super::window::Window;
use crate::Result;
use crate::kernels::{Shape, ops, rates};

/// `pre_transformer`: a projection in, layers, a norm, a projection out.
#[derive(Debug)]
pub(super) struct Transformer {
    hidden: usize,
    intermediate: usize,
    heads: usize,
    kv_heads: usize,
    head: usize,
    window: usize,
    epsilon: f32,
    /// Turns per position for each pair of a head: θ^(−2i / head).
    rates: Vec<f32>,
    input: Conv,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Conv,
}

#[derive(Debug)]
struct Layer {
    input_norm: Vec<f32>,
    /// q, then k, then v.
    qkv: Conv,
    /// The layer's factors folded in, as in `down`.
    out: Conv,
    middle_norm: Vec<f32>,
    /// gate, then up.
    gate_up: Conv,
    down: Conv,
}

/// Buffers of a pass.
#[derive(Debug, Default)]
pub(super) struct TransformerWork {
    hidden: Rows,
    wide: Rows,
    attention: Rows,
    /// Utterance and number within it of each row.
    places: Vec<(usize, usize)>,
    /// Cosines, then sines, of each row.
    turns: Vec<f32>,
}

impl Transformer {
    /// Reads what is under `prefix`, `decoder.pre_transformer`.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        config: &CodecDecoderConfig,
    ) -> Result<Self> {
        let (hidden, latent) = (config.hidden_size, config.latent_dim);
        let layers = (0..config.num_hidden_layers)
            .map(|number| Layer::load(builder, &format!("{prefix}.layers.{number}"), config))
            .collect::<Result<_>>()?;
        let mut projection = |name: &str, rows, cols| {
            builder.linear(Spec {
                name: &format!("{prefix}.{name}"),
                shape: Shape::plain(rows, cols),
                dilation: 1,
                bias: true,
                scale: None,
            })
        };
        let input = projection("input_proj", hidden, latent)?;
        let output = projection("output_proj", latent, hidden)?;
        let head = config.head_dim;
        Ok(Self {
            hidden,
            intermediate: config.intermediate_size,
            heads: config.num_attention_heads,
            kv_heads: config.num_key_value_heads,
            head,
            window: config.sliding_window,
            epsilon: config.rms_norm_eps,
            rates: rates(config.rope_theta, head),
            input,
            layers,
            norm: builder.vector(&format!("{prefix}.norm.weight"), hidden)?,
            output,
        })
    }

    /// What a new utterance remembers.
    pub(super) fn window(&self) -> Window {
        Window::new(self.layers.len(), self.kv_heads, self.head, self.window)
    }

    /// One row a frame, from `x` to `out`. `watch` sees the rows behind each layer.
    pub(super) fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        work: &mut TransformerWork,
        x: &[f32],
        out: &mut Rows,
        watch: &mut dyn FnMut(usize, &[f32]),
    ) {
        self.place(pass, work);
        let mut rows = std::mem::take(&mut work.hidden);
        let copy = |row: usize, out: &mut [f32]| {
            let width = out.len();
            out.copy_from_slice(&x[row * width..][..width]);
        };
        self.input.run(pass, 1, &copy, &mut rows);
        for (number, layer) in self.layers.iter().enumerate() {
            self.attend(pass, work, number, layer, &mut rows);
            self.feed_forward(pass, work, layer, &mut rows);
            watch(number, &rows);
        }
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            state.window.advance(*frames);
        }
        let norm = |row: usize, out: &mut [f32]| self.normalized(&rows, row, &self.norm, out);
        self.output.run(pass, 1, &norm, out);
        work.hidden = rows;
    }

    /// Makes room for the new rows, and finds out where they are and how far they turn.
    fn place(&self, pass: &mut Pass<'_, '_>, work: &mut TransformerWork) {
        work.places.clear();
        work.turns.clear();
        for (number, (state, frames)) in pass.states.iter_mut().zip(pass.frames).enumerate() {
            state.window.reserve(*frames);
            for row in 0..*frames {
                work.places.push((number, row));
                let position = (state.position + row) as f32;
                let angles = self.rates.iter().map(|rate| position * rate);
                work.turns.extend(angles.clone().map(f32::cos));
                work.turns.extend(angles.map(f32::sin));
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
        work: &mut TransformerWork,
        number: usize,
        layer: &Layer,
        rows: &mut [f32],
    ) {
        let head = self.head;
        let (queries, keys) = (self.heads * head, self.kv_heads * head);
        let width = queries + 2 * keys;
        let norm = |row: usize, out: &mut [f32]| {
            self.normalized(rows, row, &layer.input_norm, out);
        };
        layer.qkv.run(pass, 1, &norm, &mut work.wide);
        let turns = work.turns.chunks_exact(head);
        let rotated = work.wide.chunks_exact_mut(width).zip(turns);
        for ((row, turns), (utterance, place)) in rotated.zip(&work.places) {
            let (cos, sin) = turns.split_at(head / 2);
            for one in row[..queries + keys].chunks_exact_mut(head) {
                ops::rotate(one, cos, sin);
            }
            let (key, value) = row[queries..].split_at(keys);
            let window = &mut pass.states[*utterance].window;
            window.write(number, *place, key, value);
        }

        // A share is the query heads of one key head, in one row.
        let shared = queries / self.kv_heads;
        work.attention.stale(work.places.len() * queries);
        let windows: Vec<&Window> = pass.states.iter().map(|state| &state.window).collect();
        let (qkv, places) = (&work.wide, &work.places);
        let scale = (head as f32).sqrt().recip();
        let grain = (places.len() * self.kv_heads).div_ceil(2 * pass.team.threads());
        pass.team
            .share_rows(&mut work.attention, shared, grain, &|first, out| {
                let mut scores = Vec::new();
                for (share, out) in (first..).zip(out.chunks_exact_mut(shared)) {
                    let (row, kv) = (share / self.kv_heads, share % self.kv_heads);
                    let (utterance, place) = places[row];
                    let (keys, values) = windows[utterance].read(number, kv, place);
                    let query = &qkv[row * width + kv * shared..][..shared];
                    for (query, out) in query.chunks_exact(head).zip(out.chunks_exact_mut(head)) {
                        ops::attend(query, keys, values, scale, &mut scores, out);
                    }
                }
            });
        let attention = &work.attention;
        let copy = |row: usize, out: &mut [f32]| {
            out.copy_from_slice(&attention[row * queries..][..queries]);
        };
        layer.out.add(pass, 1, &copy, rows);
    }

    fn feed_forward(
        &self,
        pass: &mut Pass<'_, '_>,
        work: &mut TransformerWork,
        layer: &Layer,
        rows: &mut [f32],
    ) {
        let norm = |row: usize, out: &mut [f32]| {
            self.normalized(rows, row, &layer.middle_norm, out);
        };
        layer.gate_up.run(pass, 1, &norm, &mut work.wide);
        let intermediate = self.intermediate;
        let gate_up = &work.wide;
        let gated = |row: usize, out: &mut [f32]| {
            let row = &gate_up[row * 2 * intermediate..][..2 * intermediate];
            let (gate, up) = row.split_at(intermediate);
            ops::swiglu(gate, up, out);
        };
        layer.down.add(pass, 1, &gated, rows);
    }
}

impl Layer {
    /// Reads the tensors under `prefix`, such as `decoder.pre_transformer.layers.0`.
    fn load(builder: &mut Builder<'_>, prefix: &str, config: &CodecDecoderConfig) -> Result<Self> {
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
            builder.linear(Spec {
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
            middle_norm: norm(builder, "post_attention_layernorm")?,
            gate_up: builder.stacked(&gate_up, hidden)?,
            down: scaled(builder, "mlp.down_proj", "mlp_layer_scale", intermediate)?,
        })
    }
}
