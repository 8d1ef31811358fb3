//! Layer 1: authentication and per-client limits. API keys kept as hashes in a file, the
//! [`Authenticator`] that turns a presented key into a [`Principal`], request rates and audio
//! budgets. It knows nothing of routes or HTTP.

mod api_key;
mod audio_budget;
mod authenticator;
mod bucket;
mod caller;
mod error;
mod exposure;
mod key_file;
mod key_snapshot;
mod key_store;
mod key_watcher;
mod principal;
mod rate_limit;
mod settings;

pub use api_key::{ApiKey, KeyId, KeyRecord};
pub use audio_budget::AudioBudgetExceeded;
pub use authenticator::Authenticator;
pub use caller::Caller;
pub use error::AuthError;
pub use exposure::{Exposed, check_exposure, is_loopback};
pub use key_snapshot::ActiveKey;
pub use key_store::{KeyError, KeyStore, KeysUnavailable};
pub use key_watcher::KeyWatcher;
pub use principal::Principal;
pub use settings::AuthSettings;
