//! Layer 5: the WebSocket server of live interpreting.
//!
//! `GET /v1/realtime/translations` speaks the protocol of `contracts/realtime.md`, whose events
//! are the types of [`mynah_api::realtime`]. Bytes become frames (axum), frames become events
//! ([`mynah_api::realtime::ClientEvent`]), events drive a session of a backend, and its results go
//! back through a bounded queue. A client that disconnects stops its engines unless it resumes.

mod audio;
mod audio_charges;
mod backend;
mod config;
mod connection;
mod connections;
mod event_forwarder;
mod fault;
mod gateway;
mod input_format;
mod message_pacer;
mod metrics;
mod protocol;
mod realtime;
mod request_error;
mod resume_token;
mod send_queue;
mod sessions;
mod settings;
mod silence;
mod socket;
mod upgrade;

pub use backend::Backend;
pub use gateway::{Gateway, router};
pub use metrics::names as metric_names;
pub use settings::{GatewaySettings, WsAudioSettings};
