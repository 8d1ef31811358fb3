//! Cloned voices, and the file they are saved in.
//!
//! ```text
//! Recording: 3 to 60 s at 24 kHz ─encoders─▶ ClonePrompt ─with consent─▶ ClonedVoice ⇄ file
//! ```

mod file;
mod metadata;

use mynah_speech::Consent;

use crate::request::ClonePrompt;

pub use file::MAX_FILE_BYTES;
pub use metadata::{VERSION_OF_PROMPT, VERSION_WITH_CONSENT};

/// A cloned voice that can be saved: its clone prompt, its checkpoint, and the speaker's consent.
/// It serves any language that the model does.
#[derive(Clone, Debug, PartialEq)]
pub struct ClonedVoice {
    /// The clone prompt.
    pub prompt: ClonePrompt,
    /// The identity of the checkpoint it was made with; the prompt is not valid for another.
    pub checkpoint: String,
    /// The speaker's consent.
    pub consent: Consent,
}
