//! Objects by their SHA-256.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::{Path, PathPart};
use object_store::{ObjectMeta, ObjectStoreExt};

use crate::{Backend, BlobError, address, digest, in_time};

/// The parts of a key: the first two digits of the digest, so that no folder gets too large, and the
/// digest.
const KEY_DEPTH: usize = 2;

/// The SHA-256 of an object, in hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId(String);

impl BlobId {
    /// The id of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(digest::hex(bytes))
    }

    /// The digest in hex, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not the SHA-256 of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a SHA-256 in 64 digits of hex, in lower case")]
pub struct InvalidBlobId;

impl FromStr for BlobId {
    type Err = InvalidBlobId;

    fn from_str(text: &str) -> Result<Self, InvalidBlobId> {
        match address::is_digest(text) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidBlobId),
        }
    }
}

/// Objects by their SHA-256. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    backend: Arc<Backend>,
    /// Before every key.
    prefix: Path,
    max_bytes: u64,
}

impl Blobs {
    /// The objects of a store, each of at most `max_bytes`.
    pub fn new(backend: Backend, max_bytes: u64) -> Self {
        Self {
            prefix: backend.prefix(),
            backend: Arc::new(backend),
            max_bytes,
        }
    }

    /// The objects of one owner in the same store, under a name of letters and digits.
    #[must_use]
    pub fn within(&self, name: &str) -> Self {
        let mut own = self.clone();
        own.prefix.extend([address::part(name).as_str()]);
        own
    }

    /// Stores bytes. The same bytes again change only the object's age.
    ///
    /// # Errors
    /// [`BlobError`]; nothing is stored then.
    pub async fn put(&self, bytes: Bytes) -> Result<BlobId, BlobError> {
        self.check_size(bytes.len() as u64)?;
        let id = BlobId(digest::of(bytes.clone()).await);
        let key = self.key(&id);
        in_time(async {
            let stored = self.backend.own_store().put(&key, bytes.into()).await;
            match stored.map_err(BlobError::from) {
                // Of a new object that can only be the bucket or the folder.
                Err(BlobError::Missing) => {
                    Err(BlobError::Unreachable("has no such bucket or folder"))
                }
                stored => stored.map(drop),
            }
        })
        .await?;
        Ok(id)
    }

    /// The bytes of an object, checked by its digest.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn get(&self, id: &BlobId) -> Result<Bytes, BlobError> {
        let bytes = in_time(async {
            let found = self.backend.own_store().get(&self.key(id)).await?;
            self.check_size(found.meta.size)?;
            Ok::<_, BlobError>(found.bytes().await?)
        })
        .await?;
        if digest::of(bytes.clone()).await != id.0 {
            return Err(BlobError::Tampered("digest"));
        }
        Ok(bytes)
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn exists(&self, id: &BlobId) -> Result<bool, BlobError> {
        let found = in_time(async {
            let found = self.backend.own_store().head(&self.key(id)).await;
            Ok(found.map(drop)?)
        });
        match found.await {
            Ok(()) => Ok(true),
            Err(BlobError::Missing) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes an object; one that is not there is no error.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn delete(&self, id: &BlobId) -> Result<(), BlobError> {
        let key = self.key(id);
        in_time(self.backend.delete(vec![key])).await.map(drop)
    }

    /// The objects that were not written for this long. Files of other programs are not listed;
    /// partial files of a killed process that are as old are deleted.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn older_than(&self, age: Duration) -> Result<Vec<BlobId>, BlobError> {
        let prefix = self.prefix.clone();
        self.backend
            .delete_partial_files(&prefix, KEY_DEPTH, age)
            .await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let before = now.unwrap_or_default().saturating_sub(age).as_millis();
        let listed = self.backend.own_store().list(Some(&prefix));
        let old = |meta: ObjectMeta| {
            let written = u128::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0);
            let id = own_id(&prefix, &meta.location)?;
            (written < before).then_some(id)
        };
        let ids = listed.try_filter_map(|meta| std::future::ready(Ok(old(meta))));
        match ids.try_collect().await.map_err(BlobError::from) {
            // A folder without any object yet.
            Err(BlobError::Missing) => Ok(Vec::new()),
            ids => ids,
        }
    }

    /// Whether the store responds. Writes nothing.
    ///
    /// # Errors
    /// [`BlobError`].
    pub async fn ping(&self) -> Result<(), BlobError> {
        in_time(self.backend.ping()).await
    }

    fn key(&self, id: &BlobId) -> Path {
        let mut key = self.prefix.clone();
        key.extend([&id.0[..2], &id.0]);
        key
    }

    const fn check_size(&self, bytes: u64) -> Result<(), BlobError> {
        if bytes > self.max_bytes {
            return Err(BlobError::TooLarge {
                bytes,
                limit: self.max_bytes,
            });
        }
        Ok(())
    }
}

/// The id of a key of the shape that [`Blobs`] writes.
fn own_id(prefix: &Path, key: &Path) -> Option<BlobId> {
    let parts: Vec<PathPart<'_>> = key.prefix_match(prefix)?.collect();
    let [first, digest] = parts.as_slice() else {
        return None;
    };
    let id: BlobId = digest.as_ref().parse().ok()?;
    id.0.starts_with(first.as_ref()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::S3Options;

    fn in_folder(folder: &std::path::Path) -> Blobs {
        let url = url::Url::from_directory_path(folder).unwrap();
        let backend = Backend::open(url.as_str(), &S3Options::default(), &[]);
        Blobs::new(backend.unwrap(), 10)
    }

    #[tokio::test]
    async fn objects_are_kept_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = in_folder(folder.path());
        let id = blobs.put(Bytes::from_static(b"mynah")).await.unwrap();
        assert_eq!(id, BlobId::of(b"mynah"));
        assert_eq!(blobs.put(Bytes::from_static(b"mynah")).await.unwrap(), id);
        assert_eq!(&blobs.get(&id).await.unwrap()[..], b"mynah");
        blobs.delete(&id).await.unwrap();
        blobs.delete(&id).await.unwrap();
        assert_eq!(blobs.get(&id).await, Err(BlobError::Missing));
    }

    #[tokio::test]
    async fn changed_and_large_objects_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = in_folder(folder.path());
        let id = blobs.put(Bytes::from_static(b"ten bytes!")).await.unwrap();
        let large = blobs.put(Bytes::from_static(b"11 bytes...")).await;
        let limit = |bytes| BlobError::TooLarge { bytes, limit: 10 };
        assert_eq!(large, Err(limit(11)));
        let file = folder.path().join(&id.as_str()[..2]).join(id.as_str());
        std::fs::write(&file, b"ten bytes?").unwrap();
        assert_eq!(blobs.get(&id).await, Err(BlobError::Tampered("digest")));
        std::fs::write(&file, b"far too many").unwrap();
        assert_eq!(blobs.get(&id).await, Err(limit(12)));
    }

    #[tokio::test]
    async fn old_objects_are_listed_without_files_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = in_folder(folder.path());
        assert_eq!(blobs.older_than(Duration::ZERO).await, Ok(Vec::new()));
        let id = blobs.put(Bytes::from_static(b"mynah")).await.unwrap();
        std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        std::fs::create_dir(folder.path().join("zz")).unwrap();
        std::fs::write(folder.path().join("zz").join(id.as_str()), "mine").unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(blobs.older_than(minute).await, Ok(vec![]));
        let file = folder.path().join(&id.as_str()[..2]).join(id.as_str());
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() - 2 * minute).unwrap();
        assert_eq!(blobs.older_than(minute).await, Ok(vec![id]));
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn an_id_is_a_digest_in_lower_case() {
        let id = BlobId::of(b"");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        for other in ["", "../etc", &id.as_str()[1..], &id.as_str().to_uppercase()] {
            assert_eq!(other.parse::<BlobId>(), Err(InvalidBlobId), "{other}");
        }
    }
}
