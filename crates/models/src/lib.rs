//! The models that Mynah uses: a catalogue, sources of their files, and the folder of those that
//! are installed.
//!
//! Everything here blocks, for minutes where there is much to fetch: never call it on an async
//! thread.

pub mod catalogue;
mod checksum;
pub mod convert;
mod error;
mod http;
pub mod hub;
mod pull;
mod settings;
mod source;
mod store;
mod transfer;

pub use catalogue::{Catalogue, Model, Role};
pub use error::{FileFailure, ModelError};
pub use pull::{OnPullProgress, PlannedModel, PullOptions, PullPlan, PullProgress};
pub use settings::{AllowPull, ModelsSettings};
pub use source::Programs;
pub use store::{Damage, Installed, InstalledFile, Store};

/// Cancels a pull or a verification; a later pull resumes.
pub type Cancel = tokio_util::sync::CancellationToken;
