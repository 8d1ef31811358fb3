//! Voices as files: export and import.

mod check;
mod export;
mod import;
mod insert;

pub use export::PackageVersion;
pub use import::{ImportConflict, ImportOptions, ImportedVoice};
