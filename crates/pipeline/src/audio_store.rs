//! AudioPayload in events and in the store, and what its failures mean for a segment.

use bytes::Bytes;
use mynah_bus::claim::{Store, StoreError};
use mynah_bus::event::AudioPayload;
use mynah_bus::identity::{SessionId, Stage};
use uuid::Uuid;

use crate::failure::{Failure, FailureClass};

/// The store that all stages share.
#[derive(Clone)]
pub(crate) struct AudioStore(pub(crate) Store);

impl AudioStore {
    pub(crate) async fn keep(
        &self,
        session: &SessionId,
        segment: Uuid,
        stage: Stage,
        wav: &Bytes,
    ) -> Result<AudioPayload, Failure> {
        let segment = segment.to_string();
        let kept = self
            .0
            .store_audio(session, &segment, stage, wav.clone())
            .await;
        kept.map_err(Failure::from)
    }

    pub(crate) async fn fetch(&self, sound: &AudioPayload) -> Result<Bytes, Failure> {
        self.0.fetch(sound).await.map_err(Failure::from)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let class = match &error {
            error if error.is_transient() => FailureClass::Transient,
            StoreError::Off { .. } | StoreError::NoStore => FailureClass::Unsupported,
            StoreError::Settings { .. } => FailureClass::Internal,
            _ => FailureClass::Invalid,
        };
        Self {
            class,
            code: error.reason().into(),
            message: error.to_string(),
        }
    }
}
