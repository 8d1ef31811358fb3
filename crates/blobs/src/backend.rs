//! What keeps the objects: a bucket or a folder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::ObjectStore;
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use url::Url;

use crate::address::{self, Address};
use crate::store_url::{NO_FOLDER, StoreUrl};
use crate::{BlobError, S3Options, partial};

/// How long any request may take, with its retries.
pub const MAX_DURATION: Duration = Duration::from_secs(10);

/// A bucket or a folder that keeps objects.
pub struct Backend(Kind);

enum Kind {
    Bucket {
        own: AmazonS3,
        name: String,
        prefix: Path,
        others: HashMap<String, AmazonS3>,
    },
    Folder {
        own: LocalFileSystem,
        folder: PathBuf,
        /// The folder's address, with a slash at its end.
        url: String,
    },
}

impl Backend {
    /// The store at `s3://BUCKET`, `s3://BUCKET/PREFIX` or `file:///FOLDER`. Objects of the buckets
    /// `others` can be read as well. A folder is created; no request to a bucket is made yet.
    ///
    /// # Errors
    /// [`BlobError::Setting`].
    pub fn open(url: &str, options: &S3Options, others: &[String]) -> Result<Self, BlobError> {
        match StoreUrl::parse(url).map_err(|rule| BlobError::setting("url", rule))? {
            StoreUrl::Bucket { name, prefix } => bucket(options, name, prefix, others),
            StoreUrl::Folder(path) => folder(&path),
        }
    }

    /// The store that objects are written to.
    pub fn own_store(&self) -> &dyn ObjectStore {
        match &self.0 {
            Kind::Bucket { own, .. } => own,
            Kind::Folder { own, .. } => own,
        }
    }

    /// The prefix of the keys that are written.
    pub fn prefix(&self) -> Path {
        match &self.0 {
            Kind::Bucket { prefix, .. } => prefix.clone(),
            Kind::Folder { .. } => Path::default(),
        }
    }

    /// The address of a key that is written.
    pub fn uri(&self, key: &Path) -> String {
        match &self.0 {
            Kind::Bucket { name, .. } => format!("s3://{name}/{key}"),
            Kind::Folder { url, .. } => format!("{url}{key}"),
        }
    }

    /// The store and the key of an address that may be read.
    ///
    /// # Errors
    /// [`BlobError::Address`], [`BlobError::Bucket`].
    pub fn locate(&self, uri: &str) -> Result<(&dyn ObjectStore, Path), BlobError> {
        match (&self.0, address::parse(uri)?) {
            (Kind::Bucket { .. }, Address::Bucket(bucket, key)) => {
                Ok((self.s3(bucket, &key)?, key))
            }
            (Kind::Folder { own, url, .. }, Address::File(uri)) => {
                let key = uri.strip_prefix(url.as_str());
                let key = key.ok_or(BlobError::Address("leads out of the store's folder"))?;
                Ok((own, address::key(key)?))
            }
            _ => Err(BlobError::Address("is that of another kind of store")),
        }
    }

    /// The signer of links to an address, and its key.
    ///
    /// # Errors
    /// As [`Backend::locate`]; [`BlobError::NoLinks`] of a folder.
    pub fn signer(&self, uri: &str) -> Result<(&AmazonS3, Path), BlobError> {
        match (&self.0, address::parse(uri)?) {
            (Kind::Bucket { .. }, Address::Bucket(bucket, key)) => {
                Ok((self.s3(bucket, &key)?, key))
            }
            (Kind::Folder { .. }, _) => Err(BlobError::NoLinks),
            _ => Err(BlobError::Address("is that of another kind of store")),
        }
    }

    fn s3(&self, bucket: &str, key: &Path) -> Result<&AmazonS3, BlobError> {
        match &self.0 {
            Kind::Bucket {
                own, name, prefix, ..
            } if bucket == name => match key.prefix_matches(prefix) {
                true => Ok(own),
                false => Err(BlobError::Address("leads out of the store's prefix")),
            },
            Kind::Bucket { others, .. } => others.get(bucket).ok_or(BlobError::Bucket),
            Kind::Folder { .. } => Err(BlobError::Bucket),
        }
    }

    /// Deletes the partial files of killed processes below a key that were not written for this long.
    /// Keys have `depth` parts below it. A bucket has no such files.
    pub async fn delete_partial_files(&self, below: &Path, depth: usize, older_than: Duration) {
        if let Kind::Folder { folder, .. } = &self.0 {
            partial::delete(folder.join(below.as_ref()), depth, older_than).await;
        }
    }

    /// Sends a request that writes nothing.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn ping(&self) -> Result<(), BlobError> {
        match &self.0 {
            Kind::Bucket { own, prefix, .. } => {
                let one = PaginatedListOptions {
                    max_keys: Some(1),
                    ..PaginatedListOptions::default()
                };
                own.list_paginated(Some(prefix.as_ref()), one).await?;
                Ok(())
            }
            Kind::Folder { folder, .. } => match tokio::fs::metadata(folder).await {
                Ok(found) if found.is_dir() => Ok(()),
                _ => Err(BlobError::Unreachable("has no folder any more")),
            },
        }
    }

    /// Deletes these, and counts those that were there.
    ///
    /// # Errors
    /// [`BlobError`]; some may be deleted all the same.
    pub async fn delete(&self, keys: Vec<Path>) -> Result<u64, BlobError> {
        let keys = futures_util::stream::iter(keys.into_iter().map(Ok)).boxed();
        let mut deleted = self.own_store().delete_stream(keys);
        let mut count = 0;
        while let Some(done) = deleted.next().await {
            match done.map_err(BlobError::from) {
                Ok(_) => count += 1,
                // Another caller was faster.
                Err(BlobError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// Runs a request within [`MAX_DURATION`].
///
/// # Errors
/// That of the request, or [`BlobError::Unreachable`].
pub async fn in_time<T, E: From<BlobError>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let done = tokio::time::timeout(MAX_DURATION, work).await;
    done.unwrap_or_else(|_| Err(BlobError::Unreachable("does not respond in time").into()))
}

fn bucket(
    options: &S3Options,
    name: &str,
    prefix: Path,
    others: &[String],
) -> Result<Backend, BlobError> {
    let mut readable = HashMap::new();
    for other in others {
        if other != name {
            readable.insert(other.clone(), options.client(other)?);
        }
    }
    Ok(Backend(Kind::Bucket {
        own: options.client(name)?,
        name: name.to_owned(),
        prefix,
        others: readable,
    }))
}

fn folder(path: &std::path::Path) -> Result<Backend, BlobError> {
    let refused = || BlobError::setting("url", NO_FOLDER);
    let made = std::fs::create_dir_all(path).and_then(|()| std::fs::canonicalize(path));
    let folder =
        made.map_err(|error| BlobError::setting("url", format!("is no folder: {}", error.kind())))?;
    let url = Url::from_directory_path(&folder).map_err(|()| refused())?;
    let own = LocalFileSystem::new_with_prefix(&folder)
        .map_err(|_| refused())?
        .with_fsync(true)
        .with_automatic_cleanup(true);
    Ok(Backend(Kind::Folder {
        own,
        folder,
        url: url.into(),
    }))
}
