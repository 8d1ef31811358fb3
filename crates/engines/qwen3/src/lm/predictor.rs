//! The predictor: the talker's hidden row and first code in, the frame's other codes out.
//!
//! It begins anew each frame, with positions from 0: the talker's row, the first code's embedding,
//! then each code that it says. Code g comes from head g − 1, read at position g.

use std::sync::Arc;

use super::cache::Cache;
use super::layer::Geometry;
use super::stack::{Segment, Stack, Workspace, convert};
use super::table::Table;
use crate::Result;
use crate::kernels::{Input, Matrix, Team};
use crate::weights::{Loader, Weights};

/// The tensors under `talker.code_predictor.`.
#[derive(Debug)]
pub struct Predictor {
    stack: Stack,
    /// Codes 1 … to rows as wide as the talker's.
    codes: Vec<Table>,
    heads: Vec<Matrix>,
    /// `small_to_mtp_projection`, where the talker is wider than the predictor.
    project: Option<Matrix>,
    /// Numbers in a row of the talker.
    outer: usize,
}

/// Buffers of the predictor, and the memory of each sequence of a batch.
#[derive(Debug)]
pub struct PredictorWorkspace {
    stack: Workspace,
    head: Input,
    project: Option<Input>,
    caches: Vec<Cache>,
}

/// Told of the logits of each head: the code's number in the frame, the sequence, and the logits of
/// each row that was read, of which the last decide. It returns the code.
pub type Choose<'a> = dyn FnMut(usize, usize, &mut [f32]) -> u32 + 'a;

impl Predictor {
    /// Reads the tensors of a predictor with so many layers and codes of so many values a frame;
    /// `outer` is the talker's width.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        weights: &Arc<Weights>,
        geometry: Geometry,
        layers: usize,
        codes: usize,
        groups: usize,
        outer: usize,
    ) -> Result<Self> {
        let prefix = "talker.code_predictor";
        let hidden = geometry.hidden;
        let embedding = |group| {
            let name = format!("{prefix}.model.codec_embedding.{group}.weight");
            Table::new(weights, name, codes, outer)
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
            stack: Stack::load(loader, &format!("{prefix}.model"), geometry, layers)?,
            codes: (0..groups - 1).map(embedding).collect::<Result<_>>()?,
            heads: (0..groups - 1).map(head).collect::<Result<_>>()?,
            project,
            outer,
        })
    }

    /// The embeddings of code `group`, which is 1 or more.
    ///
    /// # Panics
    /// Where there is no such group.
    pub fn table(&self, group: usize) -> &Table {
        &self.codes[group - 1]
    }

    /// Codes in a frame, the talker's among them.
    pub const fn groups(&self) -> usize {
        self.codes.len() + 1
    }

    /// Buffers.
    pub fn workspace(&self) -> PredictorWorkspace {
        PredictorWorkspace {
            stack: self.stack.workspace(),
            head: self.heads[0].input(),
            project: self.project.as_ref().map(Matrix::input),
            caches: Vec::new(),
        }
    }

    /// Says the other codes of a frame of several sequences. `start` holds two rows for each: the
    /// talker's hidden row, after its last norm, and the embedding of the first code.
    pub fn frame(
        &self,
        team: &Team,
        work: &mut PredictorWorkspace,
        start: &[f32],
        choose: &mut Choose<'_>,
    ) {
        let count = start.len() / (2 * self.outer);
        let values = self.codes[0].rows();
        while work.caches.len() < count {
            work.caches.push(self.stack.cache(self.groups()));
        }
        work.caches.iter_mut().for_each(|cache| cache.truncate(0));

        let mut outer = start.to_vec();
        for (group, head) in (1..).zip(&self.heads) {
            let each = if group == 1 { 2 } else { 1 };
            let mut rows = self.inward(team, work, &outer);
            let mut segments: Vec<_> = work.caches[..count]
                .iter_mut()
                .map(|cache| Segment { cache, rows: each })
                .collect();
            self.stack
                .forward(team, &mut work.stack, &mut segments, &mut rows);
            convert(team, &mut work.head, &rows);
            let mut logits = vec![0.0; count * each * values];
            head.multiply(team, &work.head, &mut logits);
            outer.truncate(count * self.outer);
            for (sequence, (logits, row)) in logits
                .chunks_exact_mut(each * values)
                .zip(outer.chunks_exact_mut(self.outer))
                .enumerate()
            {
                let code = choose(group, sequence, logits);
                self.codes[group - 1].read(code as usize, row);
            }
        }
    }

    /// Rows of the talker's width as rows of the predictor's.
    fn inward(&self, team: &Team, work: &mut PredictorWorkspace, outer: &[f32]) -> Vec<f32> {
        match (&self.project, &mut work.project) {
            (Some(matrix), Some(input)) => {
                convert(team, input, outer);
                let count = outer.len() / self.outer;
                let mut rows = vec![0.0; count * self.stack.geometry().hidden];
                matrix.multiply(team, input, &mut rows);
                rows
            }
            _ => outer.to_vec(),
        }
    }
}
