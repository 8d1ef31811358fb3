//! Where sound lies that is too large for an event.

use async_trait::async_trait;
use bytes::Bytes;
use mynah_bus::event::Sound;
use mynah_bus::identity::SessionId;

/// Puts sound away, and fetches it back.
#[async_trait]
pub trait Vault: Send + Sync + 'static {
    /// This sound as it stands in an event: in the event itself up to `inline_max` bytes, else put
    /// away.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn sound(
        &self,
        session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<Sound, VaultError>;

    /// The bytes of a sound, verified.
    ///
    /// # Errors
    /// [`VaultError`].
    async fn fetch(&self, sound: &Sound) -> Result<Bytes, VaultError>;
}

/// Why a sound is not put away, or not fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
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

impl VaultError {
    /// Whether the same may go well later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// No store: what does not fit into an event is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct InlineOnly;

#[async_trait]
impl Vault for InlineOnly {
    async fn sound(
        &self,
        _session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<Sound, VaultError> {
        if bytes.len() > inline_max {
            let (bytes, limit) = (bytes.len(), inline_max);
            return Err(VaultError::TooLarge { bytes, limit });
        }
        Ok(Sound::Inline(bytes))
    }

    async fn fetch(&self, sound: &Sound) -> Result<Bytes, VaultError> {
        match sound {
            Sound::Inline(bytes) => Ok(bytes.clone()),
            Sound::Stored(_) => Err(VaultError::Refused(
                "a sound lies in an object store, and none is set up here".into(),
            )),
        }
    }
}

#[async_trait]
impl Vault for mynah_bus::claim::Store {
    async fn sound(
        &self,
        session: &SessionId,
        bytes: Bytes,
        inline_max: usize,
    ) -> Result<Sound, VaultError> {
        use mynah_bus::claim::Store;
        use mynah_bus::identity::Stage;
        if bytes.len() <= inline_max {
            return Ok(Sound::Inline(bytes));
        }
        if !Store::is_on(self) {
            let bytes = bytes.len();
            let limit = inline_max;
            return Err(VaultError::TooLarge { bytes, limit });
        }
        let put = Store::put(self, session, "ingress", Stage::Ingress, bytes).await;
        put.map(Sound::Stored).map_err(|error| refused(&error))
    }

    async fn fetch(&self, sound: &Sound) -> Result<Bytes, VaultError> {
        Self::fetch(self, sound)
            .await
            .map_err(|error| refused(&error))
    }
}

fn refused(error: &mynah_bus::claim::StoreError) -> VaultError {
    if error.is_transient() {
        VaultError::Unavailable
    } else {
        VaultError::Refused(error.to_string())
    }
}
