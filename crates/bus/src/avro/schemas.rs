//! Sources of schemas.

use std::sync::{Arc, LazyLock};

use apache_avro::Schema;
use async_trait::async_trait;

use crate::event::Kind;

/// Why a schema is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The registry is unreachable, or too slow, for now.
    #[error("the schema registry can't be reached: {0}")]
    Unreachable(String),
    /// No schema with this id is registered.
    #[error("no schema has the id {0}")]
    Unknown(u32),
    /// The schema of this record is not registered. `mynah pipeline init` registers it.
    #[error("the schema of {0} is not registered; `mynah pipeline init` registers it")]
    NotRegistered(&'static str),
    /// The schema of the registry cannot be parsed, or the registry refuses this version's.
    #[error("{0}")]
    Refused(String),
}

impl SchemaError {
    /// Whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// Schemas by id. Implementations cache, so that records are processed during an outage.
#[async_trait]
pub trait Schemas: Send + Sync + 'static {
    /// The id under which events of this kind are written.
    async fn id(&self, kind: Kind) -> Result<u32, SchemaError>;

    /// The schema of this id.
    async fn writer(&self, id: u32) -> Result<Arc<Schema>, SchemaError>;

    /// Whether the source of the schemas is reachable now.
    async fn ready(&self) -> Result<(), SchemaError>;
}

/// The schemas that the program was built with, with ids from 1: for the bus in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

static BUILT_IN: LazyLock<Vec<Arc<Schema>>> = LazyLock::new(|| {
    let parse = |kind: Kind| {
        Arc::new(Schema::parse_str(kind.schema()).expect("contracts/avro holds valid schemas"))
    };
    Kind::ALL.into_iter().map(parse).collect()
});

/// The schema that events of this kind are read and written with here.
pub(crate) fn own_schema(kind: Kind) -> &'static Arc<Schema> {
    &BUILT_IN[kind as usize]
}

#[async_trait]
impl Schemas for BuiltIn {
    async fn id(&self, kind: Kind) -> Result<u32, SchemaError> {
        Ok(kind as u32 + 1)
    }

    async fn writer(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        let index = (id as usize).checked_sub(1);
        let schema = index.and_then(|index| BUILT_IN.get(index));
        schema.cloned().ok_or(SchemaError::Unknown(id))
    }

    async fn ready(&self) -> Result<(), SchemaError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_that_of_its_record() {
        for kind in Kind::ALL {
            let Schema::Record(record) = own_schema(kind).as_ref() else {
                panic!("{kind:?} is no record");
            };
            assert_eq!(record.name.name(), kind.record());
            assert_eq!(record.name.namespace(), Some("ai.speech.shared.events"));
        }
    }
}
