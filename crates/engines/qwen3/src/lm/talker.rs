//! The talker: text and codes in, the first code of each frame out.

use std::sync::Arc;

use super::embedding::Embedding;
use super::layer::TransformerConfig;
use super::transformer::{Segment, Transformer, TransformerWorkspace, pack_rows};
use crate::Qwen3Error;
use crate::kernels::{Matrix, PackedActivations, Precision, Shape, ThreadPool, ops};
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
    transformer: Transformer,
    text: Embedding,
    codes: Embedding,
    /// None where the rows of `text` are projected already.
    projection: Option<TextProjection>,
    head: Matrix,
}

/// `text_projection`: two linear layers with `silu` between.
#[derive(Debug)]
struct TextProjection {
    input: Matrix,
    output: Matrix,
}

/// Buffers of the talker.
#[derive(Debug)]
pub struct TalkerWorkspace {
    transformer: TransformerWorkspace,
    head: PackedActivations,
}

impl Talker {
    /// Reads the tensors.
    ///
    /// # Errors
    /// `Tensor` where one is missing or has another shape.
    pub fn load(
        loader: &Loader<'_>,
        weights: &Arc<Weights>,
        config: TransformerConfig,
        sizes: TalkerSizes,
    ) -> Result<Self, Qwen3Error> {
        let hidden = config.hidden_size;
        let TalkerSizes {
            layers,
            codes,
            tokens,
            text_hidden,
        } = sizes;
        let (projection, text_width) = if loader.weights.folded().text_projection {
            (None, hidden)
        } else {
            let projection = TextProjection::load(loader, text_hidden, hidden)?;
            (Some(projection), text_hidden)
        };
        let embedding = |name: &str, rows, width| {
            Embedding::new(weights, format!("talker.model.{name}.weight"), rows, width)
        };
        Ok(Self {
            transformer: Transformer::load(loader, "talker.model", config, layers)?,
            text: embedding("text_embedding", tokens, text_width)?,
            codes: embedding("codec_embedding", codes, hidden)?,
            projection,
            head: loader.plain("talker.codec_head.weight", codes, hidden)?,
        })
    }

    /// Its layers.
    pub const fn transformer(&self) -> &Transformer {
        &self.transformer
    }

    /// Bytes of the matrices that every frame reads.
    pub fn bytes(&self) -> usize {
        self.transformer.bytes() + self.head.packed_bytes().len()
    }

    /// The embeddings of codes, control codes and preset speakers.
    pub const fn codes(&self) -> &Embedding {
        &self.codes
    }

    /// How many text tokens there are.
    pub const fn tokens(&self) -> usize {
        self.text.rows()
    }

    /// Numbers in a row.
    pub const fn hidden(&self) -> usize {
        self.transformer.config().hidden_size
    }

    /// The rows that text tokens become: `text_projection(text_embedding(token))`.
    ///
    /// # Panics
    /// Where a token is not below [`Talker::tokens`].
    pub fn text(&self, pool: &ThreadPool, tokens: &[u32]) -> Vec<f32> {
        let width = self.text.width();
        let mut rows = vec![0.0; tokens.len() * width];
        for (token, row) in tokens.iter().zip(rows.chunks_exact_mut(width)) {
            self.text.lookup(*token as usize, row);
        }
        match &self.projection {
            Some(projection) => projection.run(pool, &rows),
            None => rows,
        }
    }

    /// Buffers for passes.
    pub fn workspace(&self) -> TalkerWorkspace {
        TalkerWorkspace {
            transformer: self.transformer.workspace(),
            head: self.head.activations(),
        }
    }

    /// Runs rows through the transformer, in place; see [`Transformer::forward`].
    pub fn forward(
        &self,
        pool: &ThreadPool,
        work: &mut TalkerWorkspace,
        segments: &mut [Segment<'_>],
        rows: &mut [f32],
    ) {
        self.transformer
            .forward(pool, &mut work.transformer, segments, rows);
    }

    /// The logits of rows that went through the transformer: a row of as many as there are codes,
    /// for each.
    pub fn logits(&self, pool: &ThreadPool, work: &mut TalkerWorkspace, rows: &[f32]) -> Vec<f32> {
        pack_rows(pool, &mut work.head, rows);
        let mut logits = vec![0.0; rows.len() / self.hidden() * self.codes.rows()];
        self.head.multiply(pool, &work.head, &mut logits);
        logits
    }
}

impl TextProjection {
    /// Reads the tensors under `talker.text_projection`, from rows of `inner` numbers to rows of
    /// `outer`.
    fn load(loader: &Loader<'_>, inner: usize, outer: usize) -> Result<Self, Qwen3Error> {
        // A prompt is projected once; its accuracy is worth more than its bytes.
        let precision = match loader.precision {
            Precision::F32 => Precision::F32,
            _ => Precision::Bf16,
        };
        let linear = |name: &str, rows: usize| {
            let weight = format!("talker.text_projection.{name}.weight");
            let tensor = loader.weights.tensor(&weight, &[rows, inner])?;
            let bias = loader.vector(&format!("talker.text_projection.{name}.bias"), rows)?;
            let shape = Shape::plain(rows, inner);
            let matrix = loader.matrix(&weight, precision, shape, &|row, _, out| {
                tensor.read_row(row, out);
            })?;
            Ok::<_, Qwen3Error>(matrix.with_bias(bias))
        };
        Ok(Self {
            input: linear("linear_fc1", inner)?,
            output: linear("linear_fc2", outer)?,
        })
    }

    fn run(&self, pool: &ThreadPool, rows: &[f32]) -> Vec<f32> {
        let mut input = self.input.activations();
        pack_rows(pool, &mut input, rows);
        let count = rows.len() / self.input.shape().cols;
        let mut between = vec![0.0; count * self.input.shape().rows];
        self.input.multiply(pool, &input, &mut between);
        ops::silu(&mut between);
        let mut input = self.output.activations();
        pack_rows(pool, &mut input, &between);
        let mut rows = vec![0.0; count * self.output.shape().rows];
        self.output.multiply(pool, &input, &mut rows);
        rows
    }
}
