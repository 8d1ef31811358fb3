//! What is heard in a reference.

use std::path::Path;
use std::sync::Arc;

use crate::model::Model;
use crate::request::{ClonePrompt, SpokenReference};
use crate::{Qwen3Error, Result};

use super::{Tensors, TraceRequest};

pub(super) fn run(_request: &TraceRequest, _model: &Model, _folder: &Path) -> Result<Tensors> {
    Err(Qwen3Error::Failed("TEMP".into()))
}

/// The voice that a request brings along: as a reference, or as what was heard in it before.
pub(super) fn prompt(
    request: &TraceRequest,
    _model: &Model,
    folder: &Path,
) -> Result<Arc<ClonePrompt>> {
    let inputs = request.inputs(folder)?;
    let (_, embedding) = inputs.numbers("spk_embedding").expect("TEMP");
    let reference = request
        .ref_text
        .clone()
        .filter(|_| !request.x_vector_only_mode)
        .map(|text| {
            let (_, codes) = inputs.whole("ref_code").expect("TEMP");
            SpokenReference {
                text,
                codes: codes.iter().map(|c| *c as u32).collect(),
            }
        });
    Ok(Arc::new(ClonePrompt {
        embedding,
        reference,
    }))
}
