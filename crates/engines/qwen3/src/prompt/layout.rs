//! The positions of a prompt, and the text that follows it.

use crate::config::TalkerConfig;

use super::{CodecPart, Position, PromptParts, Reference, TextLayout, TextPart};

use TextPart::{Bos, Eos, Pad, Token};

/// The layout of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The positions, from the first.
    pub positions: Vec<Position>,
    /// The text parts that are added to the generated frames, one each; after the last it is
    /// [`TextPart::Pad`].
    pub trailing: Vec<TextPart>,
    /// Number of leading positions that do not depend on the text.
    constant: usize,
}

impl Layout {
    /// Lays out a prompt as the official package does.
    pub fn new(talker: &TalkerConfig, parts: &PromptParts<'_>) -> Self {
        let mut layout = Self {
            positions: Vec::new(),
            trailing: vec![Pad],
            constant: 0,
        };
        layout.push_prefix(talker, parts);
        let bos = CodecPart::Code(talker.codec_bos_id);
        let pad = CodecPart::Code(talker.codec_pad_id);
        match (parts.reference, parts.text_layout) {
            (None, TextLayout::Streaming) => layout.push_streamed_text(bos, &parts.text.body),
            (None, TextLayout::Whole) => {
                layout.push_whole_text(pad, &parts.text.body);
                layout.positions.push(Position::new(Pad, bos));
            }
            (Some(reference), TextLayout::Streaming) => {
                layout.push_text_beside_reference(bos, reference, &parts.text.body);
            }
            (Some(reference), TextLayout::Whole) => {
                layout.constant += reference.body.len();
                let texts = [reference.body, &parts.text.body].concat();
                layout.push_whole_text(pad, &texts);
                let codes =
                    reference_codes(bos, reference.frames).map(|codec| Position::new(Pad, codec));
                layout.positions.extend(codes);
            }
        }
        layout
    }

    /// The leading positions that do not depend on the text, so that their cache entries can be
    /// reused for the same voice and reference.
    pub fn constant(&self) -> &[Position] {
        &self.positions[..self.constant]
    }

    /// How many frames fit into the context after this prompt.
    pub const fn frames_left(&self, talker: &TalkerConfig) -> usize {
        talker
            .max_position_embeddings
            .saturating_sub(self.positions.len())
    }

    /// Instruction, role, language and speaker; without `codec_bos`, which stands where the audio
    /// begins.
    fn push_prefix(&mut self, talker: &TalkerConfig, parts: &PromptParts<'_>) {
        let instruction = parts.instruction.unwrap_or_default();
        self.positions
            .extend(instruction.iter().map(|id| Position::text(*id)));
        self.positions
            .extend(parts.text.role.iter().map(|id| Position::text(*id)));
        let mut codes = match parts.language {
            Some(language) => vec![
                talker.codec_think_id,
                talker.codec_think_bos_id,
                language,
                talker.codec_think_eos_id,
            ],
            None => vec![
                talker.codec_nothink_id,
                talker.codec_think_bos_id,
                talker.codec_think_eos_id,
            ],
        }
        .into_iter()
        .map(CodecPart::Code)
        .collect::<Vec<_>>();
        codes.extend(parts.speaker);
        self.positions
            .extend(codes.into_iter().map(|codec| Position::new(Pad, codec)));
        let pad = CodecPart::Code(talker.codec_pad_id);
        self.positions.push(Position::new(Bos, pad));
        self.constant = self.positions.len();
    }

    /// The whole text and its end, before any audio.
    fn push_whole_text(&mut self, pad: CodecPart, body: &[u32]) {
        self.positions
            .extend(with_eos(body).map(|text| Position::new(text, pad)));
    }

    /// The first token where the audio begins, the rest beside the generated frames.
    fn push_streamed_text(&mut self, bos: CodecPart, body: &[u32]) {
        let mut text = with_eos(body);
        self.positions
            .extend(text.next().map(|first| Position::new(first, bos)));
        self.trailing = text.collect();
    }

    /// The transcript of the reference and then the text, beside the frames of the reference.
    /// Tokens that are left continue after the prompt; where there are more frames, they are
    /// padded.
    fn push_text_beside_reference(
        &mut self,
        bos: CodecPart,
        reference: Reference<'_>,
        body: &[u32],
    ) {
        let texts = [reference.body, body].concat();
        let mut texts = with_eos(&texts);
        self.positions
            .extend(reference_codes(bos, reference.frames).map(|codec| {
                let text = texts.next().unwrap_or(Pad);
                Position::new(text, codec)
            }));
        let left: Vec<_> = texts.collect();
        if !left.is_empty() {
            self.trailing = left;
        }
        self.constant += reference.body.len().min(reference.frames + 1);
    }
}

/// The text and its end.
fn with_eos(body: &[u32]) -> impl Iterator<Item = TextPart> {
    body.iter().map(|id| Token(*id)).chain([Eos])
}

/// `codec_bos` and the frames of a reference.
fn reference_codes(bos: CodecPart, frames: usize) -> impl Iterator<Item = CodecPart> {
    std::iter::once(bos).chain((0..frames).map(CodecPart::Frame))
}
