//! Sound in events and in the store, and what its failures mean for a segment.

use bytes::Bytes;
use mynah_bus::claim::{Store, StoreError};
use mynah_bus::event::Sound;
use mynah_bus::identity::{SessionId, Stage};
use uuid::Uuid;

use crate::failure::{Class, Failure};

/// The store that all stages share.
#[derive(Clone)]
pub(crate) struct Sounds(pub(crate) Store);

impl Sounds {
    pub(crate) async fn keep(
        &self,
        session: &SessionId,
        segment: Uuid,
        stage: Stage,
        wav: &Bytes,
    ) -> Result<Sound, Failure> {
        let segment = segment.to_string();
        let kept = self.0.sound(session, &segment, stage, wav.clone()).await;
        kept.map_err(Failure::from)
    }

    pub(crate) async fn fetch(&self, sound: &Sound) -> Result<Bytes, Failure> {
        self.0.fetch(sound).await.map_err(Failure::from)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let class = match &error {
            error if error.is_transient() => Class::Transient,
            StoreError::Off { .. } | StoreError::NoStore => Class::Unsupported,
            StoreError::Settings { .. } => Class::Internal,
            _ => Class::Invalid,
        };
        Self {
            class,
            code: error.reason().into(),
            message: error.to_string(),
        }
    }
}
