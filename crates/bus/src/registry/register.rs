//! Registration of the schemas.

use serde_json::{Value, json};

use super::Registry;
use super::client::{Answer, short};
use crate::avro::SchemaError;
use crate::event::Kind;

/// The compatibility of each subject: every version reads all earlier ones.
const COMPATIBILITY: &str = "BACKWARD_TRANSITIVE";

/// A subject whose schema is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The subject.
    pub subject: String,
    /// The schema's id.
    pub id: u32,
    /// Whether it was not there before.
    pub new: bool,
}

impl Registry {
    /// Registers the schemas of all events, each checked against the earlier versions. Idempotent.
    ///
    /// # Errors
    /// [`SchemaError::Refused`] names the subject and the registry's reason. The subjects before
    /// it are registered.
    pub async fn register_all(&self) -> Result<Vec<Registered>, SchemaError> {
        let mut all = Vec::with_capacity(Kind::ALL.len());
        for kind in Kind::ALL {
            let done = self.register(&kind.subject(), kind.schema()).await?;
            self.cache.writes(kind, done.id);
            all.push(done);
        }
        Ok(all)
    }

    /// Registers a schema, as [`Registry::register_all`] does.
    ///
    /// # Errors
    /// [`SchemaError::Refused`] names the subject and the registry's reason.
    pub async fn register(&self, subject: &str, schema: &str) -> Result<Registered, SchemaError> {
        let done = self.put(subject, schema).await;
        let (id, new) = done.map_err(|error| named(subject, error))?;
        Ok(Registered {
            subject: subject.to_owned(),
            id,
            new,
        })
    }

    async fn put(&self, subject: &str, schema: &str) -> Result<(u32, bool), SchemaError> {
        // Some registries have no settings of a subject that does not exist yet.
        let set = self.set_compatibility(subject).await?;
        let (id, new) = match self.lookup(subject, schema).await? {
            Some(id) => (id, false),
            None => (self.add(subject, schema).await?, true),
        };
        if !set && !self.set_compatibility(subject).await? {
            let why = format!("the schema registry can't set {COMPATIBILITY}");
            return Err(SchemaError::Refused(why));
        }
        Ok((id, new))
    }

    /// Sets the subject's compatibility; false where there is no such subject.
    async fn set_compatibility(&self, subject: &str) -> Result<bool, SchemaError> {
        let body = json!({ "compatibility": COMPATIBILITY });
        let answer = self.client.put(&["config", subject], &body).await?;
        Ok(answer.found()?.is_some())
    }

    async fn add(&self, subject: &str, schema: &str) -> Result<u32, SchemaError> {
        let schema = json!({ "schema": schema });
        let latest = ["compatibility", "subjects", subject, "versions", "latest"];
        let verdict = self.client.post(&latest, &schema).await?;
        if let Some(verdict) = verdict.found()? {
            compatible(&verdict)?;
        }
        let path = ["subjects", subject, "versions"];
        self.client.post(&path, &schema).await?.success()?.id()
    }
}

/// A registry that refuses without a reason gives one at the registration, which the setting of the
/// subject makes it refuse again.
fn compatible(verdict: &Answer) -> Result<(), SchemaError> {
    let reason = verdict.field("messages").get(0).and_then(Value::as_str);
    match (verdict.field("is_compatible"), reason) {
        (Value::Bool(false), Some(reason)) => Err(SchemaError::Refused(format!(
            "it can't read what is there: {}",
            short(reason)
        ))),
        _ => Ok(()),
    }
}

fn named(subject: &str, error: SchemaError) -> SchemaError {
    match error {
        SchemaError::Refused(why) => SchemaError::Refused(format!("{subject}: {why}")),
        error => error,
    }
}
