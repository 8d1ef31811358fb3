//! From rows to codes: one semantic codebook, and a residual chain of acoustic codebooks, each of
//! which quantizes the residual of the one before. Both read the same row: the acoustic chain does
//! not start from the residual of the semantic codebook.

use crate::Qwen3Error;
use crate::config::EncoderConfig;
use crate::generate::{Frame, GROUPS};
use crate::kernels::{Matrix, PackedActivations, Precision, Shape, ThreadPool};
use crate::weights::Loader;

use super::codebook::Codebook;

/// Rows that are quantized at once: 2 MiB of distances.
const ROWS_AT_ONCE: usize = 256;

/// Both halves.
#[derive(Debug)]
pub(super) struct RvqEncoder {
    semantic: ResidualQuantizer,
    acoustic: ResidualQuantizer,
}

/// A projection, and codebooks one after the other.
#[derive(Debug)]
struct ResidualQuantizer {
    project: Matrix,
    codebooks: Vec<Codebook>,
}

impl RvqEncoder {
    pub(super) fn load(loader: &Loader<'_>, config: &EncoderConfig) -> Result<Self, Qwen3Error> {
        let load = |kind: &str, codebooks: usize| {
            let prefix = format!("encoder.quantizer.{kind}_residual_vector_quantizer");
            ResidualQuantizer::load(loader, &prefix, config, codebooks)
        };
        let semantic = config.num_semantic_quantizers;
        Ok(Self {
            semantic: load("semantic", semantic)?,
            acoustic: load("acoustic", GROUPS - semantic)?,
        })
    }

    /// A frame for each row.
    pub(super) fn frames(&self, pool: &ThreadPool, rows: &[f32]) -> Vec<Frame> {
        let width = self.semantic.project.shape().cols;
        let mut frames = Vec::with_capacity(rows.len() / width);
        for rows in rows.chunks(width * ROWS_AT_ONCE) {
            let first = frames.len();
            frames.resize(first + rows.len() / width, [0; GROUPS]);
            let semantic = self.semantic.codebooks.len();
            self.semantic.write(pool, rows, 0, &mut frames[first..]);
            self.acoustic
                .write(pool, rows, semantic, &mut frames[first..]);
        }
        frames
    }
}

impl ResidualQuantizer {
    fn load(
        loader: &Loader<'_>,
        prefix: &str,
        config: &EncoderConfig,
        codebooks: usize,
    ) -> Result<Self, Qwen3Error> {
        let (inner, width) = (config.codebook_dim, config.hidden_size);
        let name = format!("{prefix}.input_proj.weight");
        let weights = loader.weights.tensor(&name, &[inner, width, 1])?;
        let project = loader.matrix(
            &name,
            Precision::F32,
            Shape::plain(inner, width),
            &|row, _, out| weights.read_row(row, out),
        )?;
        let codebooks = (0..codebooks)
            .map(|number| {
                let name = format!("{prefix}.layers.{number}.codebook");
                Codebook::load(loader, &name, config.codebook_size, inner)
            })
            .collect::<Result<_, Qwen3Error>>()?;
        Ok(Self { project, codebooks })
    }

    /// Writes the codes of each row into its frame, from `group` on.
    fn write(&self, pool: &ThreadPool, rows: &[f32], group: usize, frames: &mut [Frame]) {
        let mut input = self.project.activations();
        input.set(rows);
        let mut residual = vec![0.0; frames.len() * self.project.shape().rows];
        self.project.multiply(pool, &input, &mut residual);
        let mut input = PackedActivations::new(Precision::F32, self.project.shape().rows);
        for (group, codebook) in (group..).zip(&self.codebooks) {
            let codes = codebook.quantize(pool, &mut input, &mut residual);
            for (frame, code) in frames.iter_mut().zip(codes) {
                // The configuration was checked: codebook sizes fit into 16 bits.
                frame[group] = code as u16;
            }
        }
    }
}
