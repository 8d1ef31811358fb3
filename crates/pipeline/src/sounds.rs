//! Sound in events and in the store.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use mynah_bus::event::Sound;
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::limits::INLINE_MAX;
use uuid::Uuid;

use crate::failure::{Class, Failure};

/// Keeps sound that is too large for an event.
#[async_trait]
pub trait Vault: Send + Sync + 'static {
    /// Keeps it, or gives it back as it is where it fits into an event.
    async fn keep(
        &self,
        session: &SessionId,
        segment: Uuid,
        stage: Stage,
        wav: &Bytes,
    ) -> Result<Sound, Failure>;

    /// Gives it back, verified.
    async fn fetch(&self, sound: &Sound) -> Result<Bytes, Failure>;
}

/// A vault that all stages share.
#[derive(Clone)]
pub(crate) struct Sounds(pub(crate) Arc<dyn Vault>);

impl Sounds {
    pub(crate) async fn keep(
        &self,
        session: &SessionId,
        segment: Uuid,
        stage: Stage,
        wav: &Bytes,
    ) -> Result<Sound, Failure> {
        self.0.keep(session, segment, stage, wav).await
    }

    pub(crate) async fn fetch(&self, sound: &Sound) -> Result<Bytes, Failure> {
        self.0.fetch(sound).await
    }
}

/// No store: what fits into an event, and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVault;

#[async_trait]
impl Vault for NoVault {
    async fn keep(
        &self,
        _session: &SessionId,
        _segment: Uuid,
        _stage: Stage,
        wav: &Bytes,
    ) -> Result<Sound, Failure> {
        if wav.len() > INLINE_MAX {
            return Err(Failure {
                class: Class::Unsupported,
                code: "storage_off".into(),
                message: format!(
                    "{} bytes of sound are too large for an event, and there is no object store; \
                     set storage.url",
                    wav.len()
                ),
            });
        }
        Ok(Sound::Inline(wav.clone()))
    }

    async fn fetch(&self, sound: &Sound) -> Result<Bytes, Failure> {
        match sound {
            Sound::Inline(bytes) => Ok(bytes.clone()),
            Sound::Stored(_) => Err(Failure {
                class: Class::Unsupported,
                code: "storage_off".into(),
                message: "the sound lies in an object store, and none is set; set storage.url"
                    .into(),
            }),
        }
    }
}
