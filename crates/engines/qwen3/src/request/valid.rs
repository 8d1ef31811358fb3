//! A validated request.

use std::sync::Arc;

use crate::Qwen3Error;
use crate::config::ModelConfig;
use crate::prompt::{CodecPart, Layout, PromptParts, Reference, TextLayout};
use crate::tokenizer::{SpecialTokens, TextTokenizer};

use super::{ClonePrompt, SamplingRules};

/// A request that was validated for a checkpoint: see
/// [`Request::validate`](super::Request::validate).
#[derive(Clone, Debug)]
pub struct ValidRequest {
    pub(super) text: String,
    pub(super) instruction: Option<String>,
    pub(super) language: Option<u32>,
    pub(super) speaker: Option<u32>,
    pub(super) clone: Option<Arc<ClonePrompt>>,
    pub(super) text_layout: TextLayout,
    pub(super) sampling: SamplingRules,
    pub(super) special: SpecialTokens,
}

impl ValidRequest {
    /// The text to speak.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Sampling parameters.
    pub const fn sampling(&self) -> &SamplingRules {
        &self.sampling
    }

    /// The voice that is cloned, where one is.
    pub const fn clone_prompt(&self) -> Option<&Arc<ClonePrompt>> {
        self.clone.as_ref()
    }

    /// The language's codec id, where one is named or implied by the speaker's dialect.
    pub const fn language(&self) -> Option<u32> {
        self.language
    }

    /// Lays out its prompt.
    ///
    /// # Errors
    /// `Invalid` where the text has no words, or the prompt fills the context.
    pub fn layout(
        &self,
        config: &ModelConfig,
        tokenizer: &TextTokenizer,
    ) -> Result<Layout, Qwen3Error> {
        let talker = &config.talker_config;
        let text = tokenizer.speech(&self.text, self.special)?;
        let instruction = self
            .instruction
            .as_deref()
            .map(|value| tokenizer.instruction(value, self.special))
            .transpose()?;
        let reference = self
            .clone
            .as_deref()
            .and_then(|clone| clone.reference.as_ref());
        let words = reference
            .map(|reference| tokenizer.reference(&reference.text, self.special))
            .transpose()?;
        let speaker = match &self.clone {
            Some(_) => Some(CodecPart::Speaker),
            None => self.speaker.map(CodecPart::Code),
        };
        let parts = PromptParts {
            text: &text,
            instruction: instruction.as_deref(),
            language: self.language,
            speaker,
            reference: reference
                .zip(words.as_deref())
                .map(|(spoken, body)| Reference {
                    body,
                    frames: spoken.frames(talker.num_code_groups),
                }),
            text_layout: self.text_layout,
        };
        let layout = Layout::new(talker, &parts);
        let frames_left = layout.frames_left(talker);
        if frames_left < self.sampling.min_frames.max(1) {
            return Err(Qwen3Error::invalid(
                "input",
                format!(
                    "the prompt takes {} positions and the model has {}; send the text in parts, or a shorter reference",
                    layout.positions.len(),
                    talker.max_position_embeddings
                ),
            ));
        }
        Ok(layout)
    }

    /// The most frames that may follow a prompt: the requested number, bounded by the context.
    pub fn max_frames(&self, config: &ModelConfig, layout: &Layout) -> usize {
        let frames_left = layout.frames_left(&config.talker_config);
        self.sampling.max_frames.min(frames_left)
    }
}
