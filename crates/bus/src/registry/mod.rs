//! A schema registry with Confluent's REST interface, such as Apicurio's `/apis/ccompat/v7`
//! (<https://docs.confluent.io/platform/current/schema-registry/develop/api.html>).

mod address;
mod cache;
mod client;
mod register;

use std::sync::Arc;
use std::time::Duration;

use apache_avro::Schema;
use async_trait::async_trait;
use serde_json::json;

use crate::avro::{SchemaError, Schemas, own_schema};
use crate::event::Kind;
use cache::Cache;
use client::Client;
use mynah_secret::Secret;
pub use register::Registered;

/// The address and the time limits of a registry.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// `http://…` or `https://…`, with the path before `/subjects`; without credentials.
    pub url: String,
    /// The user for basic authentication; none for no authentication.
    pub user: Option<String>,
    /// The password for it.
    pub password: Secret,
    /// The time limit of a request. After a transient fault it is tried
    /// [`RegistryOptions::MAX_ATTEMPTS`] times.
    pub timeout: Duration,
    /// How long an unknown id is cached.
    pub unknown_for: Duration,
}

impl RegistryOptions {
    /// The maximum number of attempts of a request.
    pub const MAX_ATTEMPTS: usize = 3;

    /// A registry without credentials, with the default time limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            user: None,
            password: Secret::default(),
            timeout: Duration::from_secs(2),
            unknown_for: Duration::from_secs(10),
        }
    }
}

/// The registry, with a cache of its responses. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    client: Arc<Client>,
    cache: Arc<Cache>,
}

impl Registry {
    /// A registry. No request is made yet.
    ///
    /// # Errors
    /// [`SchemaError::Refused`] of a URL that is none, or that holds credentials.
    pub fn new(options: RegistryOptions) -> Result<Self, SchemaError> {
        mynah_http_client::tls::prepare();
        let cache = Arc::new(Cache::new(options.unknown_for));
        let client = Arc::new(Client::new(options)?);
        Ok(Self { client, cache })
    }

    /// The id of a schema, where it is registered under this subject.
    async fn lookup(&self, subject: &str, schema: &str) -> Result<Option<u32>, SchemaError> {
        let body = json!({ "schema": schema });
        let answer = self.client.post(&["subjects", subject], &body).await?;
        answer.found()?.map(|answer| answer.id()).transpose()
    }
}

#[async_trait]
impl Schemas for Registry {
    async fn id(&self, kind: Kind) -> Result<u32, SchemaError> {
        if let Some(id) = self.cache.written(kind) {
            return Ok(id);
        }
        let found = self.lookup(&kind.subject(), kind.schema()).await?;
        let id = found.ok_or(SchemaError::NotRegistered(kind.record()))?;
        self.cache.writes(kind, id);
        Ok(id)
    }

    async fn writer(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        if let Some(lookup) = self.cache.read(id) {
            return lookup;
        }
        let request = async {
            let path = ["schemas", "ids", &id.to_string()];
            match self.client.get(&path).await?.found()? {
                Some(answer) => answer.schema().map(Arc::new),
                None => Err(SchemaError::Unknown(id)),
            }
        };
        let lookup = request.await;
        self.cache.insert(id, &lookup);
        lookup
    }

    async fn ready(&self) -> Result<(), SchemaError> {
        self.client.ping().await
    }
}

impl Cache {
    /// Events that are written with this id can be read too.
    fn writes(&self, kind: Kind, id: u32) {
        self.remember(kind, id);
        self.insert(id, &Ok(Arc::clone(own_schema(kind))));
    }
}
