//! Text in, audio out.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use mynah_audio::Clip;
use serde::Serialize;

use crate::{Cancel, EngineHealth, EngineInfo, Language, Reference, SpeechError, Voice, VoiceId};

/// One utterance to be spoken: a text short enough for the engine to take at once.
///
/// Speed is not here: the caller applies it to the audio, alike for every engine.
#[derive(Clone, PartialEq, Eq)]
pub struct SpeechRequest {
    /// What is spoken: normalized, not empty, free of control characters.
    pub text: String,
    /// Whose voice, one of this engine's.
    pub voice: VoiceId,
    /// In which language, one that the voice speaks.
    pub language: Language,
    /// The manner of speaking, or the voice, in words; only where [`Voice::takes_instructions`],
    /// and always where the voice is [`crate::VoiceKind::Designed`].
    pub instruct: Option<String>,
    /// The recording whose voice it is; exactly where the voice is [`crate::VoiceKind::Cloned`].
    /// All chunks of a text have the same one: [`Arc::ptr_eq`] holds between them.
    pub reference: Option<Arc<Reference>>,
    /// Makes sampled speech repeatable; only where [`Capability::seed`] holds.
    pub seed: Option<u64>,
}

impl fmt::Debug for SpeechRequest {
    /// Without the texts, which belong to their owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeechRequest")
            .field("chars", &self.text.chars().count())
            .field("voice", &self.voice)
            .field("language", &self.language)
            .field("instructed", &self.instruct.is_some())
            .field("reference", &self.reference)
            .field("seed", &self.seed)
            .finish()
    }
}

/// What a synthesizer can do beyond speaking with its voices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// Audio leaves before the utterance is finished.
    pub streaming: bool,
    /// Some voice of it follows an instruction about manner; each [`Voice`] states whether it does.
    pub instruct: bool,
    /// It samples, and a seed makes it repeatable.
    pub seed: bool,
    /// It takes a voice from reference audio: it has voices that are [`crate::VoiceKind::Cloned`].
    pub clone: bool,
    /// It takes a voice from a description: it has voices that are
    /// [`crate::VoiceKind::Designed`].
    pub design: bool,
    /// The longest utterance it takes well, in characters.
    pub max_chars: usize,
}

/// Why an utterance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The text was spoken to its end.
    Stop,
    /// The engine's bound on length was reached first.
    Length,
    /// The engine went on without end and was stopped.
    Runaway,
}

/// Where audio goes as it is made.
pub trait AudioSink {
    /// Takes the next samples. All clips of one utterance have one rate. `Break` means that
    /// the receiver is gone: the engine stops and returns [`SpeechError::Cancelled`].
    fn accept(&mut self, clip: Clip) -> ControlFlow<()>;
}

impl<F: FnMut(Clip) -> ControlFlow<()>> AudioSink for F {
    fn accept(&mut self, clip: Clip) -> ControlFlow<()> {
        self(clip)
    }
}

/// An engine of speech synthesis.
pub trait Synthesizer: Send + Sync {
    /// What it is.
    fn info(&self) -> &EngineInfo;

    /// Whether it can run here now. Cheap enough for a health page.
    fn health(&self) -> EngineHealth;

    /// What it can do.
    fn capability(&self) -> Capability;

    /// Its voices; the first one for a language is the best of its kind for it. Empty where it
    /// cannot run.
    fn voices(&self) -> Vec<Voice>;

    /// The voice of a name that is not among [`Synthesizer::voices`] but describes one that the
    /// engine can make, such as a mix of voices. None where the name describes none.
    ///
    /// # Errors
    /// `Invalid` or `Unsupported` with `voice` as `param` for a name that describes a voice which
    /// cannot be made.
    fn described_voice(&self, _name: &str) -> Result<Option<Voice>, SpeechError> {
        Ok(None)
    }

    /// Whether it can speak a text, of any length. Called before there is any audio, so that a
    /// caller gets a plain refusal in place of speech that breaks off.
    ///
    /// # Errors
    /// `Unsupported` for characters that it cannot speak.
    fn accepts(&self, _text: &str, _language: &Language) -> Result<(), SpeechError> {
        Ok(())
    }

    /// Whether it can speak a letter or digit in a language. What it cannot is left out of a text
    /// that did not name one of its voices.
    fn can_say(&self, _letter: char, _language: &Language) -> bool {
        true
    }

    /// Synthesizes one utterance into `sink`. Blocking; may be called from several threads at once,
    /// and waits its turn where the engine has fewer instances than callers.
    ///
    /// # Errors
    /// `Unsupported` for a voice or an option that it lacks, `Invalid` with `ref_audio` or `ref_text`
    /// as `param` for a reference that is not audio or that it cannot use, `Unavailable` where it is not
    /// installed, `Failed` when it breaks, `Cancelled` within 100 ms of the token or of a `Break`.
    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError>;
}
