//! What can go wrong with an object store. No message holds credentials, addresses or signed links.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// Why a store did not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The operator: a setting of the store is invalid.
    #[error("{field} {rule}")]
    Setting {
        /// Its name: `url`, `endpoint` or `path_style`.
        field: &'static str,
        /// What it must be.
        rule: String,
    },
    /// The caller or the producer: it is larger than the limit for objects.
    #[error("an object of {bytes} bytes is larger than the {limit} that one may have")]
    TooLarge {
        /// The object's size.
        bytes: u64,
        /// The most that one may have.
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
    /// It was changed: size or digest are not the expected ones.
    #[error("the object's {0} is not the expected one")]
    Tampered(&'static str),
    /// The store, for now: it does not respond, or not in time, or is full.
    #[error("the object store {0}")]
    Unreachable(&'static str),
    /// The operator: the store does not accept the credentials.
    #[error("the object store denies access; check storage.access_key and storage.secret_key")]
    Denied,
    /// The caller: a folder has no links.
    #[error("a folder has no links; they need S3")]
    NoLinks,
}

impl BlobError {
    pub(crate) fn setting(field: &'static str, rule: impl Into<String>) -> Self {
        Self::Setting {
            field,
            rule: rule.into(),
        }
    }

    /// Whether a retry may succeed: nothing is wrong with the object or its address.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Denied)
    }

    /// A short word for the reason, for headers and metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "settings",
            Self::TooLarge { .. } => "too_large",
            Self::Address(_) => "address",
            Self::Bucket => "bucket",
            Self::Missing => "missing",
            Self::Tampered(_) => "tampered",
            Self::Unreachable(_) => "unreachable",
            Self::Denied => "denied",
            Self::NoLinks => "no_links",
        }
    }
}

impl From<object_store::Error> for BlobError {
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
