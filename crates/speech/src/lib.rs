//! The types of the domain.
//!
//! An engine is something that implements [`Synthesizer`], [`Recognizer`], [`Translator`] or
//! [`VoiceScorer`]. All four are *blocking*: they are called from worker threads, take a
//! [`Cancel`] where they may take long, and look at it at least every 100 ms of work.

mod cancel;
mod engine;
mod error;
pub mod espeak_ng;
mod kept_voice;
mod language;
pub mod model_cache;
pub mod pool;
mod recognizer;
pub mod recording;
mod reference;
mod registry;
mod style;
mod synthesizer;
mod take_details;
pub mod text;
pub mod translation;
mod voice;
pub mod voice_activity;
mod voice_scorer;
pub mod wait;

pub use cancel::Cancel;
pub use engine::{EngineHealth, EngineId, EngineInfo};
pub use error::SpeechError;
pub use kept_voice::{
    DEFAULT_WORKSPACE, KeptClip, KeptVoice, Permission, PromptCache, PromptKey, StyledPrompt,
    VoiceAnchor, VoiceIndex,
};
pub use language::{Fit, InvalidLanguage, Language, LanguageChoice};
pub use recognizer::{
    RecognitionHints, RecognitionOptions, Recognizer, RecognizerStream, Transcript, Word,
};
pub use reference::{Consent, ConsentBasis, InvalidConsent, Provenance, Reference, ReferenceAudio};
pub use registry::{Engines, cloned_voice};
pub use style::{
    InvalidProsody, InvalidStyleKey, Prosody, Style, StyleIndex, StyleKey, StyleKind,
    StyleMismatch, StyleName, StyleRef, StyleVariant,
};
pub use synthesizer::{AudioSink, Capability, FinishReason, SpeechRequest, Synthesizer};
pub use take_details::TakeDetails;
pub use translation::Translator;
pub use voice::{InvalidVoiceId, Voice, VoiceGender, VoiceId, VoiceKind};
pub use voice_scorer::{ScorerFactory, VoiceScorer};
