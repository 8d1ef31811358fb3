//! The predictor: the talker's hidden row and first code in, the frame's other codes out.
//!
//! Each frame starts at position 0 with an empty cache: the talker's row, the first code's
//! embedding, then each generated code. Code g is sampled from head g − 1 at position g.

use std::sync::Arc;

use super::embedding::Embedding;
use super::kv_cache::KvCache;
use super::layer::TransformerConfig;
use super::transformer::{Segment, Transformer, TransformerWorkspace, pack_rows};
use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedActivations, ThreadPool};
use crate::weights::{Loader, Weights};

/// The tensors under `talker.code_predictor.`.
#[derive(Debug)]
pub struct Predictor {
    transformer: Transformer,
    /// Codes 1 … to rows as wide as the talker's.
    codes: Vec<Embedding>,
    heads: Vec<Matrix>,
    /// `small_to_mtp_projection`, where the talker is wider than the predictor.
    project: Option<Matrix>,
    /// Numbers in a row of the talker.
    outer: usize,
}

/// Buffers of the predictor, and the memory of each sequence of a batch.
#[derive(Debug)]
pub struct PredictorWorkspace {
    transformer: TransformerWorkspace,
    head: PackedActivations,
    project: Option<PackedActivations>,
    caches: Vec<KvCache>,
}

/// Samples a code from the logits of a head. Arguments: the code's number in the frame, the
/// sequence, and the logits of each row of the pass, of which the last row is sampled.
pub type SampleCode<'a> = dyn FnMut(usize, usize, &mut [f32]) -> u32 + 'a;

impl Predictor {
    /// Reads the tensors of a predictor with so many layers and codes of so many values a frame;
    /// `outer` is the talker's width.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        weights: &Arc<Weights>,
        config: TransformerConfig,
        layers: usize,
        codes: usize,
        groups: usize,
        outer: usize,
    ) -> Result<Self, Qwen3Error> {
        let prefix = "talker.code_predictor";
        let hidden = config.hidden_size;
        let embedding = |group| {
            let name = format!("{prefix}.model.codec_embedding.{group}.weight");
            Embedding::new(weights, name, codes, outer)
        };
        let head = |group| loader.plain(&format!("{prefix}.lm_head.{group}.weight"), codes, hidden);
        let project = if outer == hidden {
            None
        } else {
            let name = format!("{prefix}.small_to_mtp_projection");
            let bias = loader.vector(&format!("{name}.bias"), hidden)?;
            let matrix = loader.plain(&format!("{name}.weight"), hidden, outer)?;
            Some(matrix.with_bias(bias))
        };
        Ok(Self {
            transformer: Transformer::load(loader, &format!("{prefix}.model"), config, layers)?,
            codes: (0..groups - 1)
                .map(embedding)
                .collect::<Result<_, Qwen3Error>>()?,
            heads: (0..groups - 1)
                .map(head)
                .collect::<Result<_, Qwen3Error>>()?,
            project,
            outer,
        })
    }

    /// The embeddings of code `group`, which is 1 or more.
    ///
    /// # Panics
    /// Where there is no such group.
    pub fn embedding(&self, group: usize) -> &Embedding {
        &self.codes[group - 1]
    }

    /// Codes in a frame, the talker's among them.
    pub const fn groups(&self) -> usize {
        self.codes.len() + 1
    }

    /// Bytes of the matrices that a frame reads: the layers once for each code.
    pub fn bytes_per_frame(&self) -> usize {
        let heads: usize = self
            .heads
            .iter()
            .map(|head| head.packed_bytes().len())
            .sum();
        let project = self.project.as_ref();
        let project = project.map_or(0, |matrix| matrix.packed_bytes().len());
        self.heads.len() * (self.transformer.bytes() + project) + heads
    }

    /// Buffers.
    pub fn workspace(&self) -> PredictorWorkspace {
        PredictorWorkspace {
            transformer: self.transformer.workspace(),
            head: self.heads[0].activations(),
            project: self.project.as_ref().map(Matrix::activations),
            caches: Vec::new(),
        }
    }

    /// Generates the other codes of a frame for several sequences. `start` holds two rows for each:
    /// the talker's hidden row, after its last norm, and the embedding of the first code.
    pub fn frame(
        &self,
        pool: &ThreadPool,
        work: &mut PredictorWorkspace,
        start: &[f32],
        sample: &mut SampleCode<'_>,
    ) {
        let count = start.len() / (2 * self.outer);
        let values = self.codes[0].rows();
        while work.caches.len() < count {
            work.caches.push(self.transformer.cache(self.groups()));
        }
        work.caches.iter_mut().for_each(|cache| cache.truncate(0));

        let mut outer = start.to_vec();
        for (group, head) in (1..).zip(&self.heads) {
            let each = if group == 1 { 2 } else { 1 };
            let mut rows = self.project_rows(pool, work, &outer);
            let mut segments: Vec<_> = work.caches[..count]
                .iter_mut()
                .map(|cache| Segment { cache, rows: each })
                .collect();
            self.transformer
                .forward(pool, &mut work.transformer, &mut segments, &mut rows);
            pack_rows(pool, &mut work.head, &rows);
            let mut logits = vec![0.0; count * each * values];
            head.multiply(pool, &work.head, &mut logits);
            outer.truncate(count * self.outer);
            for (sequence, (logits, row)) in logits
                .chunks_exact_mut(each * values)
                .zip(outer.chunks_exact_mut(self.outer))
                .enumerate()
            {
                let code = sample(group, sequence, logits);
                self.codes[group - 1].lookup(code as usize, row);
            }
        }
    }

    /// Rows of the talker's width as rows of the predictor's.
    fn project_rows(
        &self,
        pool: &ThreadPool,
        work: &mut PredictorWorkspace,
        outer: &[f32],
    ) -> Vec<f32> {
        match (&self.project, &mut work.project) {
            (Some(matrix), Some(input)) => {
                pack_rows(pool, input, outer);
                let count = outer.len() / self.outer;
                let mut rows = vec![0.0; count * self.transformer.config().hidden_size];
                matrix.multiply(pool, input, &mut rows);
                rows
            }
            _ => outer.to_vec(),
        }
    }
}
