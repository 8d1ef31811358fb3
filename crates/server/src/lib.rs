//! Layer 5: the HTTP server. OpenAI-compatible speech, transcription and translation, health,
//! metrics, the OpenAPI document and the web app.
//!
//! [`run`] serves on a listener until a shutdown; [`router`] is the same without a listener. A
//! request passes the middleware of `mynah-http` (id and log line, security headers, Host, CORS,
//! Origin), authentication, and its handler, which owns all work that it causes: when the client
//! disconnects, the handler or its body is dropped, and the engine stops.

mod arriving_bodies;
mod blocking;
mod catalogue;
mod error;
mod event;
mod family;
mod form;
mod header;
mod health;
mod installation;
mod intake;
mod json;
mod kept_voices;
mod metric;
mod openapi;
mod remote;
mod resource;
mod router;
mod routes;
mod run;
mod settings;
mod speech;
mod state;
mod styles;
mod transcription;
mod uploads;
mod voice_list;
mod web_app;

pub use installation::ModelInstallation;
pub use metric::names as metric_names;
pub use openapi::openapi_json;
pub use run::{ServerError, ServerParts, router, run};
pub use settings::{LimitSettings, RemoteReference, ServerSettings};
