//! Floor 5: the WebSocket door, through which people are interpreted live.
//!
//! `GET /v1/realtime/translations` speaks the protocol of `contracts/realtime.md`, whose events
//! are the types of [`mynah_api::realtime`]. Bytes become frames (axum), frames become events
//! ([`mynah_api::realtime::ClientEvent`]), events drive an interpreter session, and what that
//! tells goes back through a bounded send_queue. Whoever leaves stops their engines.

mod audio;
mod backend;
mod bus;
pub mod client;
mod config;
mod connection;
mod connections;
mod event_forwarder;
mod fault;
mod gateway;
mod input_format;
mod message_pacer;
mod metrics;
mod realtime_session;
mod request_error;
mod send_queue;
mod session_event;
mod sessions;
mod settings;
mod silence;
mod upgrade;

pub use backend::SessionBackend;
pub use bus::{
    BusBackend, BusParts, InlineOnly, ObjectStore, ObjectStoreError, ResumeKey, StoredObject,
};
pub use gateway::{Gateway, router};
pub use metrics::names as metric_names;
pub use settings::{BusSettings, GatewaySettings, InvalidGatewaySettings, WsAudioSettings};
