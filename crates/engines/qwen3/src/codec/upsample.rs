//! An upsampling stage between transformer and vocoder: a transposed convolution, then a `ConvNeXt`
//! block (Liu et al. 2022).

use super::builder::{Builder, LayerSpec};
use super::conv::Conv;
use super::pass::Pass;
use super::rows::RowBuffer;
use crate::Qwen3Error;
use crate::kernels::{Shape, ops};

/// Taps of the convolution within channels.
const TAPS: usize = 7;

/// How much wider a `ConvNeXt` block is inside.
const EXPANSION: usize = 4;

const EPSILON: f32 = 1e-6;

/// `h = up(x)`, then `h += γ × w₂ gelu(w₁ norm(depthwise(h)))`.
#[derive(Debug)]
pub(super) struct Upsample {
    width: usize,
    rate: usize,
    up: Conv,
    /// Which of a state's `channels` is this stage's.
    slot: usize,
    /// Taps × channels.
    depthwise: Vec<f32>,
    depthwise_bias: Vec<f32>,
    norm: Vec<f32>,
    norm_bias: Vec<f32>,
    wide: Conv,
    /// γ folded in.
    narrow: Conv,
}

/// Buffers of a pass.
#[derive(Debug, Default)]
pub(super) struct UpsampleWorkspace {
    /// Each utterance's history, then its new rows.
    past: Vec<f32>,
    wide: RowBuffer,
}

impl Upsample {
    /// Reads stage `slot`, which is under `prefix`, such as `decoder.upsample.0`.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        slot: usize,
        width: usize,
        rate: usize,
    ) -> Result<Self, Qwen3Error> {
        let up = builder.transposed(
            &format!("{prefix}.0.conv"),
            Shape::plain(width, width),
            rate,
        )?;
        let block = format!("{prefix}.1");
        let channels = format!("{block}.dwconv.conv");
        let tensor = builder
            .loader
            .weights
            .tensor(&format!("{channels}.weight"), &[width, 1, TAPS])?;
        let mut depthwise = vec![0.0; TAPS * width];
        for (tap, weights) in depthwise.chunks_exact_mut(width).enumerate() {
            tensor.read_strided(tap, TAPS, weights);
        }
        let gamma = builder.vector(&format!("{block}.gamma"), width)?;
        Ok(Self {
            width,
            rate,
            up,
            slot,
            depthwise,
            depthwise_bias: builder.vector(&format!("{channels}.bias"), width)?,
            norm: builder.vector(&format!("{block}.norm.weight"), width)?,
            norm_bias: builder.vector(&format!("{block}.norm.bias"), width)?,
            wide: builder.linear(LayerSpec {
                name: &format!("{block}.pwconv1"),
                shape: Shape::plain(EXPANSION * width, width),
                dilation: 1,
                bias: true,
                scale: None,
            })?,
            narrow: builder.linear(LayerSpec {
                name: &format!("{block}.pwconv2"),
                shape: Shape::plain(width, EXPANSION * width),
                dilation: 1,
                bias: true,
                scale: Some(gamma),
            })?,
        })
    }

    /// How many rows it makes of one.
    pub(super) const fn rate(&self) -> usize {
        self.rate
    }

    /// The state of a new utterance.
    pub(super) fn channels(&self) -> Vec<f32> {
        vec![0.0; (TAPS - 1) * self.width]
    }

    /// Makes `rate` × `self.rate` rows a frame in `out` of `rate` rows a frame in `x`.
    pub(super) fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        x: &[f32],
        workspace: &mut UpsampleWorkspace,
        out: &mut RowBuffer,
        observe: &mut dyn FnMut(&[f32]),
    ) {
        let UpsampleWorkspace { past, wide } = workspace;
        let width = self.width;
        let copy = |row: usize, out: &mut [f32]| out.copy_from_slice(&x[row * width..][..width]);
        self.up.run(pass, rate, &copy, out);
        observe(out);

        let history = (TAPS - 1) * width;
        let rate = rate * self.rate;
        past.clear();
        let mut starts = Vec::with_capacity(pass.rows(rate));
        let mut rest = &**out;
        for (state, frames) in pass.states.iter_mut().zip(pass.frames) {
            let (rows, behind) = rest.split_at(frames * rate * width);
            rest = behind;
            let first = past.len();
            starts.extend((0..frames * rate).map(|row| first + row * width));
            let kept = &mut state.channels[self.slot];
            past.extend_from_slice(kept);
            past.extend_from_slice(rows);
            kept.copy_from_slice(&past[past.len() - history..]);
        }
        let normalized = |row: usize, out: &mut [f32]| {
            let mut sums = vec![0.0; width];
            let rows = &past[starts[row]..][..TAPS * width];
            ops::depthwise(rows, &self.depthwise, &self.depthwise_bias, &mut sums);
            ops::layer_norm(&sums, &self.norm, &self.norm_bias, EPSILON, out);
        };
        self.wide.run(pass, rate, &normalized, wide);
        let gelu = |row: usize, out: &mut [f32]| {
            let width = out.len();
            out.copy_from_slice(&wide[row * width..][..width]);
            ops::gelu(out);
        };
        self.narrow.add(pass, rate, &gelu, out);
    }
}
