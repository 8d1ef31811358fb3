//! The three texts of a prompt, each in its turn of the chat template.

use crate::Qwen3Error;

use super::{SpecialTokens, TextTokenizer};

/// Ids of text tokens.
pub type TokenIds = Vec<u32>;

/// The text to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechText {
    /// The start of the turn: `<|im_start|>`, `assistant`, and the line's end. Blank lines at the
    /// beginning of a text join that line's end, as they do in the official package.
    pub role: [u32; 3],
    /// The text itself.
    pub body: TokenIds,
}

const START: &str = "<|im_start|>";
const END: &str = "<|im_end|>";

/// Tokens that begin a turn, which [`SpeechText::role`] holds.
const ROLE_TOKENS: usize = 3;

/// Tokens after the text to speak: `<|im_end|>`, a line's end, and the beginning of the turn that
/// would follow.
const SPEECH_SUFFIX_TOKENS: usize = 5;

/// Tokens after the transcript of a reference: `<|im_end|>` and a line's end.
const REFERENCE_SUFFIX_TOKENS: usize = 2;

impl TextTokenizer {
    /// The ids of the text to speak.
    ///
    /// # Errors
    /// `Invalid` where nothing of the text is left.
    pub fn speech(&self, text: &str, special: SpecialTokens) -> Result<SpeechText, Qwen3Error> {
        let mut ids = self.chat_turn("assistant", text, special)?;
        ids.extend(self.encode_special(START)?);
        ids.extend(self.encode_special("assistant\n")?);
        let (role, body) = inner(&ids, SPEECH_SUFFIX_TOKENS)
            .ok_or_else(|| Qwen3Error::invalid("input", "the input has no words to speak"))?;
        Ok(SpeechText { role, body })
    }

    /// The ids of the transcript of a reference recording.
    ///
    /// # Errors
    /// `Invalid` where nothing of the text is left.
    pub fn reference(&self, text: &str, special: SpecialTokens) -> Result<TokenIds, Qwen3Error> {
        let ids = self.chat_turn("assistant", text, special)?;
        inner(&ids, REFERENCE_SUFFIX_TOKENS)
            .map(|(_, body)| body)
            .ok_or_else(|| Qwen3Error::invalid("reference_text", "the reference text is empty"))
    }

    /// The ids of an instruction on how to speak, its whole turn.
    ///
    /// # Errors
    /// `Failed` where the tokenizer does.
    pub fn instruction(&self, text: &str, special: SpecialTokens) -> Result<TokenIds, Qwen3Error> {
        self.chat_turn("user", text, special)
    }

    /// One turn. Role and text are encoded as one, for line ends between them may merge.
    fn chat_turn(
        &self,
        role: &str,
        text: &str,
        special: SpecialTokens,
    ) -> Result<TokenIds, Qwen3Error> {
        let mut ids = self.encode_special(START)?;
        ids.extend(self.encode(&format!("{role}\n{text}"), special)?);
        ids.extend(self.encode_special(END)?);
        ids.extend(self.encode_special("\n")?);
        Ok(ids)
    }

    fn encode_special(&self, text: &str) -> Result<TokenIds, Qwen3Error> {
        self.encode(text, SpecialTokens::Recognized)
    }
}

/// The role and the body between it and the suffix; None where the body is empty.
fn inner(ids: &[u32], tail: usize) -> Option<([u32; ROLE_TOKENS], TokenIds)> {
    let (role, rest) = ids.split_first_chunk::<ROLE_TOKENS>()?;
    let body = rest.get(..rest.len().checked_sub(tail)?)?;
    (!body.is_empty()).then(|| (*role, body.to_vec()))
}
