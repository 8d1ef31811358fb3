//! The talker: text and codes in, the first code of each frame out.

use std::sync::Arc;

use super::layer::Geometry;
use super::stack::{Segment, Stack, Workspace, convert};
use super::table::Table;
use crate::Result;
use crate::kernels::{Input, Matrix, Precision, Team, ops};
use crate::weights::{Loader, Weights};

/// The sizes that only the talker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkerSizes {
    /// Layers of its stack.
    pub layers: usize,
    /// Codes, control codes among them.
    pub codes: usize,
    /// Text tokens.
    pub tokens: usize,
    /// Numbers in a row of the text embedding.
    pub text_hidden: usize,
}

/// The tensors under `talker.`, the predictor's apart.
#[derive(Debug)]
pub struct Talker {
    stack: Stack,
    text: Table,
    codes: Table,
    /// `text_projection`: two linear layers with `silu` between.
    project_in: Matrix,
    project_out: Matrix,
    head: Matrix,
}

/// Buffers of the talker.
#[derive(Debug)]
pub struct TalkerWorkspace {
    stack: Workspace,
    head: Input,
}

impl Talker {
    /// Reads the tensors.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        weights: &Arc<Weights>,
        geometry: Geometry,
        sizes: TalkerSizes,
    ) -> Result<Self> {
        let hidden = geometry.hidden;
        let TalkerSizes {
            layers,
            codes,
            tokens,
            text_hidden,
        } = sizes;
        // A prompt is projected once; its accuracy is worth more than its bytes.
        let exact = match loader.precision {
            Precision::F32 => Precision::F32,
            _ => Precision::Bf16,
        };
        let project = |name: &str, rows: usize| {
            let weight = format!("talker.text_projection.{name}.weight");
            let tensor = loader.weights.tensor(&weight, &[rows, text_hidden])?;
            let bias = loader.vector(&format!("talker.text_projection.{name}.bias"), rows)?;
            let shape = crate::kernels::Shape::plain(rows, text_hidden);
            let matrix = loader.matrix(&weight, exact, shape, &|row, _, out| {
                tensor.read_row(row, out);
            })?;
            Ok::<_, crate::Qwen3Error>(matrix.with_bias(bias))
        };
        let table = |name: &str, rows, width| {
            Table::new(weights, format!("talker.model.{name}.weight"), rows, width)
        };
        Ok(Self {
            stack: Stack::load(loader, "talker.model", geometry, layers)?,
            text: table("text_embedding", tokens, text_hidden)?,
            codes: table("codec_embedding", codes, hidden)?,
            project_in: project("linear_fc1", text_hidden)?,
            project_out: project("linear_fc2", hidden)?,
            head: loader.plain("talker.codec_head.weight", codes, hidden)?,
        })
    }

    /// Its layers.
    pub const fn stack(&self) -> &Stack {
        &self.stack
    }

    /// Bytes of the matrices that every frame reads.
    pub fn bytes(&self) -> usize {
        self.stack.bytes() + self.head.memory().len()
    }

    /// The embeddings of codes, control codes and preset speakers.
    pub const fn codes(&self) -> &Table {
        &self.codes
    }

    /// How many text tokens there are.
    pub const fn tokens(&self) -> usize {
        self.text.rows()
    }

    /// Numbers in a row.
    pub const fn hidden(&self) -> usize {
        self.stack.geometry().hidden
    }

    /// The rows that text tokens become: `text_projection(text_embedding(token))`.
    ///
    /// # Panics
    /// Where a token is not below [`Talker::tokens`].
    pub fn text(&self, team: &Team, tokens: &[u32]) -> Vec<f32> {
        let width = self.text.width();
        let mut input = self.project_in.input();
        let mut row = vec![0.0; width];
        for token in tokens {
            self.text.read(*token as usize, &mut row);
            input.push(&row);
        }
        let mut between = vec![0.0; tokens.len() * width];
        self.project_in.multiply(team, &input, &mut between);
        ops::silu(&mut between);
        let mut input = self.project_out.input();
        convert(team, &mut input, &between);
        let mut rows = vec![0.0; tokens.len() * self.hidden()];
        self.project_out.multiply(team, &input, &mut rows);
        rows
    }

    /// Buffers for passes.
    pub fn workspace(&self) -> TalkerWorkspace {
        TalkerWorkspace {
            stack: self.stack.workspace(),
            head: self.head.input(),
        }
    }

    /// Passes rows through the stack, in place; see [`Stack::forward`].
    pub fn forward(
        &self,
        team: &Team,
        work: &mut TalkerWorkspace,
        segments: &mut [Segment<'_>],
        rows: &mut [f32],
    ) {
        self.stack.forward(team, &mut work.stack, segments, rows);
    }

    /// The logits of rows that passed: a row of as many as there are codes, for each.
    pub fn logits(&self, team: &Team, work: &mut TalkerWorkspace, rows: &[f32]) -> Vec<f32> {
        convert(team, &mut work.head, rows);
        let mut logits = vec![0.0; rows.len() / self.hidden() * self.codes.rows()];
        self.head.multiply(team, &work.head, &mut logits);
        logits
    }
}
