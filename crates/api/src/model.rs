//! `GET /v1/models`: what can be named as `model`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that can be named as `model`, engines first, then aliases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelList {
    /// That it is a list.
    pub object: ListObject,
    /// The models.
    pub data: Vec<Model>,
}

/// A model: an engine, or an alias that leaves the choice of one to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Model {
    /// Its name.
    #[schema(example = "flite")]
    pub id: String,
    /// That it is a model.
    pub object: ModelObject,
    /// When it was made, in seconds since 1970; 0 where that is unknown.
    pub created: u64,
    /// Its owner: `mynah`, for all that runs here.
    pub owned_by: String,
    /// What it does.
    pub kind: ModelKind,
    /// Whether this is another name, and the server picks the engine by language and voice.
    pub alias: bool,
    /// The engine, where the name means one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub engine: Option<String>,
    /// Whether the engine is a demo engine: real, but not the product's quality.
    pub demo: bool,
    /// Whether it can run here now.
    pub ready: bool,
    /// What it synthesizes or recognizes, as BCP-47 tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The directions in which it translates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<LanguagePair>,
}

/// A direction of translation, as BCP-47 tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguagePair {
    /// What goes in.
    #[schema(example = "en")]
    pub from: String,
    /// What comes out.
    #[schema(example = "es")]
    pub to: String,
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Text to speech.
    Speech,
    /// Speech to text.
    Transcription,
    /// Text to text in another language.
    Translation,
    /// Speech to speech in another language, live.
    Interpreting,
}

/// The `object` of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ListObject {
    /// A list.
    List,
}

/// The `object` of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelObject {
    /// A model.
    Model,
}
