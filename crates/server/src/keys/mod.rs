//! API keys: made once, shown once, kept as hashes.

mod file;
mod key;
mod known;
mod store;

pub use key::{ApiKey, KeyId, KeyRecord};
pub use known::KnownKey;
pub use store::{KeyError, KeyStore, KeysUnavailable};
