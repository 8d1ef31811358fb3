//! `/api/v1/models`: the models that can be installed, and the progress of fetching one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The models of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstallableModelList {
    /// The models.
    pub items: Vec<InstallableModel>,
    /// Where the next page begins; all models are on one.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The number of models.
    pub total: usize,
}

/// A model that is installed or can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstallableModel {
    /// Its id.
    #[schema(example = "kokoro")]
    pub id: String,
    /// What it is for: `synthesis`, `recognition`, `translation` or `runtime`.
    #[schema(example = "synthesis")]
    pub role: String,
    /// BCP-47 tags; `*` where they are too many to list. Of a translator, from and to.
    pub languages: Vec<String>,
    /// The licence of its files, as an SPDX expression.
    #[schema(example = "Apache-2.0")]
    pub licence: String,
    /// The bytes that it takes once it is installed, roughly.
    pub bytes: u64,
    /// The memory that it needs while it is in use, in bytes.
    pub memory_bytes: u64,
    /// What is better with it, in one line.
    pub improves: String,
    /// Whether `mynah models pull default` fetches it.
    pub default: bool,
    /// Whether it is installed.
    pub installed: bool,
    /// The last pull since the server's start, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pull: Option<PullStatus>,
}

/// How far a pull is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PullStatus {
    /// Whether it runs, and how it ended.
    pub state: PullState,
    /// The bytes so far.
    pub bytes: u64,
    /// The bytes of all files, roughly.
    pub total_bytes: u64,
    /// The mean rate so far, in bytes a second.
    pub bytes_per_second: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
}

/// Whether a pull runs, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// It runs, or waits for another one.
    Running,
    /// The model is installed.
    Done,
    /// It failed; the next one continues with what arrived.
    Failed,
    /// It was cancelled; the next one continues with what arrived.
    Cancelled,
}

impl PullState {
    /// The name of the event that carries it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "progress",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
