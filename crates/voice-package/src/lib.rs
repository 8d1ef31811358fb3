//! Layer 0: voices as files. A package is a ZIP archive with a manifest, a voice, its consent, and the
//! recordings that it is spoken from; `docs/packages.md` specifies it.
//!
//! [`PackageWriter`] writes packages. [`AnyPackage::open`] reads them, those of version 1 too, and checks all of
//! a package before anything of it can be used. Neither has more than one recording in memory.

mod archive;
mod document;
mod error;
mod limits;
mod package;
mod path;
mod v1;
mod writer;

pub use document::{ConsentDocument, PromptDocument, VoiceDocument, prompt_path, recording_path};
pub use error::PackageError;
pub use limits::{
    MAX_DOCUMENT_BYTES, MAX_MANIFEST_BYTES, MAX_PATH_BYTES, MAX_PROMPTS, MAX_RECORDING_BYTES,
    PackageLimits,
};
pub use package::{AnyPackage, Package};
pub use v1::{V1Metadata, V1Package, write_v1};
pub use writer::PackageWriter;

/// The version of the packages that [`PackageWriter`] writes.
pub const VERSION: u32 = 2;

/// The file name extension of packages.
pub const EXTENSION: &str = "mynahvoice";
