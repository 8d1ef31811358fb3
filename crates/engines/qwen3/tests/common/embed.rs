//! The embeddings of a prompt, computed plainly: a check on its layout that shares nothing with
//! the engine but the reading of tensors.

use mynah_qwen3::config::ModelConfig;
use mynah_qwen3::prompt::{CodecPart, Layout, Position, TextPart};
use mynah_qwen3::weights::Weights;

/// What a cloned voice brings along.
pub(crate) struct Cloned {
    pub(crate) embedding: Vec<f32>,
    /// Frames by codes.
    pub(crate) codes: Vec<Vec<u32>>,
}

pub(crate) struct Embedder<'a> {
    pub(crate) config: &'a ModelConfig,
    pub(crate) weights: &'a Weights,
    pub(crate) cloned: Option<&'a Cloned>,
}

impl Embedder<'_> {
    /// The prompt and what trails it, each as the numbers of all its positions.
    pub(crate) fn layout(&self, layout: &Layout) -> (Vec<f32>, Vec<f32>) {
        let positions = layout.positions.iter().flat_map(|p| self.position(p));
        let trailing = layout.trailing.iter().flat_map(|t| self.text(*t));
        (positions.collect(), trailing.collect())
    }

    pub(crate) fn text(&self, part: TextPart) -> Vec<f32> {
        let id = part.id(self.config);
        let embedded = self.row("talker.model.text_embedding.weight", id);
        let mut inner = self.linear("talker.text_projection.linear_fc1", &embedded);
        for x in &mut inner {
            *x /= 1.0 + (-*x).exp();
        }
        self.linear("talker.text_projection.linear_fc2", &inner)
    }

    fn position(&self, position: &Position) -> Vec<f32> {
        let mut sum = vec![0.0; self.config.talker_config.hidden_size];
        if let Some(text) = position.text {
            add(&mut sum, &self.text(text));
        }
        match position.codec {
            None => {}
            Some(CodecPart::Code(id)) => add(&mut sum, &self.codec(0, id)),
            Some(CodecPart::Speaker) => add(&mut sum, &self.cloned().embedding),
            Some(CodecPart::Frame(number)) => {
                for (group, id) in self.cloned().codes[number].iter().enumerate() {
                    add(&mut sum, &self.codec(group, *id));
                }
            }
        }
        sum
    }

    fn cloned(&self) -> &Cloned {
        self.cloned.expect("a cloned voice")
    }

    fn codec(&self, group: usize, id: u32) -> Vec<f32> {
        match group.checked_sub(1) {
            None => self.row("talker.model.codec_embedding.weight", id),
            Some(table) => self.row(
                &format!("talker.code_predictor.model.codec_embedding.{table}.weight"),
                id,
            ),
        }
    }

    fn row(&self, table: &str, row: u32) -> Vec<f32> {
        let tensor = self.weights.any(table).expect(table);
        let mut out = vec![0.0; tensor.shape()[1]];
        tensor.read_row(row as usize, &mut out);
        out
    }

    fn linear(&self, name: &str, input: &[f32]) -> Vec<f32> {
        let get = |part: &str| {
            let name = format!("{name}.{part}");
            self.weights.any(&name).expect(&name).to_vec()
        };
        let weight = get("weight");
        let rows = weight.chunks_exact(input.len());
        rows.zip(get("bias"))
            .map(|(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>())
            .collect()
    }
}

fn add(sum: &mut [f32], part: &[f32]) {
    assert_eq!(sum.len(), part.len());
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}
