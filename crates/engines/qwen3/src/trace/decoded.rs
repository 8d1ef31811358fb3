//! From codes to audio, as the official package does it.

use crate::Qwen3Error;
use crate::generate::{Frame, GROUPS};
use crate::model::Model;
use crate::request::EncodedReference;

use super::Tensors;

/// The audio of frames, decoded after those of the reference, whose audio is removed.
pub(super) fn of(
    model: &Model,
    reference: Option<&EncodedReference>,
    frames: &[Frame],
    exact: bool,
) -> Result<Vec<f32>, Qwen3Error> {
    let codec = model.codec();
    let mut work = codec.workspace();
    let mut all = match reference {
        Some(reference) => reference_frames(reference)?,
        None => Vec::new(),
    };
    let skipped = all.len() * codec.samples_per_frame();
    all.extend(frames);
    let mut wav = if exact {
        let mut state = codec.state();
        let batch = &mut [(&mut state, &all[..])];
        codec
            .decode(model.thread_pool(), &mut work, batch)?
            .concat()
    } else {
        codec.decode_official(model.thread_pool(), &mut work, &all)?
    };
    wav.drain(..skipped);
    Ok(wav)
}

/// The frames of a reference.
fn reference_frames(reference: &EncodedReference) -> Result<Vec<Frame>, Qwen3Error> {
    let codes: Vec<i64> = reference
        .codes
        .iter()
        .map(|code| i64::from(*code))
        .collect();
    frames_of(&codes)
}

/// Frames from a tensor of codes.
pub(super) fn frames(inputs: &Tensors, name: &'static str) -> Result<Vec<Frame>, Qwen3Error> {
    let wrong = |message: String| Qwen3Error::invalid("inputs", message);
    let (shape, codes) = inputs
        .integers(name)
        .ok_or_else(|| wrong(format!("the inputs have no tensor {name} of i64")))?;
    if shape.len() != 2 || shape[1] != GROUPS {
        return Err(wrong(format!(
            "{name} has the shape {shape:?}; it must be [frames, {GROUPS}]"
        )));
    }
    frames_of(&codes)
}

fn frames_of(codes: &[i64]) -> Result<Vec<Frame>, Qwen3Error> {
    let code = |code: i64| {
        u16::try_from(code)
            .map_err(|_| Qwen3Error::invalid("codes", format!("{code} is no code of the codec")))
    };
    codes
        .chunks_exact(GROUPS)
        .map(|codes| {
            let mut frame = [0; GROUPS];
            for (slot, number) in frame.iter_mut().zip(codes) {
                *slot = code(*number)?;
            }
            Ok(frame)
        })
        .collect()
}
