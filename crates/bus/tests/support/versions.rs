//! Every version of every schema, as they stand in `contracts/avro`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apache_avro::Schema;
use async_trait::async_trait;
use mynah_bus::avro::{SchemaError, Schemas};
use mynah_bus::event::Kind;

/// One version of a record's schema.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    pub(crate) schema: Arc<Schema>,
}

impl Version {
    /// The id that the golden frames were written with: `0x00010002` is the first version of the
    /// third record.
    pub(crate) fn id(&self) -> u32 {
        self.number << 16 | self.kind as u32
    }

    pub(crate) fn name(&self) -> String {
        format!("{}.v{}", self.kind.record(), self.number)
    }
}

/// The versions of a record, from the first to the current one.
pub(crate) fn of(kind: Kind) -> Vec<Version> {
    let mut all: Vec<_> = (1..)
        .map(|number| history().join(format!("{}.v{number}.avsc", kind.record())))
        .map_while(|file| std::fs::read_to_string(file).ok())
        .collect();
    all.push(kind.schema().to_owned());
    let parsed = all.iter().map(|text| Schema::parse_str(text).unwrap());
    let version = |(number, schema)| Version {
        kind,
        number,
        schema: Arc::new(schema),
    };
    (1..).zip(parsed).map(version).collect()
}

pub(crate) fn history() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/avro/history")
}

/// A registry of all versions.
pub(crate) struct Versions(BTreeMap<u32, Version>);

impl Versions {
    pub(crate) fn all() -> Self {
        let all = Kind::ALL.into_iter().flat_map(of);
        Self(all.map(|version| (version.id(), version)).collect())
    }
}

#[async_trait]
impl Schemas for Versions {
    async fn id(&self, kind: Kind) -> Result<u32, SchemaError> {
        Ok(of(kind).last().unwrap().id())
    }

    async fn writer(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        let version = self.0.get(&id).ok_or(SchemaError::Unknown(id))?;
        Ok(Arc::clone(&version.schema))
    }

    async fn ready(&self) -> Result<(), SchemaError> {
        Ok(())
    }
}
