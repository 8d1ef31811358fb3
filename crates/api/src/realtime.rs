//! `GET /v1/realtime/translations`: the events of the WebSocket that interprets live.
//!
//! The names and fields are those of the official OpenAI Python package, 3.54
//! (`openai/types/realtime/realtime_translation_*`), and a test holds them to it. What is ours is
//! additive and marked so. `contracts/realtime.md` is the page for authors of clients.

mod client;
mod parse;
mod patch;
mod pcm;
mod seq;
mod server;
mod session;

pub use client::{AppendAudio, ClientEvent, CloseSession, ResumeSession, SessionUpdate};
pub use parse::{InvalidEvent, InvalidEventCode};
pub use patch::{AudioPatch, InputPatch, OutputPatch, SessionPatch, SpeakerReference};
pub use pcm::{PcmJoiner, encode_pcm};
pub use seq::{EventKind, MAX_PARTS, ReceivedSeq, event_seq};
pub use server::{
    AudioDelta, PcmFormat, RealtimeError, RealtimeErrorType, SegmentDone, SegmentEngines,
    SegmentFailed, SegmentTimings, ServerEvent, ServerEventBody, TranscriptDelta,
    TranscriptPreview,
};
pub use session::{
    InputAudioFormat, NoiseReduction, NoiseReductionType, Session, SessionAudio, SessionInput,
    SessionOutput, SessionType, Transcription,
};

pub use crate::Consent;

/// Where the WebSocket is.
pub const PATH: &str = "/v1/realtime/translations";

/// Where the WebSocket of the earlier protocol is: binary audio in, the same events out.
pub const AUDIO_PATH: &str = "/ws/audio";

/// Samples a second of the audio that it takes: 16-bit little-endian PCM, mono.
pub const AUDIO_SAMPLE_RATE_HZ: u32 = 16_000;

/// Samples a second of the audio in both directions: 16-bit little-endian PCM, mono.
pub const SAMPLE_RATE_HZ: u32 = 24_000;

/// The subprotocol that a browser asks for, and that is selected in the reply.
pub const SUBPROTOCOL: &str = "realtime";

/// What stands before the key in the second subprotocol of a browser.
pub const KEY_SUBPROTOCOL_PREFIX: &str = "openai-insecure-api-key.";
