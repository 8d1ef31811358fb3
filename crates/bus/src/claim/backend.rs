//! What keeps the objects: a bucket or a folder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::address::{self, Address};
use super::settings::wrong;
use super::{StorageSettings, StoreError};

/// How long anything may take, with its retries.
pub(super) const WHOLE: Duration = Duration::from_secs(10);
/// The maximum number of retries of one request.
const MAX_RETRIES: usize = 3;

pub(super) enum Backend {
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
    pub(super) fn open(settings: &StorageSettings, url: &str) -> Result<Self, StoreError> {
        match StoreAddress::parse(url).map_err(|rule| wrong("url", rule))? {
            StoreAddress::Bucket { name, prefix } => bucket(settings, name, prefix),
            StoreAddress::Folder(path) => folder(&path),
        }
    }

    /// The store that objects are written to.
    pub(super) fn own_store(&self) -> &dyn ObjectStore {
        match self {
            Self::Bucket { own, .. } => own,
            Self::Folder { own, .. } => own,
        }
    }

    /// The prefix of the keys that are written.
    pub(super) fn prefix(&self) -> Path {
        match self {
            Self::Bucket { prefix, .. } => prefix.clone(),
            Self::Folder { .. } => Path::default(),
        }
    }

    /// The address of a key that is written.
    pub(super) fn uri(&self, key: &Path) -> String {
        match self {
            Self::Bucket { name, .. } => format!("s3://{name}/{key}"),
            Self::Folder { url, .. } => format!("{url}{key}"),
        }
    }

    /// Where an address leads, if we may read there.
    pub(super) fn locate(&self, uri: &str) -> Result<(&dyn ObjectStore, Path), StoreError> {
        match (self, address::parse(uri)?) {
            (Self::Bucket { .. }, Address::Bucket(bucket, key)) => {
                Ok((self.s3(bucket, &key)?, key))
            }
            (Self::Folder { own, url, .. }, Address::File(uri)) => {
                let key = uri.strip_prefix(url.as_str());
                let key = key.ok_or(StoreError::Address("leads out of the store's folder"))?;
                Ok((own, address::key(key)?))
            }
            _ => Err(StoreError::Address("is that of another kind of store")),
        }
    }

    /// The signer of links to an address.
    pub(super) fn signer(&self, uri: &str) -> Result<(&AmazonS3, Path), StoreError> {
        match (self, address::parse(uri)?) {
            (Self::Bucket { .. }, Address::Bucket(bucket, key)) => {
                Ok((self.s3(bucket, &key)?, key))
            }
            (Self::Folder { .. }, _) => Err(StoreError::NoLinks),
            _ => Err(StoreError::Address("is that of another kind of store")),
        }
    }

    fn s3(&self, bucket: &str, key: &Path) -> Result<&AmazonS3, StoreError> {
        match self {
            Self::Bucket {
                own, name, prefix, ..
            } if bucket == name => match key.prefix_matches(prefix) {
                true => Ok(own),
                false => Err(StoreError::Address("leads out of the store's prefix")),
            },
            Self::Bucket { others, .. } => others.get(bucket).ok_or(StoreError::Bucket),
            Self::Folder { .. } => Err(StoreError::Bucket),
        }
    }

    /// The folder of a key, where there are folders.
    pub(super) fn folder(&self, key: &Path) -> Option<PathBuf> {
        match self {
            Self::Bucket { .. } => None,
            Self::Folder { folder, .. } => Some(folder.join(key.as_ref())),
        }
    }

    /// Sends a request that writes nothing.
    pub(super) async fn greet(&self) -> Result<(), StoreError> {
        match self {
            Self::Bucket { own, prefix, .. } => {
                let one = PaginatedListOptions {
                    max_keys: Some(1),
                    ..PaginatedListOptions::default()
                };
                own.list_paginated(Some(prefix.as_ref()), one).await?;
                Ok(())
            }
            Self::Folder { folder, .. } => match tokio::fs::metadata(folder).await {
                Ok(found) if found.is_dir() => Ok(()),
                _ => Err(StoreError::Unreachable("has no folder any more")),
            },
        }
    }
}

/// Where the store lies, as `storage.url` names it.
pub(super) enum StoreAddress<'a> {
    Bucket { name: &'a str, prefix: Path },
    Folder(PathBuf),
}

impl<'a> StoreAddress<'a> {
    /// Reads it, or returns what it must be. The message never repeats the address.
    pub(super) fn parse(url: &'a str) -> Result<Self, &'static str> {
        match url.split_once("://") {
            Some(("s3", rest)) => {
                let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if !address::is_bucket(name) {
                    return Err("must name a bucket of 3 to 63 letters, digits, dots and hyphens");
                }
                let prefix = match prefix.trim_end_matches('/') {
                    "" => Path::default(),
                    prefix => address::key(prefix).map_err(|_| "has an impossible prefix")?,
                };
                Ok(Self::Bucket { name, prefix })
            }
            Some(("file", _)) => {
                let parsed = Url::parse(url).map_err(|_| NO_FOLDER)?;
                parsed
                    .to_file_path()
                    .map(Self::Folder)
                    .map_err(|()| NO_FOLDER)
            }
            _ => Err("must begin with s3:// or file://"),
        }
    }
}

const NO_FOLDER: &str = "must be file:/// and the path of a folder";

fn bucket(settings: &StorageSettings, name: &str, prefix: Path) -> Result<Backend, StoreError> {
    let mut others = HashMap::new();
    for other in &settings.allowed_buckets {
        if other != name {
            others.insert(other.clone(), s3(settings, other)?);
        }
    }
    Ok(Backend::Bucket {
        own: s3(settings, name)?,
        name: name.to_owned(),
        prefix,
        others,
    })
}

fn s3(settings: &StorageSettings, bucket: &str) -> Result<AmazonS3, StoreError> {
    let mut builder = if settings.access_key.is_empty() {
        AmazonS3Builder::from_env()
    } else {
        AmazonS3Builder::new()
            .with_access_key_id(settings.access_key.expose())
            .with_secret_access_key(settings.secret_key.expose())
    };
    let mut plain = false;
    if let Some(mut url) = settings.endpoint_url()? {
        plain = url.scheme() == "http";
        if !settings.path_style {
            let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
            let set = url.set_host(Some(&host));
            set.map_err(|_| wrong("path_style", "must be true where the endpoint has no name"))?;
        }
        builder = builder.with_endpoint(url.as_str().trim_end_matches('/'));
    }
    let timeout = settings.timeout();
    let client = ClientOptions::new()
        .with_timeout(timeout)
        .with_connect_timeout(timeout)
        .with_allow_http(plain);
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: MAX_RETRIES,
        // After this no retry begins.
        retry_timeout: WHOLE.saturating_sub(timeout),
    };
    builder
        .with_bucket_name(bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(!settings.path_style)
        .with_client_options(client)
        .with_retry(retry)
        .build()
        .map_err(|_| wrong("url", "and the other settings make no S3 client"))
}

fn folder(path: &std::path::Path) -> Result<Backend, StoreError> {
    let refused = || wrong("url", NO_FOLDER);
    let made = std::fs::create_dir_all(path).and_then(|()| std::fs::canonicalize(path));
    let folder = made.map_err(|error| wrong("url", format!("is no folder: {}", error.kind())))?;
    let url = Url::from_directory_path(&folder).map_err(|()| refused())?;
    let own = LocalFileSystem::new_with_prefix(&folder)
        .map_err(|_| refused())?
        .with_fsync(true)
        .with_automatic_cleanup(true);
    Ok(Backend::Folder {
        own,
        folder,
        url: url.into(),
    })
}
