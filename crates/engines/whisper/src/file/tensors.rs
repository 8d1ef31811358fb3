//! The tensors of a model, by the names of the original's parameters, and the formats of ggml.

use super::Hyperparameters;

/// A format of numbers. Blocks are of 32 values, those of the K formats of 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// ggml's number of it.
    tensor: i32,
    /// Values in a block, and its bytes.
    block: (i64, i64),
}

/// ggml's number of a model's format, that of a tensor's, values in a block, bytes of a block.
/// From `ggml.h` and the block structures of `ggml-common.h`.
const KINDS: [(i32, i32, i64, i64); 12] = [
    (0, 0, 1, 4),       // f32
    (1, 1, 1, 2),       // f16
    (2, 2, 32, 18),     // q4_0
    (3, 3, 32, 20),     // q4_1
    (7, 8, 32, 34),     // q8_0
    (8, 6, 32, 22),     // q5_0
    (9, 7, 32, 24),     // q5_1
    (10, 10, 256, 84),  // q2_k
    (11, 11, 256, 110), // q3_k
    (12, 12, 256, 144), // q4_k
    (13, 13, 256, 176), // q5_k
    (14, 14, 256, 210), // q6_k
];

/// A model's format holds the version of its quantization in thousands.
const VERSION: i32 = 1_000;

impl Kind {
    /// The format that the head of a file names.
    pub(super) fn of_model(ftype: i32) -> Option<Self> {
        let kind = KINDS
            .iter()
            .find(|kind| ftype >= 0 && kind.0 == ftype % VERSION)?;
        Some(Self {
            tensor: kind.1,
            block: (kind.2, kind.3),
        })
    }

    /// The format that a tensor's header names.
    pub(super) fn of_tensor(kind: i32) -> Option<Self> {
        let kind = KINDS.iter().find(|known| known.1 == kind)?;
        Some(Self {
            tensor: kind.1,
            block: (kind.2, kind.3),
        })
    }

    /// The size of a tensor; none where its rows are no whole blocks.
    pub(super) fn bytes(self, shape: [i64; 3]) -> Option<u64> {
        let (values, bytes) = self.block;
        if shape[0] % values != 0 {
            return None;
        }
        let all = shape
            .iter()
            .try_fold(1_i64, |all, side| all.checked_mul(*side))?;
        u64::try_from((all / values).checked_mul(bytes)?).ok()
    }
}

/// What a tensor must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensor {
    /// Sides, fastest first.
    pub(super) shape: [i64; 3],
    pub(super) kind: Kind,
}

/// Collects the tensors of one part of the model.
struct Part {
    state: i64,
    /// Of matrices.
    kind: Kind,
    all: Vec<(String, Tensor)>,
}

const F32: Kind = Kind {
    tensor: 0,
    block: (1, 4),
};
const F16: Kind = Kind {
    tensor: 1,
    block: (1, 2),
};

/// All tensors of a model with these hyperparameters.
pub(super) fn expected(hyperparameters: &Hyperparameters) -> Vec<(String, Tensor)> {
    let state = i64::from(hyperparameters.state);
    let mut part = Part {
        state,
        kind: hyperparameters.kind,
        all: Vec::new(),
    };
    // Convolutions are never quantized.
    let convolution = if hyperparameters.kind == F32 {
        F32
    } else {
        F16
    };
    let context = i64::from(hyperparameters.audio_context);
    part.one("encoder.positional_embedding", [state, context, 1], F32);
    for (name, inputs) in [("conv1", i64::from(hyperparameters.mels)), ("conv2", state)] {
        part.one(
            &format!("encoder.{name}.weight"),
            [3, inputs, state],
            convolution,
        );
        part.one(&format!("encoder.{name}.bias"), [1, state, 1], F32);
    }
    part.norm("encoder.ln_post");
    for layer in 0..hyperparameters.audio_layers {
        part.layer(&format!("encoder.blocks.{layer}"), &["attn"]);
    }
    let context = i64::from(hyperparameters.text_context);
    part.one("decoder.positional_embedding", [state, context, 1], F32);
    let words = i64::from(hyperparameters.vocabulary);
    part.one(
        "decoder.token_embedding.weight",
        [state, words, 1],
        hyperparameters.kind,
    );
    part.norm("decoder.ln");
    for layer in 0..hyperparameters.text_layers {
        part.layer(&format!("decoder.blocks.{layer}"), &["attn", "cross_attn"]);
    }
    part.all
}

impl Part {
    fn one(&mut self, name: &str, shape: [i64; 3], kind: Kind) {
        self.all.push((name.to_owned(), Tensor { shape, kind }));
    }

    fn norm(&mut self, name: &str) {
        for side in ["weight", "bias"] {
            self.one(&format!("{name}.{side}"), [self.state, 1, 1], F32);
        }
    }

    fn matrix(&mut self, name: &str, from: i64, to: i64) {
        self.one(&format!("{name}.weight"), [from, to, 1], self.kind);
    }

    fn linear(&mut self, name: &str, from: i64, to: i64) {
        self.matrix(name, from, to);
        self.one(&format!("{name}.bias"), [to, 1, 1], F32);
    }

    /// One layer, with these attentions in it.
    fn layer(&mut self, name: &str, attentions: &[&str]) {
        let state = self.state;
        for attention in attentions {
            self.norm(&format!("{name}.{attention}_ln"));
            for side in ["query", "value", "out"] {
                self.linear(&format!("{name}.{attention}.{side}"), state, state);
            }
            // Keys have no bias: one would change nothing after the softmax.
            self.matrix(&format!("{name}.{attention}.key"), state, state);
        }
        self.norm(&format!("{name}.mlp_ln"));
        self.linear(&format!("{name}.mlp.0"), state, 4 * state);
        self.linear(&format!("{name}.mlp.2"), 4 * state, state);
    }
}
