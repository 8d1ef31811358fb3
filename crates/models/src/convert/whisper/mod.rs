//! Whisper models of `CTranslate2` become files of whisper.cpp.
//!
//! Matrices are quantized to 8 bits, the fused projections of attention are cut apart, and the mel
//! filters are computed. Memory is bounded: the largest block in memory is 1 MiB, beside
//! the vocabulary.

mod ctranslate2;
mod ggml;
mod mel;
mod vocabulary;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use crate::error::failed;
use crate::{Cancel, ModelError};

use ctranslate2::Checkpoint;
use ggml::{Format, QUANTIZED, QUANTIZED_VALUES, Writer};

/// Bins of the spectrum of 400 samples.
const FFT_BINS: usize = 201;

/// Writes the file of whisper.cpp for the `model.bin` of `CTranslate2` and its vocabulary, which is a
/// list in JSON or lines of text.
///
/// # Errors
/// `Convert` where the model or its vocabulary is no Whisper model, `File` where it cannot be read
/// or the result not written, `Cancelled`.
pub fn convert(
    model: &Path,
    vocabulary: &Path,
    output: &Path,
    cancel: &Cancel,
) -> Result<(), ModelError> {
    let mut checkpoint = Checkpoint::open(model)?;
    let tokens = vocabulary::read(vocabulary)?;
    let file = File::create(output).map_err(|source| failed(output, source))?;
    let mut writer = Writer::new(output, BufWriter::new(file), cancel);
    let layout = Layout::new(&checkpoint)?;
    if tokens.len() != layout.outputs {
        return Err(checkpoint.error(format!(
            "it has {} outputs, and the vocabulary {} tokens",
            layout.outputs,
            tokens.len()
        )));
    }
    let words = vocabulary::words(&tokens).map_err(|reason| checkpoint.error(reason))?;
    writer.head(&layout.hyperparameters())?;
    writer.filters(&mel::filters(layout.mels, FFT_BINS), layout.mels, FFT_BINS)?;
    writer.words(&words)?;
    for copy in layout.copies() {
        writer.tensor(&mut checkpoint, &copy)?;
    }
    writer.finish()
}

/// The sizes of a model.
struct Layout {
    outputs: usize,
    mels: usize,
    state: usize,
    audio_context: usize,
    audio_heads: usize,
    audio_layers: usize,
    text_context: usize,
    text_heads: usize,
    text_layers: usize,
}

/// A tensor of the result, and where it comes from.
struct Copy {
    name: String,
    /// Sides, slowest first.
    shape: Vec<usize>,
    format: Format,
    source: String,
    /// Its first value within the source, of which it is a slice.
    offset: usize,
    /// Values of the source that must be zero, since the result has no place for them.
    zeros: Option<(usize, usize)>,
}

impl Layout {
    fn new(checkpoint: &Checkpoint) -> Result<Self, ModelError> {
        let shape = |name: &str, rank: usize| -> Result<Vec<usize>, ModelError> {
            let shape = checkpoint.shape(name)?;
            if shape.len() == rank {
                Ok(shape)
            } else {
                Err(checkpoint.error(format!("{name} has {} sides", shape.len())))
            }
        };
        let embeddings = shape("decoder/embeddings/weight", 2)?;
        let convolution = shape("encoder/conv1/weight", 3)?;
        Ok(Self {
            outputs: embeddings[0],
            state: embeddings[1],
            mels: convolution[1],
            audio_context: shape("encoder/position_encodings/encodings", 2)?[0],
            audio_heads: checkpoint.number("encoder/num_heads")?,
            audio_layers: checkpoint.layers("encoder"),
            text_context: shape("decoder/position_encodings/encodings", 2)?[0],
            text_heads: checkpoint.number("decoder/num_heads")?,
            text_layers: checkpoint.layers("decoder"),
        })
    }

    /// The numbers at the head of the file, in its order.
    fn hyperparameters(&self) -> [usize; 11] {
        [
            self.outputs,
            self.audio_context,
            self.state,
            self.audio_heads,
            self.audio_layers,
            self.text_context,
            self.state,
            self.text_heads,
            self.text_layers,
            self.mels,
            QUANTIZED,
        ]
    }

    fn copies(&self) -> Vec<Copy> {
        let mut all = Copies {
            state: self.state,
            all: Vec::new(),
        };
        let (state, mels) = (self.state, self.mels);
        all.whole(
            "encoder.positional_embedding",
            "encoder/position_encodings/encodings",
            &[self.audio_context, state],
            Format::F32,
        );
        for (convolution, inputs) in [("conv1", mels), ("conv2", state)] {
            let (to, from) = (
                format!("encoder.{convolution}"),
                format!("encoder/{convolution}"),
            );
            all.whole(
                &format!("{to}.weight"),
                &format!("{from}/weight"),
                &[state, inputs, 3],
                Format::F16,
            );
            all.whole(
                &format!("{to}.bias"),
                &format!("{from}/bias"),
                &[state, 1],
                Format::F32,
            );
        }
        for layer in 0..self.audio_layers {
            let (to, from) = (
                format!("encoder.blocks.{layer}"),
                format!("encoder/layer_{layer}"),
            );
            all.self_attention(&to, &from);
            all.feed_forward(&to, &from);
        }
        all.norm("encoder.ln_post", "encoder/layer_norm");
        all.whole(
            "decoder.positional_embedding",
            "decoder/position_encodings/encodings",
            &[self.text_context, state],
            Format::F32,
        );
        all.whole(
            "decoder.token_embedding.weight",
            "decoder/embeddings/weight",
            &[self.outputs, state],
            matrix(state),
        );
        for layer in 0..self.text_layers {
            let (to, from) = (
                format!("decoder.blocks.{layer}"),
                format!("decoder/layer_{layer}"),
            );
            all.self_attention(&to, &from);
            all.cross_attention(&to, &from);
            all.feed_forward(&to, &from);
        }
        all.norm("decoder.ln", "decoder/layer_norm");
        all.all
    }
}

struct Copies {
    state: usize,
    all: Vec<Copy>,
}

impl Copies {
    fn whole(&mut self, name: &str, source: &str, shape: &[usize], format: Format) {
        self.all.push(Copy {
            name: name.to_owned(),
            shape: shape.to_vec(),
            format,
            source: source.to_owned(),
            offset: 0,
            zeros: None,
        });
    }

    fn norm(&mut self, name: &str, source: &str) {
        for (to, from) in [("weight", "gamma"), ("bias", "beta")] {
            self.whole(
                &format!("{name}.{to}"),
                &format!("{source}/{from}"),
                &[self.state],
                Format::F32,
            );
        }
    }

    fn linear(&mut self, name: &str, source: &str, outputs: usize, inputs: usize) {
        self.whole(
            &format!("{name}.weight"),
            &format!("{source}/weight"),
            &[outputs, inputs],
            matrix(inputs),
        );
        self.whole(
            &format!("{name}.bias"),
            &format!("{source}/bias"),
            &[outputs],
            Format::F32,
        );
    }

    /// Cuts a fused projection into its parts, in their order. Keys have no bias in Whisper.
    fn fused(&mut self, name: &str, source: &str, parts: &[&str]) {
        let state = self.state;
        let keys = parts.iter().position(|part| *part == "key");
        for (i, part) in parts.iter().enumerate() {
            self.all.push(Copy {
                name: format!("{name}.{part}.weight"),
                shape: vec![state, state],
                format: matrix(state),
                source: format!("{source}/weight"),
                offset: i * state * state,
                zeros: None,
            });
            if *part != "key" {
                self.all.push(Copy {
                    name: format!("{name}.{part}.bias"),
                    shape: vec![state],
                    format: Format::F32,
                    source: format!("{source}/bias"),
                    offset: i * state,
                    zeros: keys.map(|at| (at * state, state)),
                });
            }
        }
    }

    fn self_attention(&mut self, name: &str, source: &str) {
        let source = format!("{source}/self_attention");
        self.norm(&format!("{name}.attn_ln"), &format!("{source}/layer_norm"));
        self.fused(
            &format!("{name}.attn"),
            &format!("{source}/linear_0"),
            &["query", "key", "value"],
        );
        let state = self.state;
        self.linear(
            &format!("{name}.attn.out"),
            &format!("{source}/linear_1"),
            state,
            state,
        );
    }

    fn cross_attention(&mut self, name: &str, source: &str) {
        let source = format!("{source}/attention");
        let state = self.state;
        self.norm(
            &format!("{name}.cross_attn_ln"),
            &format!("{source}/layer_norm"),
        );
        self.linear(
            &format!("{name}.cross_attn.query"),
            &format!("{source}/linear_0"),
            state,
            state,
        );
        self.fused(
            &format!("{name}.cross_attn"),
            &format!("{source}/linear_1"),
            &["key", "value"],
        );
        self.linear(
            &format!("{name}.cross_attn.out"),
            &format!("{source}/linear_2"),
            state,
            state,
        );
    }

    fn feed_forward(&mut self, name: &str, source: &str) {
        let source = format!("{source}/ffn");
        let state = self.state;
        self.norm(&format!("{name}.mlp_ln"), &format!("{source}/layer_norm"));
        self.linear(
            &format!("{name}.mlp.0"),
            &format!("{source}/linear_0"),
            4 * state,
            state,
        );
        self.linear(
            &format!("{name}.mlp.2"),
            &format!("{source}/linear_1"),
            state,
            4 * state,
        );
    }
}

/// The format of a matrix with rows of so many values: one that does not divide into blocks keeps its own.
const fn matrix(row: usize) -> Format {
    if row.is_multiple_of(QUANTIZED_VALUES) {
        Format::Q8_0
    } else {
        Format::F16
    }
}
