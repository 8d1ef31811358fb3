//! Storing audio, and reading it back verified.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use mynah_blobs::address::part;
use mynah_blobs::{Backend, BlobError, MAX_DURATION, digest, in_time};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ObjectMeta, ObjectStoreExt};
use reqwest::Method;

use super::key::is_own_key;
use super::{StorageSettings, StoreError};
use crate::event::{AudioPayload, StoredObject};
use crate::identity::{SessionId, Stage};
use crate::limits::{MAX_INLINE_BYTES, MAX_INLINE_REFERENCE_BYTES};
use crate::metrics;
use mynah_secret::Secret;

/// The parts of a key: `session/segment/stage/sha256`.
pub(super) const KEY_DEPTH: usize = 4;

/// The object store, or that there is none. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) backend: Option<Arc<Backend>>,
    settings: Arc<StorageSettings>,
}

impl Store {
    /// The store of these settings. A folder is created; no request to a bucket is made yet.
    ///
    /// # Errors
    /// [`StoreError::Settings`].
    pub fn new(settings: StorageSettings) -> Result<Self, StoreError> {
        mynah_settings::check(&settings)
            .map_err(|wrong| StoreError::Settings(wrong.within("storage")))?;
        mynah_http_client::tls::prepare();
        let backend = match settings.url() {
            Some(url) => Some(Arc::new(Backend::open(
                url,
                &settings.s3()?,
                &settings.allowed_buckets,
            )?)),
            None => None,
        };
        Ok(Self {
            backend,
            settings: Arc::new(settings),
        })
    }

    /// No store: audio that is too large is refused.
    pub fn off() -> Self {
        Self {
            backend: None,
            settings: Arc::default(),
        }
    }

    /// Whether there is a store.
    pub const fn is_on(&self) -> bool {
        self.backend.is_some()
    }

    /// Its settings.
    pub fn settings(&self) -> &StorageSettings {
        &self.settings
    }

    /// Audio for an event: within it, or by its address where it is larger than
    /// `storage.threshold_bytes`. `segment` names what it is of, such as a segment's id.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Off`] where it does not fit and there is no store.
    pub async fn store_audio(
        &self,
        session: &SessionId,
        segment: &str,
        stage: Stage,
        bytes: Bytes,
    ) -> Result<AudioPayload, StoreError> {
        let max_bytes = match &self.backend {
            Some(_) => self.settings.threshold_bytes,
            None => MAX_INLINE_BYTES,
        };
        self.within(max_bytes, session, segment, stage, bytes).await
    }

    /// Reference audio, likewise: it is in every chunk of the session, so only a small file is
    /// inline.
    ///
    /// # Errors
    /// As [`Store::store_audio`].
    pub async fn store_reference(
        &self,
        session: &SessionId,
        bytes: Bytes,
    ) -> Result<AudioPayload, StoreError> {
        let max_bytes = MAX_INLINE_REFERENCE_BYTES;
        self.within(max_bytes, session, "reference", Stage::Ingress, bytes)
            .await
    }

    async fn within(
        &self,
        max_bytes: usize,
        session: &SessionId,
        segment: &str,
        stage: Stage,
        bytes: Bytes,
    ) -> Result<AudioPayload, StoreError> {
        if bytes.len() <= max_bytes {
            return Ok(AudioPayload::Inline(bytes));
        }
        if !self.is_on() {
            return counted(Err(StoreError::Off {
                bytes: bytes.len() as u64,
                limit: max_bytes as u64,
            }));
        }
        self.put(session, segment, stage, bytes)
            .await
            .map(AudioPayload::Stored)
    }

    /// The audio of an event.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, StoreError> {
        match sound {
            AudioPayload::Inline(bytes) => Ok(bytes.clone()),
            AudioPayload::Stored(object) => self.get(object).await,
        }
    }

    /// Stores bytes under `session/segment/stage/sha256`. The same bytes again change only the
    /// object's age.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put(
        &self,
        session: &SessionId,
        segment: &str,
        stage: Stage,
        bytes: Bytes,
    ) -> Result<StoredObject, StoreError> {
        counted(in_time(self.put_away(session, segment, stage, bytes)).await)
    }

    async fn put_away(
        &self,
        session: &SessionId,
        segment: &str,
        stage: Stage,
        bytes: Bytes,
    ) -> Result<StoredObject, StoreError> {
        let backend = self.backend()?;
        let size = bytes.len() as u64;
        self.fits(size)?;
        let sha256 = digest::of(bytes.clone()).await;
        let parts = [part(segment), part(stage.as_str()), sha256.clone()];
        let mut key = self.folder_of(backend, session);
        key.extend(parts.iter().map(String::as_str));
        match backend.own_store().put(&key, bytes.into()).await {
            Ok(_) => {}
            // Of a new object that can only be the bucket or the folder.
            Err(object_store::Error::NotFound { .. }) => {
                return Err(BlobError::Unreachable("has no such bucket or folder").into());
            }
            Err(error) => return Err(BlobError::from(error).into()),
        }
        Ok(StoredObject {
            uri: backend.uri(&key),
            sha256: Some(sha256),
            size: Some(size),
        })
    }

    /// The bytes of an object, verified by its event: nothing that is too large is downloaded, and
    /// nothing that was changed is returned. Objects of other programs without a digest can't be
    /// verified.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get(&self, object: &StoredObject) -> Result<Bytes, StoreError> {
        counted(in_time(self.get_back(object)).await)
    }

    async fn get_back(&self, object: &StoredObject) -> Result<Bytes, StoreError> {
        let (store, key) = self.backend()?.locate(&object.uri)?;
        self.fits(object.size.unwrap_or(0))?;
        let found = store.get(&key).await.map_err(BlobError::from)?;
        let size = found.meta.size;
        self.fits(size)?;
        if object.size.is_some_and(|expected| expected != size) {
            return Err(BlobError::Tampered("size").into());
        }
        let bytes = found.bytes().await.map_err(BlobError::from)?;
        if bytes.len() as u64 != size {
            return Err(BlobError::Tampered("size").into());
        }
        if let Some(expected) = &object.sha256 {
            let own = digest::of(bytes.clone()).await;
            if !expected.eq_ignore_ascii_case(&own) {
                return Err(BlobError::Tampered("digest").into());
            }
        }
        Ok(bytes)
    }

    /// A link to an object that works without credentials, for so long. It is a secret: for one
    /// client, and for no event or log.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::NoLinks`] of a folder.
    pub async fn link(
        &self,
        object: &StoredObject,
        good_for: Duration,
    ) -> Result<Secret, StoreError> {
        counted(in_time(self.sign(object, good_for)).await)
    }

    async fn sign(&self, object: &StoredObject, good_for: Duration) -> Result<Secret, StoreError> {
        let max = self.settings.link();
        let (signer, key) = self.backend()?.signer(&object.uri)?;
        if good_for < Duration::from_secs(1) || good_for > max {
            let limit = max.as_secs();
            return Err(StoreError::LinkTime { limit });
        }
        let url = signer.signed_url(Method::GET, &key, good_for).await;
        let url = url.map_err(BlobError::from)?;
        Ok(Secret::from(String::from(url)))
    }

    /// The objects of a session.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_session(&self, session: &SessionId) -> Result<Vec<StoredObject>, StoreError> {
        in_time(async {
            let Some(backend) = &self.backend else {
                return Ok(Vec::new());
            };
            let object = |meta: ObjectMeta| StoredObject {
                uri: backend.uri(&meta.location),
                sha256: meta.location.filename().map(str::to_owned),
                size: Some(meta.size),
            };
            let folder = self.folder_of(backend, session);
            let listed = self.own_objects(backend, &folder).await?;
            Ok(listed.into_iter().map(object).collect())
        })
        .await
    }

    /// Deletes the objects of a session. Returns their number.
    ///
    /// # Errors
    /// [`StoreError`]; some may be deleted all the same.
    pub async fn delete_session(&self, session: &SessionId) -> Result<u64, StoreError> {
        let Some(backend) = &self.backend else {
            return Ok(0);
        };
        let below = self.folder_of(backend, session);
        // No write takes longer.
        backend
            .delete_partial_files(&below, KEY_DEPTH - 1, MAX_DURATION)
            .await;
        let listed = self.own_objects(backend, &below).await?;
        let keys = listed.into_iter().map(|meta| meta.location).collect();
        Ok(backend.delete(keys).await?)
    }

    /// Whether the store responds now. Writes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ready(&self) -> Result<(), StoreError> {
        match &self.backend {
            Some(backend) => Ok(in_time(backend.ping()).await?),
            None => Ok(()),
        }
    }

    /// The objects below this key whose keys have the shape that this store writes.
    pub(super) async fn own_objects(
        &self,
        backend: &Backend,
        below: &Path,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let prefix = backend.prefix();
        let listed = backend
            .own_store()
            .list(Some(below))
            .map_err(BlobError::from);
        let own_objects =
            listed.try_filter(|meta| std::future::ready(is_own_key(&prefix, &meta.location)));
        match own_objects.try_collect().await {
            Err(BlobError::Missing) => Ok(Vec::new()),
            listed => Ok(listed?),
        }
    }

    fn folder_of(&self, backend: &Backend, session: &SessionId) -> Path {
        let mut key = backend.prefix();
        key.extend([part(session.as_str()).as_str()]);
        key
    }

    fn backend(&self) -> Result<&Backend, StoreError> {
        self.backend.as_deref().ok_or(StoreError::NoStore)
    }

    fn fits(&self, bytes: u64) -> Result<(), StoreError> {
        let limit = self.settings.max_object_bytes;
        if bytes > limit {
            return Err(BlobError::TooLarge { bytes, limit }.into());
        }
        Ok(())
    }
}

fn counted<T>(done: Result<T, StoreError>) -> Result<T, StoreError> {
    done.inspect_err(|error| metrics::claim_check_failed(error.reason()))
}
