//! A clone prompt: the conditioning of a cloned voice.

use crate::Qwen3Error;
use crate::config::{ModelConfig, SUPPRESSED_CODES};

/// The conditioning of a cloned voice, from a reference recording.
#[derive(Clone, Debug, PartialEq)]
pub struct ClonePrompt {
    /// The speaker encoder's embedding: as many numbers as the talker is wide.
    pub embedding: Vec<f32>,
    /// Transcript and codes of the recording, for in-context learning; without it only the
    /// embedding conditions the model.
    pub reference: Option<EncodedReference>,
}

/// Transcript and codes of a reference recording.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedReference {
    /// Its transcript.
    pub text: String,
    /// Its codes, frame by frame: `num_code_groups` to each.
    pub codes: Vec<u32>,
}

/// Without the text, which must not reach logs.
impl std::fmt::Debug for EncodedReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncodedReference")
            .field("text_bytes", &self.text.len())
            .field("codes", &self.codes.len())
            .finish()
    }
}

impl EncodedReference {
    /// How many frames it has.
    pub const fn frames(&self, num_code_groups: usize) -> usize {
        self.codes.len() / num_code_groups
    }
}

impl ClonePrompt {
    /// Fails where it was made for another checkpoint, or is incomplete.
    pub(super) fn check(&self, config: &ModelConfig) -> Result<(), Qwen3Error> {
        let talker = &config.talker_config;
        let wrong = |message: String| Err(Qwen3Error::invalid("voice", message));
        if self.embedding.len() != talker.hidden_size {
            return wrong(format!(
                "the cloned voice has {} numbers and this model's have {}; clone it again with this model",
                self.embedding.len(),
                talker.hidden_size
            ));
        }
        if !self.embedding.iter().all(|x| x.is_finite()) {
            return wrong(
                "the cloned voice has numbers that are not finite; clone it again".into(),
            );
        }
        let Some(reference) = &self.reference else {
            return Ok(());
        };
        if reference.text.trim().is_empty() {
            return Err(Qwen3Error::invalid(
                "reference_text",
                "the transcript of the reference is missing; send it, or clone the voice from its embedding only",
            ));
        }
        let groups = talker.num_code_groups;
        if reference.codes.is_empty() || !reference.codes.len().is_multiple_of(groups) {
            return wrong(format!(
                "the cloned voice has {} codes, which do not make frames of {groups}; clone it again",
                reference.codes.len()
            ));
        }
        let first = talker.vocab_size - SUPPRESSED_CODES;
        let other = talker.code_predictor_config.vocab_size;
        let codes_exist = reference.codes.chunks_exact(groups).all(|frame| {
            frame.iter().enumerate().all(|(group, code)| {
                let codes = if group == 0 { first } else { other };
                (*code as usize) < codes
            })
        });
        if codes_exist {
            Ok(())
        } else {
            wrong("the cloned voice has codes that this model does not have; clone it again with this model".into())
        }
    }
}
