//! The widths of a speaker encoder, which no converter writes: they are the shapes of its tensors.

use serde_json::{Value, json};

use crate::Qwen3Error;

use super::file::GgufFile;

/// Blocks between the first convolution and the aggregation, in every released encoder.
const BLOCKS: usize = 3;

/// The tensors that show the widths, each outermost first.
pub(super) struct Names {
    /// Channels × mel bands × kernel.
    pub(super) first: &'static str,
    /// Channels of all blocks × the same.
    pub(super) aggregate: &'static str,
    /// Channels of the attentive pooling × others.
    pub(super) attention: &'static str,
    /// Channels of a group × the same × kernel.
    pub(super) group: &'static str,
    /// Channels of squeeze and excitation × others.
    pub(super) squeeze: &'static str,
}

/// Keys of `speaker_encoder_config`.
pub(super) fn widths(file: &GgufFile, names: &Names) -> Result<Value, Qwen3Error> {
    let [channels, bands, _] = file.shape(names.first)?;
    let mut stages = vec![channels; BLOCKS + 1];
    stages.push(file.rows(names.aggregate)?);
    let group = file.rows(names.group)?;
    Ok(json!({
        "mel_dim": bands,
        "enc_channels": stages,
        "enc_attention_channels": file.rows(names.attention)?,
        "enc_res2net_scale": channels.checked_div(group).unwrap_or_default(),
        "enc_se_channels": file.rows(names.squeeze)?,
    }))
}
