//! The store of audio that is too large for an event.

use async_trait::async_trait;
use bytes::Bytes;
use mynah_blobs::BlobError;
use mynah_bus::claim::StoreError;
use mynah_bus::event::{AudioPayload, now_ms};
use mynah_bus::identity::SessionId;
use serde::Serialize;

/// Stores audio, and reads it back.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// This audio as the payload of an event: inline up to `inline_max` bytes, else stored.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn sound(
        &self,
        session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<AudioPayload, ObjectStoreError>;

    /// The bytes of audio, verified.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, ObjectStoreError>;

    /// The stored objects of a session, with links where the store can make them.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn kept(&self, session: &SessionId) -> Result<Vec<StoredObject>, ObjectStoreError>;

    /// Deletes the stored objects of a session. Returns their number.
    ///
    /// # Errors
    /// [`ObjectStoreError`]; some may be deleted all the same.
    async fn delete(&self, session: &SessionId) -> Result<u64, ObjectStoreError>;
}

/// An object of a session.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct StoredObject {
    /// Its segment, or `ingress` or `reference`.
    pub segment: String,
    /// The stage that stored it.
    pub stage: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest in hex.
    pub sha256: String,
    /// A link that works without a key. A secret: it is for one client, and for no log. None
    /// where the store is a folder.
    pub url: Option<String>,
    /// Until when, in seconds since 1970.
    pub url_expires_at: Option<i64>,
}

/// Why audio is not stored, or not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectStoreError {
    /// The client: it is too large for an event, and there is no store here.
    #[error(
        "{bytes} bytes are too many here, where no object store is set up; send at most {limit}"
    )]
    TooLarge {
        /// The size of the audio.
        bytes: usize,
        /// What is deleted.
        limit: usize,
    },
    /// The store, for now.
    #[error("the object store can't be reached")]
    Unavailable,
    /// The producer: the object is missing, or differs from its event.
    #[error("{0}")]
    Refused(String),
}

impl ObjectStoreError {
    /// Whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// No store: audio that does not fit into an event is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct InlineOnly;

#[async_trait]
impl ObjectStore for InlineOnly {
    async fn sound(
        &self,
        _session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<AudioPayload, ObjectStoreError> {
        if bytes.len() > inline_max {
            let (bytes, limit) = (bytes.len(), inline_max);
            return Err(ObjectStoreError::TooLarge { bytes, limit });
        }
        Ok(AudioPayload::Inline(bytes))
    }

    async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, ObjectStoreError> {
        match sound {
            AudioPayload::Inline(bytes) => Ok(bytes.clone()),
            AudioPayload::Stored(_) => Err(ObjectStoreError::Refused(
                "the audio is in an object store, and none is configured here".into(),
            )),
        }
    }

    async fn kept(&self, _session: &SessionId) -> Result<Vec<StoredObject>, ObjectStoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, _session: &SessionId) -> Result<u64, ObjectStoreError> {
        Ok(0)
    }
}

#[async_trait]
impl ObjectStore for mynah_bus::claim::Store {
    async fn sound(
        &self,
        session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<AudioPayload, ObjectStoreError> {
        use mynah_bus::claim::Store;
        use mynah_bus::identity::Stage;
        if bytes.len() <= inline_max {
            return Ok(AudioPayload::Inline(bytes));
        }
        if !Store::is_on(self) {
            let bytes = bytes.len();
            let limit = inline_max;
            return Err(ObjectStoreError::TooLarge { bytes, limit });
        }
        let put = Store::put(self, session, "ingress", Stage::Ingress, bytes).await;
        put.map(AudioPayload::Stored)
            .map_err(|error| refused(&error))
    }

    async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, ObjectStoreError> {
        Self::fetch(self, sound)
            .await
            .map_err(|error| refused(&error))
    }

    async fn kept(&self, session: &SessionId) -> Result<Vec<StoredObject>, ObjectStoreError> {
        let good_for = self.settings().link();
        let objects = self.list_session(session).await;
        let mut kept = Vec::new();
        for object in objects.map_err(|error| refused(&error))? {
            // `…/segment/stage/sha256`
            let mut parts = object.uri.rsplit('/');
            let [Some(sha256), Some(stage), Some(segment)] =
                [parts.next(), parts.next(), parts.next()]
            else {
                continue;
            };
            let expires_at = now_ms() / 1_000 + good_for.as_secs() as i64;
            let url = match self.link(&object, good_for).await {
                Ok(url) => Some(url.expose().to_owned()),
                Err(StoreError::Object(BlobError::NoLinks)) => None,
                Err(error) => return Err(refused(&error)),
            };
            kept.push(StoredObject {
                segment: segment.to_owned(),
                stage: stage.to_owned(),
                bytes: object.size.unwrap_or_default(),
                sha256: sha256.to_owned(),
                url_expires_at: url.is_some().then_some(expires_at),
                url,
            });
        }
        Ok(kept)
    }

    async fn delete(&self, session: &SessionId) -> Result<u64, ObjectStoreError> {
        let deleted = self.delete_session(session).await;
        deleted.map_err(|error| refused(&error))
    }
}

fn refused(error: &StoreError) -> ObjectStoreError {
    if error.is_transient() {
        ObjectStoreError::Unavailable
    } else {
        ObjectStoreError::Refused(error.to_string())
    }
}
