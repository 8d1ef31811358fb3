//! The styles of a workspace, kept in the database.

use std::sync::Arc;

use mynah_database::{sqlx, transaction};
use mynah_speech::{Style, StyleIndex, StyleKey};

use super::StoredStyle;
use super::check::check;
use crate::VoicesError;
use crate::library::{Library, next_revision, now_ms};
use crate::row::json;

/// The most styles that a workspace adds or changes.
const MAX_STYLES: i64 = 200;

/// Within a transaction: that a style has the version that the caller read, where there is one.
macro_rules! check_version {
    ($connection:ident, $workspace:expr, $key:expr, $expected:expr) => {
        if let Some(expected) = $expected {
            let current: Option<i64> = sqlx::query_scalar(
                "SELECT version FROM styles WHERE workspace = $1 AND key = $2 AND body IS NOT NULL",
            )
            .bind($workspace)
            .bind($key.as_str())
            .fetch_optional(&mut *$connection)
            .await?;
            let current = current.unwrap_or(0);
            if current != expected {
                return Err(VoicesError::VersionMismatch(current));
            }
        }
    };
}

impl Library {
    /// The styles of a workspace: the built-in ones and its own. Where the database does not respond, those
    /// that this process knows.
    pub async fn stored_styles(&self, workspace: &str) -> Vec<StoredStyle> {
        self.refresh_in_time().await;
        self.index().stored_styles(workspace)
    }

    /// The style of a key, as of [`Library::stored_styles`].
    pub async fn stored_style(&self, workspace: &str, key: &StyleKey) -> Option<StoredStyle> {
        self.refresh_in_time().await;
        self.index().stored_style(workspace, key)
    }

    /// Adds a style to a workspace, or puts it in the place of the one with its key. With `if_version` only
    /// where that one has this version.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was changed then.
    pub async fn put_style(
        &self,
        workspace: &str,
        style: &Style,
        if_version: Option<i64>,
    ) -> Result<StoredStyle, VoicesError> {
        check(style)?;
        let version = transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            check_version!(connection, workspace, style.key, if_version);
            let others: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM styles WHERE workspace = $1 AND key <> $2 AND body IS NOT NULL",
            )
            .bind(workspace)
            .bind(style.key.as_str())
            .fetch_one(&mut *connection)
            .await?;
            if others >= MAX_STYLES {
                return Err(VoicesError::TooManyStyles(MAX_STYLES));
            }
            let version: i64 = sqlx::query_scalar(
                "INSERT INTO styles (workspace, key, body, version, revision, updated_at) \
                 VALUES ($1, $2, $3, 1, $4, $5) \
                 ON CONFLICT (workspace, key) DO UPDATE SET body = excluded.body, \
                 version = styles.version + 1, revision = excluded.revision, \
                 updated_at = excluded.updated_at RETURNING version",
            )
            .bind(workspace)
            .bind(style.key.as_str())
            .bind(json(style))
            .bind(revision)
            .bind(now_ms())
            .fetch_one(&mut *connection)
            .await?;
            version
        });
        self.refresh_after_change().await;
        Ok(StoredStyle::of_workspace(Arc::new(style.clone()), version))
    }

    /// Deletes the own style of a workspace; a built-in one of its key is back then.
    ///
    /// # Errors
    /// [`VoicesError::NoSuchStyle`] where the workspace has none of its own.
    pub async fn delete_style(
        &self,
        workspace: &str,
        key: &StyleKey,
        if_version: Option<i64>,
    ) -> Result<(), VoicesError> {
        transaction!(self.database(), connection => {
            let revision = next_revision!(connection);
            check_version!(connection, workspace, key, if_version);
            let deleted = sqlx::query(
                "UPDATE styles SET body = NULL, version = version + 1, revision = $1, updated_at = $2 \
                 WHERE workspace = $3 AND key = $4 AND body IS NOT NULL",
            )
            .bind(revision)
            .bind(now_ms())
            .bind(workspace)
            .bind(key.as_str())
            .execute(&mut *connection)
            .await?;
            if deleted.rows_affected() == 0 {
                return Err(VoicesError::NoSuchStyle);
            }
        });
        self.refresh_after_change().await;
        Ok(())
    }
}

impl StyleIndex for Library {
    fn style(&self, workspace: &str, key: &StyleKey) -> Option<Arc<Style>> {
        Some(self.index().stored_style(workspace, key)?.style)
    }

    fn styles(&self, workspace: &str) -> Vec<Arc<Style>> {
        let stored = self.index().stored_styles(workspace).into_iter();
        stored.map(|own| own.style).collect()
    }
}
