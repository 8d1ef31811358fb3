//! Floor 5: the HTTP door. OpenAI-compatible speech, transcription and translation, health,
//! metrics, the interface's description and the program's page.
//!
//! [`run`] serves on a listener until it is told to stop. A request meets, in this order: its
//! name and its line in the log, the headers for browsers, the check of its Host, the check of its
//! Origin, the [`Authenticator`] (keys and limits), and its handler, which owns all work that it causes:
//! when the caller leaves, the handler or its body is dropped, and the engine stops.

mod blocking;
mod catalogue;
mod error;
mod event;
mod family;
mod form;
mod guard;
mod header;
mod health;
mod intake;
mod json;
mod keys;
mod limit;
mod maintenance;
mod metric;
mod observe;
mod openapi;
mod ops;
mod page;
mod remote;
mod router;
mod routes;
mod run;
mod secure;
mod settings;
mod slash;
mod speech;
mod state;
mod transcription;

pub use guard::{Authenticator, Exposed, Principal, Refusal, check_exposure};
pub use keys::{ApiKey, KeyError, KeyId, KeyRecord, KeyStore, KeysUnavailable, KnownKey};
pub use limit::Caller;
pub use metric::names as metric_names;
pub use openapi::openapi_json;
pub use ops::{Dependency, DependencyCheck, Ops, run_door, run_ops};
pub use run::{ServerError, ServerParts, run};
pub use settings::{InvalidServerSettings, LimitSettings, RemoteReference, ServerSettings};
