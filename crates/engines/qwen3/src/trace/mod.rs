//! One request, with every number that the official package can be asked for: what the engine is
//! judged by. See `parity/README.md`.
//!
//! It does what the official package does, where that differs from what the engine does otherwise:
//! an instruction that the model ignores is dropped, control tokens spelled in a text are control
//! tokens, and sound is decoded in the official chunks. [`TraceRequest::exact`] turns that off.

mod clone;
mod request;
mod sound;
mod spoken;
mod tensors;

use std::path::Path;

use crate::model::Model;
use crate::{Qwen3Error, Result};

pub use request::{TraceMethod, TraceRequest};
pub use tensors::Tensors;

impl TraceRequest {
    /// Carries the request out. `folder` is where its `inputs` lie.
    ///
    /// # Errors
    /// Whatever is wrong with the request, or with the checkpoint for it.
    pub fn run(&self, model: &Model, folder: &Path) -> Result<Tensors> {
        match self.method {
            TraceMethod::CustomVoice | TraceMethod::VoiceDesign | TraceMethod::VoiceClone => {
                spoken::run(self, model, folder)
            }
            TraceMethod::ClonePrompt => clone::run(self, model, folder),
            TraceMethod::CodecDecode => spoken::decode(self, model, folder),
        }
    }

    /// The tensors that the request brings along.
    fn inputs(&self, folder: &Path) -> Result<Tensors> {
        let Some(inputs) = &self.inputs else {
            return Err(Qwen3Error::invalid(
                "inputs",
                "this method needs tensors; write the name of their file into `inputs`",
            ));
        };
        Tensors::load(&folder.join(inputs))
    }
}
