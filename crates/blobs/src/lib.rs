//! Layer 0: objects in a folder or an S3 bucket.
//!
//! [`Backend`] is the store: a bucket or a folder, its keys and addresses. [`Blobs`] keeps objects in
//! it under their SHA-256, so that the same bytes are kept once and changed bytes are found.

pub mod address;
mod backend;
mod blobs;
pub mod digest;
mod error;
mod partial;
mod s3;
mod store_url;

pub use object_store::aws::AwsCredential;

pub use backend::{Backend, MAX_DURATION, in_time};
pub use blobs::{BlobId, Blobs, InvalidBlobId};
pub use error::BlobError;
pub use s3::{S3Options, endpoint};
pub use store_url::StoreUrl;
