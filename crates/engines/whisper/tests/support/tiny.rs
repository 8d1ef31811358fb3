//! A Whisper model of one layer a side, and the file that whisper.cpp reads it from.

use std::collections::BTreeMap;

use half::f16;

use super::filters;

/// Outputs of an English model and of a multilingual one.
pub(crate) const ENGLISH: usize = 51_864;
pub(crate) const MULTILINGUAL: usize = 51_865;

/// Values in a state, and heads of attention.
pub(crate) const STATE: usize = 16;
const HEADS: i32 = 2;
const AUDIO_CONTEXT: usize = 1_500;
pub(crate) const TEXT_CONTEXT: usize = 448;
const MELS: usize = 80;
const BINS: usize = 201;

/// A tensor: sides, fastest first; whether it is kept as f16; its values.
#[derive(Clone)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) half: bool,
    pub(crate) values: Vec<f32>,
}

#[derive(Clone)]
pub(crate) struct Tiny {
    pub(crate) outputs: usize,
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// The eleven numbers at the head of its file.
    pub(crate) hyperparameters: [i32; 11],
}

impl Tiny {
    /// A model whose weights are all zero but those of its norms, which pass everything.
    pub(crate) fn zero(outputs: usize) -> Self {
        let hyperparameters = [
            outputs as i32,
            AUDIO_CONTEXT as i32,
            STATE as i32,
            HEADS,
            1,
            TEXT_CONTEXT as i32,
            STATE as i32,
            HEADS,
            1,
            MELS as i32,
            1,
        ];
        // Special tokens have no words; whisper.cpp names them itself.
        let words = (0..outputs - 1_608).map(word).collect();
        let mut model = Self {
            outputs,
            words,
            tensors: BTreeMap::new(),
            hyperparameters,
        };
        model.words[220] = b" ".to_vec();
        model.tensor(
            "encoder.positional_embedding",
            &[STATE, AUDIO_CONTEXT],
            false,
        );
        for (name, inputs) in [("conv1", MELS), ("conv2", STATE)] {
            model.tensor(&format!("encoder.{name}.weight"), &[3, inputs, STATE], true);
            model.tensor(&format!("encoder.{name}.bias"), &[1, STATE], false);
        }
        model.norm("encoder.ln_post");
        model.layer("encoder.blocks.0", &["attn"]);
        model.tensor(
            "decoder.positional_embedding",
            &[STATE, TEXT_CONTEXT],
            false,
        );
        model.tensor("decoder.token_embedding.weight", &[STATE, outputs], true);
        model.norm("decoder.ln");
        model.layer("decoder.blocks.0", &["attn", "cross_attn"]);
        model
    }

    fn tensor(&mut self, name: &str, shape: &[usize], half: bool) {
        let values = vec![0.0; shape.iter().product()];
        let tensor = Tensor {
            shape: shape.to_vec(),
            half,
            values,
        };
        self.tensors.insert(name.to_owned(), tensor);
    }

    fn norm(&mut self, name: &str) {
        self.tensor(&format!("{name}.weight"), &[STATE], false);
        self.tensor(&format!("{name}.bias"), &[STATE], false);
        self.values(&format!("{name}.weight")).fill(1.0);
    }

    fn linear(&mut self, name: &str, from: usize, to: usize) {
        self.tensor(&format!("{name}.weight"), &[from, to], true);
        self.tensor(&format!("{name}.bias"), &[to], false);
    }

    fn layer(&mut self, name: &str, attentions: &[&str]) {
        for attention in attentions {
            self.norm(&format!("{name}.{attention}_ln"));
            for side in ["query", "value", "out"] {
                self.linear(&format!("{name}.{attention}.{side}"), STATE, STATE);
            }
            self.tensor(
                &format!("{name}.{attention}.key.weight"),
                &[STATE, STATE],
                true,
            );
        }
        self.norm(&format!("{name}.mlp_ln"));
        self.linear(&format!("{name}.mlp.0"), STATE, 4 * STATE);
        self.linear(&format!("{name}.mlp.2"), 4 * STATE, STATE);
    }

    /// The values of a tensor.
    pub(crate) fn values(&mut self, name: &str) -> &mut [f32] {
        &mut self
            .tensors
            .get_mut(name)
            .unwrap_or_else(|| panic!("{name}"))
            .values
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = 0x6767_6d6c_u32.to_le_bytes().to_vec();
        let mut all: Vec<i32> = self.hyperparameters.to_vec();
        all.extend([MELS as i32, BINS as i32]);
        file.extend(all.iter().flat_map(|number| number.to_le_bytes()));
        file.extend(
            filters::slaney(MELS, BINS)
                .iter()
                .flat_map(|value| value.to_le_bytes()),
        );
        file.extend((self.words.len() as i32).to_le_bytes());
        for word in &self.words {
            file.extend((word.len() as i32).to_le_bytes());
            file.extend(word);
        }
        for (name, tensor) in &self.tensors {
            let head = [
                tensor.shape.len() as i32,
                name.len() as i32,
                i32::from(tensor.half),
            ];
            let sides = tensor.shape.iter().map(|side| *side as i32);
            file.extend(head.into_iter().chain(sides).flat_map(i32::to_le_bytes));
            file.extend(name.as_bytes());
            for value in &tensor.values {
                if tensor.half {
                    file.extend(f16::from_f32(*value).to_le_bytes());
                } else {
                    file.extend(value.to_le_bytes());
                }
            }
        }
        file
    }
}

/// A word for a token: a space and three letters of forty.
pub(crate) fn word(token: usize) -> Vec<u8> {
    const LETTERS: &[u8; 40] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
    let letter = |place: usize| LETTERS[token / 40_usize.pow(place as u32) % 40];
    vec![b' ', letter(2), letter(1), letter(0)]
}
