//! What can go wrong with the claim check. No message holds credentials or signed links.

use mynah_blobs::BlobError;
use mynah_settings::InvalidSettings;

/// Why audio was not stored or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The operator: settings of the section `storage` are invalid.
    #[error(transparent)]
    Settings(InvalidSettings),
    /// The caller: without an object store the size of audio is limited.
    #[error(
        "{bytes} bytes are more than the {limit} that fit into an event, and there is no object store"
    )]
    Off {
        /// The size of the audio.
        bytes: u64,
        /// What fits into an event.
        limit: u64,
    },
    /// The operator: audio is in an object store, and none is configured here.
    #[error("the audio is in an object store, and storage.url is not set")]
    NoStore,
    /// The caller: the lifetime of links is limited.
    #[error("a link is valid for 1 to {limit} seconds")]
    LinkTime {
        /// `storage.link_minutes`, in seconds.
        limit: u64,
    },
    /// The object store.
    #[error(transparent)]
    Object(BlobError),
}

impl StoreError {
    /// Whether a retry may succeed: nothing is wrong with the object or the event.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Object(error) if error.is_transient())
    }

    /// A short word for the reason, for headers and metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Off { .. } => "storage_off",
            Self::NoStore => "no_store",
            Self::LinkTime { .. } => "link_time",
            Self::Object(error) => error.reason(),
        }
    }
}

impl From<BlobError> for StoreError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Setting { field, rule } => {
                Self::Settings(InvalidSettings::of(field, rule).within("storage"))
            }
            error => Self::Object(error),
        }
    }
}
