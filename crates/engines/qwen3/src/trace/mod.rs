//! Traces of a request: every tensor that parity with the official package is tested on. See
//! `parity/README.md`.
//!
//! It follows the official package where the engine otherwise differs: an instruction that the
//! model ignores is dropped, control tokens spelled in a text are control tokens, and sound is
//! decoded in the official chunks. [`TraceRequest::exact`] turns that off.

mod clone;
mod decoded;
mod generated;
mod request;
mod tensors;

use std::path::Path;

use crate::Qwen3Error;
use crate::model::Model;

pub use request::{TraceMethod, TraceRequest};
pub use tensors::Tensors;

impl TraceRequest {
    /// Runs the request. `folder` is where its `inputs` lie.
    ///
    /// # Errors
    /// The errors of the request, and of the checkpoint.
    pub fn run(&self, model: &Model, folder: &Path) -> Result<Tensors, Qwen3Error> {
        match self.method {
            TraceMethod::CustomVoice | TraceMethod::VoiceDesign | TraceMethod::VoiceClone => {
                generated::run(self, model, folder)
            }
            TraceMethod::ClonePrompt => clone::run(self, model, folder),
            TraceMethod::CodecDecode => generated::decode(self, model, folder),
        }
    }

    /// The tensors that the request brings along.
    fn inputs(&self, folder: &Path) -> Result<Tensors, Qwen3Error> {
        let Some(inputs) = &self.inputs else {
            return Err(Qwen3Error::invalid(
                "inputs",
                "this method needs tensors; write the name of their file into `inputs`",
            ));
        };
        Tensors::load(&folder.join(inputs))
    }
}
