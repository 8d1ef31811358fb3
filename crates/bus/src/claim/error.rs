//! What can go wrong with the object store. No message holds credentials or signed links.

use std::error::Error;
use std::io;

use mynah_settings::InvalidSettings;
use object_store::client::{HttpError, HttpErrorKind};

/// Why the store did not do something.
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
    /// The caller or the producer: it is larger than the limit for objects.
    #[error("an object of {bytes} bytes is larger than the {limit} that one may have")]
    TooLarge {
        /// The object's size.
        bytes: u64,
        /// `storage.max_object_bytes`.
        limit: u64,
    },
    /// The producer: the address is not one of this store.
    #[error("the object's address {0}")]
    Address(&'static str),
    /// The producer, or the operator: the object is in a bucket that is not read from.
    #[error("the object is in a bucket that storage.allowed_buckets does not name")]
    Bucket,
    /// The object has expired or was deleted.
    #[error("there is no such object")]
    Missing,
    /// It was changed: size or digest are not those of the event.
    #[error("the object's {0} differs from the event's")]
    Tampered(&'static str),
    /// The store, for now: it does not respond, or not in time, or is full.
    #[error("the object store {0}")]
    Unreachable(&'static str),
    /// The operator: the store does not accept the credentials.
    #[error("the object store denies access; check storage.access_key and storage.secret_key")]
    Denied,
    /// The caller: the lifetime of links is limited.
    #[error("a link is valid for 1 to {limit} seconds")]
    LinkTime {
        /// `storage.link_minutes`, in seconds.
        limit: u64,
    },
    /// The caller: a folder has no links.
    #[error("a folder has no links; they need S3")]
    NoLinks,
}

impl StoreError {
    /// Whether a retry may succeed: nothing is wrong with the object or the event.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Denied)
    }

    /// A short word for the reason, for headers and metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Off { .. } => "storage_off",
            Self::NoStore => "no_store",
            Self::TooLarge { .. } => "too_large",
            Self::Address(_) => "address",
            Self::Bucket => "bucket",
            Self::Missing => "missing",
            Self::Tampered(_) => "tampered",
            Self::Unreachable(_) => "unreachable",
            Self::Denied => "denied",
            Self::LinkTime { .. } => "link_time",
            Self::NoLinks => "no_links",
        }
    }
}

impl From<object_store::Error> for StoreError {
    /// By kind alone: messages of the error hold addresses.
    fn from(error: object_store::Error) -> Self {
        use object_store::Error as E;
        match error {
            // Of the bucket, and not of the object in it.
            E::NotFound { .. } if message_contains(&error, "NoSuchBucket") => {
                Self::Unreachable(NO_BUCKET)
            }
            E::NotFound { .. } => Self::Missing,
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => Self::Denied,
            E::InvalidPath { .. } => Self::Address("holds an impossible key"),
            // Listing and deleting have no kinds, but they hold the status of the response.
            error if message_contains(&error, " 403 ") || message_contains(&error, " 401 ") => {
                Self::Denied
            }
            error => Self::Unreachable(cause(&error)),
        }
    }
}

const NO_BUCKET: &str = "has no such bucket";

fn causes(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| (*error).source())
}

fn message_contains(error: &object_store::Error, word: &str) -> bool {
    causes(error).any(|error| error.to_string().contains(word))
}

fn cause(error: &object_store::Error) -> &'static str {
    for error in causes(error) {
        let http = error.downcast_ref().map(HttpError::kind);
        let io = error.downcast_ref().map(io::Error::kind);
        match (http, io) {
            (Some(HttpErrorKind::Timeout), _) | (_, Some(io::ErrorKind::TimedOut)) => {
                return "does not respond in time";
            }
            (Some(HttpErrorKind::Connect), _) => return "can't be reached",
            (_, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) => {
                return "is full";
            }
            (_, Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)) => {
                return "can't be written";
            }
            _ => {}
        }
    }
    if message_contains(error, "NoSuchBucket") {
        NO_BUCKET
    } else if message_contains(error, " 507 ") || message_contains(error, "StorageFull") {
        "is full"
    } else if message_contains(error, " 503 ") || message_contains(error, "SlowDown") {
        "is too busy"
    } else {
        "does not do it"
    }
}
