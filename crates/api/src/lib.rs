//! The wire format: one typed definition of every body and event.
//!
//! Types only: no sockets, no engines. The server answers with them, the OpenAPI document and the
//! front end's client are generated from them, and test doubles speak them.

mod base64;
mod error;
mod health;
mod installable_model;
mod kept_prompt;
mod kept_take;
mod kept_voice;
pub mod limits;
mod model;
mod origin;
mod package;
pub mod realtime;
mod reference;
mod speech;
mod speech_event;
mod speech_form;
mod style;
pub mod subtitles;
mod transcription;
mod transcription_event;
mod voice;

pub use self::base64::BASE64;
pub use error::{ErrorBody, ErrorCode, ErrorDetail, ErrorType};
pub use health::{EngineKind, EngineState, EngineStatus, Liveness, Readiness, ReadinessState};
pub use installable_model::{InstallableModel, InstallableModelList, PullState, PullStatus};
pub use kept_prompt::{
    KeptPrompt, KeptPromptChange, KeptPromptList, KeptPromptOfVoice, NewPromptBody, NewPromptForm,
    PromptSource,
};
pub use kept_take::{KeptTake, KeptTakeList};
pub use kept_voice::{
    ClipPeaks, ConsentBasis, KeptClip, KeptConsent, KeptVoice, KeptVoiceChange, KeptVoiceList,
    NewConsent, NewVoiceBody, NewVoiceForm, VoiceAudit, VoiceAuditEntry, VoiceOrigin,
};
pub use model::{LanguagePair, ListObject, Model, ModelKind, ModelList, ModelObject};
pub use origin::Origins;
pub use package::{ImportReport, OnConflict, PackageForm};
pub use reference::{Consent, RefAudio, TaskType};
pub use speech::{AudioBytes, AudioFormat, InvalidField, SpeechBody, StreamFormat, VoiceParam};
pub use speech_event::{SpeechEvent, SpeechUsage};
pub use speech_form::SpeechForm;
pub use style::{
    Prosody, Style, StyleBody, StyleKind, StyleList, StyleOrigin, StyleParam, StyleVariant,
};
pub use transcription::{
    DurationUsage, DurationUsageType, Granularity, TextFormat, TranscriptionBody,
    TranscriptionForm, TranscriptionJson, TranscriptionSegment, TranscriptionTask,
    TranscriptionVerbose, TranscriptionWord, TranslationForm,
};
pub use transcription_event::TranscriptionEvent;
pub use voice::{Gender, KeptVoiceInfo, VoiceInfo, VoiceKind, VoiceList};
