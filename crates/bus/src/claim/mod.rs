//! The claim check: audio that is too large for an event is in an object store, under
//! `session/segment/stage/sha256`, and the event holds its address, digest and size.

mod error;
mod key;
mod settings;
mod store;
mod sweep;

pub use error::StoreError;
pub use settings::StorageSettings;
pub use store::Store;
pub use sweep::{SWEEP_INTERVAL, run_sweeper};
