//! API keys: made once, shown once, kept as hashes.

mod file;
mod key;
mod store;

pub use key::{ApiKey, KeyId, KeyRecord};
pub use store::{KeyError, KeyStore};
