//! What can go wrong with the object store. No message holds credentials or signed links.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// Why the store did not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The operator: a setting of `[storage]` can't be.
    #[error("storage.{field} {rule}")]
    Settings {
        /// The setting.
        field: &'static str,
        /// What it must be.
        rule: String,
    },
    /// The caller: without an object store only so much is taken.
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
    /// The caller or the maker: it is larger than any object may be.
    #[error("an object of {bytes} bytes is larger than the {limit} that one may have")]
    TooLarge {
        /// The object's size.
        bytes: u64,
        /// `storage.max_object_bytes`.
        limit: u64,
    },
    /// The maker: the address is none of this store.
    #[error("the object's address {0}")]
    Address(&'static str),
    /// The maker, or the operator: the object lies in a bucket that is not read from.
    #[error("the object lies in a bucket that storage.allowed_buckets does not name")]
    Bucket,
    /// The object has expired or was deleted.
    #[error("there is no such object")]
    Missing,
    /// Somebody changed it: size or digest are not those of the event.
    #[error("the object's {0} is not what its event says")]
    Tampered(&'static str),
    /// The store, for now: it does not answer, or not in time, or has no room.
    #[error("the object store {0}")]
    Unreachable(&'static str),
    /// The operator: the store does not accept the credentials.
    #[error("the object store does not let us in; check storage.access_key and storage.secret_key")]
    Denied,
    /// The caller: links are for so long at most.
    #[error("a link is good for 1 to {limit} seconds")]
    LinkTime {
        /// `storage.link_minutes`, in seconds.
        limit: u64,
    },
    /// The caller: a folder has no links.
    #[error("a folder has no links; they need S3")]
    NoLinks,
}

impl StoreError {
    /// Whether the same may go well later: nothing is wrong with the object or the event.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Denied)
    }

    /// A short word for the reason, for headers and metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Settings { .. } => "settings",
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
    /// By kind alone: the error's own words hold addresses.
    fn from(error: object_store::Error) -> Self {
        use object_store::Error as E;
        match error {
            // Of the bucket, and not of the object in it.
            E::NotFound { .. } if says(&error, "NoSuchBucket") => Self::Unreachable(NO_BUCKET),
            E::NotFound { .. } => Self::Missing,
            E::PermissionDenied { .. } | E::Unauthenticated { .. } => Self::Denied,
            E::InvalidPath { .. } => Self::Address("holds an impossible key"),
            // Listing and deleting have no kinds, but they hold the status of the answer.
            error if says(&error, " 403 ") || says(&error, " 401 ") => Self::Denied,
            error => Self::Unreachable(cause(&error)),
        }
    }
}

const NO_BUCKET: &str = "has no such bucket";

fn causes(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| (*error).source())
}

fn says(error: &object_store::Error, word: &str) -> bool {
    causes(error).any(|error| error.to_string().contains(word))
}

fn cause(error: &object_store::Error) -> &'static str {
    for error in causes(error) {
        let http = error.downcast_ref().map(HttpError::kind);
        let io = error.downcast_ref().map(io::Error::kind);
        match (http, io) {
            (Some(HttpErrorKind::Timeout), _) | (_, Some(io::ErrorKind::TimedOut)) => {
                return "does not answer in time";
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
    if says(error, "NoSuchBucket") {
        NO_BUCKET
    } else if says(error, " 507 ") || says(error, "StorageFull") {
        "is full"
    } else if says(error, " 503 ") || says(error, "SlowDown") {
        "is too busy"
    } else {
        "does not do it"
    }
}
