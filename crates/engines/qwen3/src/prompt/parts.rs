//! The parts of a prompt.

use crate::tokenizer::SpeechText;

use super::CodecPart;

/// The layout of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextLayout {
    /// The whole text before the first frame: the official default of preset and designed voices.
    Whole,
    /// One token beside each frame, as for streamed text input: the official default of cloned
    /// voices. The prompt is shorter, and the speech differs.
    Streaming,
}

/// A reference recording with its transcript, for in-context learning.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The ids of its transcript.
    pub body: &'a [u32],
    /// Its frames.
    pub frames: usize,
}

/// The parts of a prompt, as validated ids.
#[derive(Clone, Copy, Debug)]
pub struct PromptParts<'a> {
    /// The text to speak; it has words.
    pub text: &'a SpeechText,
    /// How to speak.
    pub instruction: Option<&'a [u32]>,
    /// The language's codec id, or None where the model chooses: see
    /// [`language_id`](super::language_id).
    pub language: Option<u32>,
    /// The speaker.
    pub speaker: Option<CodecPart>,
    /// The reference recording.
    pub reference: Option<Reference<'a>>,
    /// The layout of the text.
    pub text_layout: TextLayout,
}

impl<'a> PromptParts<'a> {
    /// A preset speaker by its codec id. Without one, as the official package allows, the model
    /// takes a voice at random.
    pub fn custom_voice(
        text: &'a SpeechText,
        speaker: Option<u32>,
        language: Option<u32>,
        instruction: Option<&'a [u32]>,
    ) -> Self {
        Self {
            text,
            instruction,
            language,
            speaker: speaker.map(CodecPart::Code),
            reference: None,
            text_layout: TextLayout::Whole,
        }
    }

    /// A voice that the instruction describes.
    pub const fn voice_design(
        text: &'a SpeechText,
        language: Option<u32>,
        instruction: &'a [u32],
    ) -> Self {
        Self {
            text,
            instruction: Some(instruction),
            language,
            speaker: None,
            reference: None,
            text_layout: TextLayout::Whole,
        }
    }

    /// A cloned voice from its embedding only.
    pub const fn clone_x_vector(text: &'a SpeechText, language: Option<u32>) -> Self {
        Self {
            text,
            instruction: None,
            language,
            speaker: Some(CodecPart::Speaker),
            reference: None,
            text_layout: TextLayout::Streaming,
        }
    }

    /// A cloned voice by in-context learning: speech continues after the reference.
    pub const fn clone_icl(
        text: &'a SpeechText,
        language: Option<u32>,
        reference: Reference<'a>,
    ) -> Self {
        Self {
            text,
            instruction: None,
            language,
            speaker: Some(CodecPart::Speaker),
            reference: Some(reference),
            text_layout: TextLayout::Streaming,
        }
    }

    /// The same with another layout of the text.
    #[must_use]
    pub const fn with_text_layout(mut self, text_layout: TextLayout) -> Self {
        self.text_layout = text_layout;
        self
    }
}
