//! `GET /livez` and `GET /readyz`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// That the process runs and answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Liveness {
    /// The version of the program.
    pub version: String,
}

/// Whether work can be sent here, and to which engines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// The answer in a word.
    pub state: ReadinessState,
    /// Every engine of the program.
    pub engines: Vec<EngineStatus>,
}

/// Whether work can be sent here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessState {
    /// At least one engine can speak.
    Ready,
    /// No engine can speak here.
    NoEngine,
    /// The file of keys is damaged or cannot be opened.
    KeysUnreadable,
    /// The server finishes what it began and takes nothing new.
    Stopping,
}

/// An engine and whether it can run here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EngineStatus {
    /// Its name.
    #[schema(example = "flite")]
    pub id: String,
    /// What it does.
    pub kind: EngineKind,
    /// Whether it can run here now.
    pub state: EngineState,
    /// Its version, where it states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<String>,
    /// What is missing, where something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The act that mends it, where something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fix: Option<String>,
    /// Whether it is a demo engine: real, but not the product's quality.
    pub demo: bool,
    /// What it is, in a sentence.
    pub about: String,
    /// The licence of the engine itself, as an SPDX expression.
    #[schema(example = "MIT")]
    pub licence: String,
}

/// What an engine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// It synthesizes.
    Synthesizer,
    /// It listens.
    Recognizer,
    /// It translates.
    Translator,
}

/// Whether an engine can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngineState {
    /// It can.
    Ready,
    /// Something is missing.
    Missing,
}
