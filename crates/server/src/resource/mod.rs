//! What all objects under `/api/v1` share: bodies and queries whose unknown names are errors, parts of lists,
//! versions.

mod body;
mod query;
mod version;

pub(crate) use body::{field, json, object};
pub(crate) use query::{Page, language, pairs, unknown};
pub(crate) use version::{expected_version, versioned};
