//! The styles of all workspaces in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use mynah_database::sqlx;
use mynah_speech::{Style, StyleKey};

use super::{StoredStyle, builtin};

/// A style as the database has it.
#[derive(sqlx::FromRow)]
pub(crate) struct StyleRow {
    workspace: String,
    key: String,
    body: Option<String>,
    version: i64,
}

/// The styles that workspaces added or changed, by workspace and key.
#[derive(Default)]
pub(crate) struct StyleMap(BTreeMap<(String, StyleKey), (Arc<Style>, i64)>);

impl StyleMap {
    /// Takes in rows that changed. One that cannot be read is logged, and the built-in one of its key is
    /// spoken as if it were deleted.
    pub(crate) fn update(&mut self, rows: Vec<StyleRow>) {
        for row in rows {
            let Ok(key) = row.key.parse::<StyleKey>() else {
                tracing::error!("style_not_read");
                continue;
            };
            let style = row.body.as_deref().map(serde_json::from_str::<Style>);
            let own = (row.workspace, key);
            match style {
                Some(Ok(style)) => {
                    self.0.insert(own, (Arc::new(style), row.version));
                }
                read => {
                    if let Some(Err(error)) = read {
                        tracing::error!(style = own.1.as_str(), %error, "style_not_read");
                    }
                    self.0.remove(&own);
                }
            }
        }
    }

    /// The style of a key.
    pub(crate) fn find(&self, workspace: &str, key: &StyleKey) -> Option<StoredStyle> {
        let own = self.0.get(&(workspace.to_owned(), key.clone()));
        match own {
            Some((style, version)) => Some(StoredStyle::of_workspace(Arc::clone(style), *version)),
            None => builtin::find(key).map(StoredStyle::builtin),
        }
    }

    /// All styles of a workspace: the built-in ones in their order, then its own by their keys.
    pub(crate) fn all(&self, workspace: &str) -> Vec<StoredStyle> {
        let builtin = builtin::all().iter().map(|style| &style.key);
        let added = self
            .0
            .keys()
            .filter(|(owner, key)| owner == workspace && builtin::find(key).is_none())
            .map(|(_, key)| key);
        let keys = builtin.chain(added);
        keys.filter_map(|key| self.find(workspace, key)).collect()
    }
}
