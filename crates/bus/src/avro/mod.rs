//! Events to bytes and back: Avro, in the frame of Confluent's serializers.

mod decode;
mod encode;
mod fields;
mod frame;
mod schemas;

pub use decode::DecodeError;
pub(crate) use schemas::own_schema;
pub use schemas::{BuiltIn, SchemaError, Schemas};

use std::sync::Arc;

use bytes::Bytes;

use crate::event::{Event, InvalidEvent, Kind};

/// Why an event could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The event breaks a rule of the payload.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// The registry does not have the schema, or is unreachable.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A defect: the event does not fit its own schema.
    #[error("an event does not fit its schema: {0}")]
    Avro(String),
}

/// Encodes and decodes events by the schemas of a registry. Cheap to clone.
#[derive(Clone)]
pub struct Codec {
    schemas: Arc<dyn Schemas>,
}

impl Codec {
    /// A codec with these schemas.
    pub fn new(schemas: impl Schemas) -> Self {
        // No length in a record exceeds the record. The first limit that is set stays.
        apache_avro::util::max_allocation_bytes(crate::limits::MAX_RECORD_BYTES);
        Self {
            schemas: Arc::new(schemas),
        }
    }

    /// An event in its frame: `00`, the schema's id in four bytes, Avro.
    ///
    /// # Errors
    /// [`EncodeError`]; one of the registry may be transient.
    pub async fn encode(&self, event: &Event) -> Result<Bytes, EncodeError> {
        event.check()?;
        let id = self.schemas.id(event.kind()).await?;
        let datum = encode::datum(event).map_err(|error| EncodeError::Avro(error.to_string()))?;
        Ok(frame::wrap(id, &datum))
    }

    /// The event of this kind in a frame, written with any version of the schema.
    ///
    /// # Errors
    /// [`DecodeError`]; see [`DecodeError::is_transient`].
    pub async fn decode(&self, kind: Kind, body: &[u8]) -> Result<Event, DecodeError> {
        let (id, datum) = frame::open(body)?;
        let writer = self.schemas.writer(id).await?;
        decode::datum(kind, &writer, datum)
    }

    /// Looks up all schemas that are needed for writing.
    ///
    /// # Errors
    /// [`SchemaError`] of the first that is not.
    pub async fn ready(&self) -> Result<(), SchemaError> {
        self.schemas.ready().await?;
        for kind in Kind::ALL {
            self.schemas.id(kind).await?;
        }
        Ok(())
    }
}
