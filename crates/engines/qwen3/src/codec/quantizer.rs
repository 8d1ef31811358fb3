//! From the codes of a frame to one row: a residual vector quantizer, read backwards.

use super::builder::Builder;
use super::conv::Conv;
use super::pass::Pass;
use super::rows::RowBuffer;
use crate::Qwen3Error;
use crate::generate::Frame;
use crate::kernels::{Shape, ops};

/// Below this a codebook's entry was hardly used in training, and its sum is divided by this.
const MIN_USAGE: f32 = 1e-5;

/// The codebooks, and the projection of their entries.
///
/// The first code's entry and the sum of the others' have a projection each; the two are one
/// matrix here, over both side by side.
#[derive(Debug)]
pub(super) struct RvqDecoder {
    /// Width of an entry.
    entry: usize,
    /// Codes in each codebook.
    size: usize,
    codebooks: Vec<Vec<f32>>,
    projection: Conv,
}

impl RvqDecoder {
    /// Reads what is under `prefix`, `decoder.quantizer`.
    pub(super) fn load(
        builder: &mut Builder<'_>,
        prefix: &str,
        quantizers: usize,
        size: usize,
        width: usize,
    ) -> Result<Self, Qwen3Error> {
        let entry = width / 2;
        let codebooks = (0..quantizers)
            .map(|number| {
                let codebook = match number {
                    0 => format!("{prefix}.rvq_first.vq.layers.0._codebook"),
                    _ => format!("{prefix}.rvq_rest.vq.layers.{}._codebook", number - 1),
                };
                codebook_of(builder, &codebook, size, entry)
            })
            .collect::<Result<_, Qwen3Error>>()?;
        let [first, rest] =
            ["first", "rest"].map(|part| format!("{prefix}.rvq_{part}.output_proj.weight"));
        let loader = &builder.loader;
        let first = loader.weights.tensor(&first, &[width, entry, 1])?;
        let rest = loader.weights.tensor(&rest, &[width, entry, 1])?;
        let matrix = loader.matrix(
            &format!("{prefix}.output_proj.weight"),
            loader.precision,
            Shape::plain(width, 2 * entry),
            &|row, _, out| {
                let (left, right) = out.split_at_mut(entry);
                first.read_row(row, left);
                rest.read_row(row, right);
            },
        )?;
        Ok(Self {
            entry,
            size,
            codebooks,
            projection: builder.finish(matrix, vec![0]),
        })
    }

    /// Codes in each codebook.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// One row a frame; the codes were checked.
    pub(super) fn run(&self, pass: &mut Pass<'_, '_>, codes: &[Frame], out: &mut RowBuffer) {
        let entry = |codebook: usize, code: u16| {
            &self.codebooks[codebook][usize::from(code) * self.entry..][..self.entry]
        };
        let row = |row: usize, out: &mut [f32]| {
            let (first, rest) = out.split_at_mut(self.entry);
            first.copy_from_slice(entry(0, codes[row][0]));
            rest.fill(0.0);
            for (codebook, code) in codes[row].iter().enumerate().skip(1) {
                ops::add(rest, entry(codebook, *code));
            }
        };
        self.projection.run(pass, 1, &row, out);
    }
}

/// A codebook's entries, which are kept as sums and counts of what they stood for.
fn codebook_of(
    builder: &Builder<'_>,
    name: &str,
    size: usize,
    entry: usize,
) -> Result<Vec<f32>, Qwen3Error> {
    let weights = builder.loader.weights;
    let usage = if weights.folded().codebooks {
        None
    } else {
        Some(builder.vector(&format!("{name}.cluster_usage"), size)?)
    };
    let sums = weights.tensor(&format!("{name}.embedding_sum"), &[size, entry])?;
    let mut entries = vec![0.0; size * entry];
    builder
        .loader
        .pool
        .parallel_rows(&mut entries, entry, 64, &|first, rows| {
            for (number, row) in (first..).zip(rows.chunks_exact_mut(entry)) {
                sums.read_row(number, row);
                if let Some(usage) = &usage {
                    let usage = usage[number].max(MIN_USAGE);
                    row.iter_mut().for_each(|x| *x /= usage);
                }
            }
        });
    Ok(entries)
}
