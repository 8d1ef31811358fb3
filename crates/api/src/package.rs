//! Kept voices as files.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AudioBytes, KeptVoice};

/// What an import does where the workspace has a voice of the same name or the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It fails with `name_taken` or `id_taken`.
    #[default]
    Fail,
    /// The imported voice gets a number after its name where that is taken, and an id of its own where its id is.
    Rename,
    /// The voices of the same name or id are deleted; they can be restored for 24 hours.
    Replace,
    /// The imported voice gets an id of its own; its name must be free.
    NewId,
}

/// What was imported, or would have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// The voice; null where the package was only checked.
    #[schema(required)]
    pub voice: Option<KeptVoice>,
    /// Its name, which is not that of the package where it was renamed.
    pub name: String,
    /// The version of the package.
    pub version: u32,
    /// How many prompts the voice has.
    pub prompts: usize,
    /// Whether it has no consent, and speaks only once it is given one.
    pub locked: bool,
    /// The ids of the voices that were deleted for it.
    pub replaced: Vec<String>,
    /// Styles of its prompts that the workspace does not have, so that no request can name them.
    pub unknown_styles: Vec<String>,
}

/// A package in a form.
#[derive(ToSchema)]
pub struct PackageForm {
    /// The package.
    #[schema(value_type = String, format = Binary)]
    pub file: AudioBytes,
}
