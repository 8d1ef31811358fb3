//! Floor 5: the WebSocket door, through which people are interpreted live.
//!
//! `GET /v1/realtime/translations` speaks the protocol of `contracts/realtime.md`, whose events
//! are the types of [`mynah_api::realtime`]. Bytes become frames (axum), frames become events
//! ([`mynah_api::realtime::ClientEvent`]), events drive an interpreter session, and what that
//! tells goes back through a bounded outbox. Whoever leaves stops their engines.

mod admission;
mod audio;
mod bus;
pub mod client;
mod config;
mod connection;
mod conversation;
mod desk;
mod fault;
mod gateway;
mod input_format;
mod key;
mod metrics;
mod outbox;
mod pace;
mod pump;
mod refusal;
mod sessions;
mod settings;
mod silence;
mod told;
mod upgrade;

pub use bus::{BusDesk, BusParts, InlineOnly, Kept, ResumeKey, Vault, VaultError};
pub use desk::Desk;
pub use gateway::{Gateway, router};
pub use key::{Account, Caller, Client, KeyCheck, KeyRefusal, NoKeys, Unlimited};
pub use metrics::names as metric_names;
pub use settings::{BusSettings, GatewaySettings, InvalidGatewaySettings, WsAudioSettings};
