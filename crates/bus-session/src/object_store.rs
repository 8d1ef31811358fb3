//! Where sound lies that is too large for an event.

use async_trait::async_trait;
use bytes::Bytes;
use mynah_bus::claim::StoreError;
use mynah_bus::event::{AudioPayload, now_ms};
use mynah_bus::identity::SessionId;
use serde::Serialize;

/// Puts sound away, and fetches it back.
#[async_trait]
pub trait ObjectStore: Send + Sync + 'static {
    /// This sound as it stands in an event: in the event itself up to `inline_max` bytes, else put
    /// away.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn sound(
        &self,
        session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<AudioPayload, ObjectStoreError>;

    /// The bytes of a sound, verified.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, ObjectStoreError>;

    /// What is put away of a session, with links where the store can make them.
    ///
    /// # Errors
    /// [`ObjectStoreError`].
    async fn kept(&self, session: &SessionId) -> Result<Vec<StoredObject>, ObjectStoreError>;

    /// Deletes what is put away of a session. Returns how many objects that were.
    ///
    /// # Errors
    /// [`ObjectStoreError`]; some may be deleted all the same.
    async fn delete(&self, session: &SessionId) -> Result<u64, ObjectStoreError>;
}

/// An object of a session.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct StoredObject {
    /// The segment that it is of, or what else it is: `ingress`, `reference`.
    pub segment: String,
    /// The stage that put it away.
    pub stage: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest in hex.
    pub sha256: String,
    /// Where it can be had without a key. A secret: it is for one client, and for no log. None
    /// where the store is a folder.
    pub url: Option<String>,
    /// Until when, in seconds since 1970.
    pub url_expires_at: Option<i64>,
}

/// Why a sound is not put away, or not fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectStoreError {
    /// The client: it is too large for an event, and there is no store here.
    #[error(
        "{bytes} bytes are too many here, where no object store is set up; send at most {limit}"
    )]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// What goes.
        limit: usize,
    },
    /// The store, for now.
    #[error("the object store can't be reached")]
    Unavailable,
    /// The writer: what lies there is not what was promised, or there is nothing.
    #[error("{0}")]
    Refused(String),
}

impl ObjectStoreError {
    /// Whether the same may go well later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// No store: what does not fit into an event is refused.
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
                "a sound lies in an object store, and none is set up here".into(),
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
                Err(StoreError::NoLinks) => None,
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
