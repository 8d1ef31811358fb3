//! Voices that were heard.

use mynah_speech::Reference;

use crate::Result;
use crate::model::Model;
use crate::request::ClonePrompt;

/// TEMP
pub fn hear(_model: &Model, _reference: &Reference) -> Result<ClonePrompt> {
    Err(crate::Qwen3Error::Failed("TEMP".into()))
}
