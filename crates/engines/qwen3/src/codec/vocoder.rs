//! The last and largest part: from four rows a frame to samples, by convolutions only.

use super::builder::{Builder, LayerSpec};
use super::conv::Conv;
use super::pass::Pass;
use super::rows::RowBuffer;
use super::snake::Snake;
use crate::Qwen3Error;
use crate::kernels::Shape;

/// Taps of all its convolutions but those of one tap.
const TAPS: usize = 7;

/// Rows between taps in the residual units of a block.
const DILATIONS: [usize; 3] = [1, 3, 9];

/// A block: a transposed convolution, then residual units.
#[derive(Debug)]
pub(super) struct VocoderBlock {
    rate: usize,
    snake: Snake,
    up: Conv,
    units: Vec<ResidualUnit>,
}

/// `x += w₂ snake(w₁ snake(x))`.
#[derive(Debug)]
struct ResidualUnit {
    first_snake: Snake,
    /// Over several rows.
    first: Conv,
    second_snake: Snake,
    /// Over one row.
    second: Conv,
}

impl VocoderBlock {
    /// Reads a block under `prefix`, such as `decoder.decoder.1.block`, from `width` channels to
    /// half as many.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        width: usize,
        rate: usize,
    ) -> Result<Self, Qwen3Error> {
        let half = width / 2;
        // Each row reaches into the `rate` rows after its own.
        let shape = Shape {
            rows: half,
            taps: 2,
            cols: width,
        };
        Ok(Self {
            rate,
            snake: Snake::load(builder, &format!("{prefix}.0"), width)?,
            up: builder.transposed(&format!("{prefix}.1.conv"), shape, rate)?,
            units: DILATIONS
                .into_iter()
                .enumerate()
                .map(|(number, dilation)| {
                    ResidualUnit::load(builder, &format!("{prefix}.{}", number + 2), half, dilation)
                })
                .collect::<Result<_, Qwen3Error>>()?,
        })
    }

    /// How many rows it makes of one.
    pub(super) const fn rate(&self) -> usize {
        self.rate
    }

    /// Makes `rate` × `self.rate` rows a frame in `out` of `rate` rows a frame in `x`.
    pub(super) fn run(
        &self,
        pass: &mut Pass<'_, '_>,
        rate: usize,
        x: &[f32],
        inner: &mut RowBuffer,
        out: &mut RowBuffer,
    ) {
        self.up
            .run(pass, rate, &|row, out| self.snake.row(x, row, out), out);
        let rate = rate * self.rate;
        for unit in &self.units {
            let x = &**out;
            let row = |row: usize, out: &mut [f32]| unit.first_snake.row(x, row, out);
            unit.first.run(pass, rate, &row, inner);
            let row = |row: usize, out: &mut [f32]| unit.second_snake.row(inner, row, out);
            unit.second.add(pass, rate, &row, out);
        }
    }
}

impl ResidualUnit {
    fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        width: usize,
        dilation: usize,
    ) -> Result<Self, Qwen3Error> {
        let mut conv = |name: &str, taps, dilation| {
            builder.conv(LayerSpec {
                name: &format!("{prefix}.{name}.conv"),
                shape: Shape {
                    rows: width,
                    taps,
                    cols: width,
                },
                dilation,
                bias: true,
                scale: None,
            })
        };
        let first = conv("conv1", TAPS, dilation)?;
        let second = conv("conv2", 1, 1)?;
        Ok(Self {
            first_snake: Snake::load(builder, &format!("{prefix}.act1"), width)?,
            first,
            second_snake: Snake::load(builder, &format!("{prefix}.act2"), width)?,
            second,
        })
    }
}

/// The convolution before the first block and that behind the last, which has a snake before it.
#[derive(Debug)]
pub(super) struct Vocoder {
    pub(super) first: Conv,
    pub(super) blocks: Vec<VocoderBlock>,
    pub(super) snake: Snake,
    pub(super) last: Conv,
}

impl Vocoder {
    /// Reads what is under `prefix`, `decoder.decoder`: from rows of `input` numbers through blocks
    /// of these rates, the first of which takes `width` channels.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        input: usize,
        width: usize,
        rates: &[usize],
    ) -> Result<Self, Qwen3Error> {
        let conv = |builder: &mut Builder<'_>, number: usize, rows, cols| {
            builder.conv(LayerSpec {
                name: &format!("{prefix}.{number}.conv"),
                shape: Shape {
                    rows,
                    taps: TAPS,
                    cols,
                },
                dilation: 1,
                bias: true,
                scale: None,
            })
        };
        let first = conv(builder, 0, width, input)?;
        let blocks = (1..)
            .zip(rates)
            .map(|(number, rate)| {
                let prefix = format!("{prefix}.{number}.block");
                VocoderBlock::load(builder, &prefix, width >> (number - 1), *rate)
            })
            .collect::<Result<Vec<_>, Qwen3Error>>()?;
        let narrow = width >> rates.len();
        let behind = rates.len() + 1;
        Ok(Self {
            first,
            blocks,
            snake: Snake::load(builder, &format!("{prefix}.{behind}"), narrow)?,
            last: conv(builder, behind + 1, 1, narrow)?,
        })
    }
}
