//! Styles of speaking: the built-in ones, and those that a workspace adds or changes.

mod builtin;
mod check;
mod store;
mod style_map;

use std::sync::Arc;

use mynah_speech::Style;
use serde::{Deserialize, Serialize};

pub use builtin::BuiltinStyles;
pub(crate) use style_map::{StyleMap, StyleRow};

/// A style as a workspace has it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredStyle {
    /// The style.
    pub style: Arc<Style>,
    /// Whose it is.
    pub origin: StyleOrigin,
    /// Grows with each change; 0 of a built-in one.
    pub version: i64,
}

impl StoredStyle {
    /// A built-in style.
    pub(crate) fn builtin(style: &Arc<Style>) -> Self {
        Self {
            style: Arc::clone(style),
            origin: StyleOrigin::Builtin,
            version: 0,
        }
    }

    /// A style of the workspace's own.
    pub(crate) fn of_workspace(style: Arc<Style>, version: i64) -> Self {
        let origin = match builtin::find(&style.key) {
            Some(_) => StyleOrigin::Override,
            None => StyleOrigin::Workspace,
        };
        Self {
            style,
            origin,
            version,
        }
    }
}

/// Whose a style is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleOrigin {
    /// The program's.
    Builtin,
    /// The workspace's, in place of a built-in one.
    Override,
    /// The workspace's.
    Workspace,
}
