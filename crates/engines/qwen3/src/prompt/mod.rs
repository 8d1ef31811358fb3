//! The talker's prompt as ids, position by position: no tensor is touched here.
//!
//! A position is the sum of a text part, which is embedded and projected, and a codec part, which
//! is embedded. Where the official package lays text and sound side by side depends on the method,
//! on the language, and on whether the whole text precedes the first frame.

mod language;
mod layout;
mod parts;

pub use language::language_id;
pub use layout::Layout;
pub use parts::{PromptParts, Reference, TextLayout};

/// The text part of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextPart {
    /// A token of a text.
    Token(u32),
    /// `tts_pad_token_id`: there is no text here.
    Pad,
    /// `tts_bos_token_id`: the text begins.
    Bos,
    /// `tts_eos_token_id`: the text is over.
    Eos,
}

impl TextPart {
    /// The row of the text embedding.
    pub const fn id(self, config: &crate::config::ModelConfig) -> u32 {
        match self {
            Self::Token(id) => id,
            Self::Pad => config.tts_pad_token_id,
            Self::Bos => config.tts_bos_token_id,
            Self::Eos => config.tts_eos_token_id,
        }
    }
}

/// The codec part of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecPart {
    /// The row of the talker's codec embedding.
    Code(u32),
    /// The embedding of the cloned speaker.
    Speaker,
    /// The frame of the reference with this number: the sum of the embeddings of its codes, the
    /// first from the talker's codec embedding and each other from its own of the code predictor.
    Frame(usize),
}

/// One position. A part that is absent adds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The text part.
    pub text: Option<TextPart>,
    /// The codec part.
    pub codec: Option<CodecPart>,
}

impl Position {
    const fn text(token: u32) -> Self {
        Self {
            text: Some(TextPart::Token(token)),
            codec: None,
        }
    }

    const fn new(text: TextPart, codec: CodecPart) -> Self {
        Self {
            text: Some(text),
            codec: Some(codec),
        }
    }
}
