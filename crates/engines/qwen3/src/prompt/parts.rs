//! What a prompt is made of.

use crate::tokenizer::SpeechText;

use super::CodecPart;

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextLayout {
    /// All of it before the first sound: the official default of preset and designed voices.
    Whole,
    /// A token beside each sound, as though it were still being written: the official default of
    /// cloned voices. The prompt is shorter, and the speech another.
    Streaming,
}

/// A reference recording whose words are known: the model goes on speaking as it does.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The ids of its words.
    pub body: &'a [u32],
    /// Its frames.
    pub frames: usize,
}

/// What a prompt is made of, as ids that are known to be right.
#[derive(Clone, Copy, Debug)]
pub struct PromptParts<'a> {
    /// What is to be spoken; it has words.
    pub text: &'a SpeechText,
    /// How to speak.
    pub instruction: Option<&'a [u32]>,
    /// The language's codec id, or none where the model is to find out: see
    /// [`language_id`](super::language_id).
    pub language: Option<u32>,
    /// Who speaks.
    pub speaker: Option<CodecPart>,
    /// What was spoken before.
    pub reference: Option<Reference<'a>>,
    /// Where the text stands.
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

    /// A cloned voice, known by its embedding alone.
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

    /// A cloned voice that goes on where its reference ends.
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

    /// The same with the text elsewhere.
    #[must_use]
    pub const fn with_text_layout(mut self, text_layout: TextLayout) -> Self {
        self.text_layout = text_layout;
        self
    }
}
