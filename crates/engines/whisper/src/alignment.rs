//! Which attention heads of a model follow the sound, for the times of its words.
//!
//! Cross-attention of some heads of the decoder runs along the sound with the text. The library
//! aligns tokens with the encoder's steps along them (dynamic time warping). The heads of released
//! models are known to the library; of other models, all heads of the last layers are taken.

use whisper_rs::{DtwMode, DtwModelPreset, DtwParameters};

use crate::audio_context::FULL;
use crate::file::Hyperparameters;

/// The most heads that are taken of an unknown model. Those of released models are at most 23.
const MAX_HEADS: usize = 24;
/// The most tokens of a window: half of the text context, and those around it.
const MAX_TOKENS: usize = 232;
/// Arrays of a value for each head, token and step that the library holds at once; and those of a
/// value for each token and step.
const ARRAYS_BY_HEAD: usize = 3;
const ARRAYS: usize = 8;
/// Memory of the library's graph, in bytes.
const GRAPH_BYTES: usize = 16 << 20;

/// The parameters of the alignment. The library ends the process where their memory does not
/// suffice, so it is computed for the longest text.
pub(crate) fn parameters(hyperparameters: &Hyperparameters) -> DtwParameters<'static> {
    let (mode, heads) = match preset(hyperparameters) {
        Some(model_preset) => (DtwMode::ModelPreset { model_preset }, MAX_HEADS),
        None => top_layers(hyperparameters),
    };
    let array = MAX_TOKENS * FULL * size_of::<f32>();
    DtwParameters {
        mode,
        dtw_mem_size: (ARRAYS_BY_HEAD * heads + ARRAYS) * array + GRAPH_BYTES,
    }
}

/// All heads of the upper half of the layers, or of as few as are enough; and their number.
fn top_layers(hyperparameters: &Hyperparameters) -> (DtwMode<'static>, usize) {
    let heads = hyperparameters.text_heads.unsigned_abs() as usize;
    let layers = hyperparameters.text_layers.unsigned_abs() as usize;
    let n_top = (layers / 2).min(MAX_HEADS / heads.max(1)).max(1);
    let mode = DtwMode::TopMost {
        n_top: i32::try_from(n_top).unwrap_or(1),
    };
    (mode, n_top * heads)
}

/// The released model of these dimensions. The first two large models have the same ones; the
/// second is meant, which replaced the first.
fn preset(hyperparameters: &Hyperparameters) -> Option<DtwModelPreset> {
    let english = !hyperparameters.multilingual();
    let layers = (hyperparameters.audio_layers, hyperparameters.text_layers);
    Some(match (layers, hyperparameters.state) {
        ((4, 4), 384) if english => DtwModelPreset::TinyEn,
        ((4, 4), 384) => DtwModelPreset::Tiny,
        ((6, 6), 512) if english => DtwModelPreset::BaseEn,
        ((6, 6), 512) => DtwModelPreset::Base,
        ((12, 12), 768) if english => DtwModelPreset::SmallEn,
        ((12, 12), 768) => DtwModelPreset::Small,
        ((24, 24), 1_024) if english => DtwModelPreset::MediumEn,
        ((24, 24), 1_024) => DtwModelPreset::Medium,
        ((32, 4), 1_280) => DtwModelPreset::LargeV3Turbo,
        ((32, 32), 1_280) if hyperparameters.languages() > 99 => DtwModelPreset::LargeV3,
        ((32, 32), 1_280) => DtwModelPreset::LargeV2,
        _ => return None,
    })
}
