//! What happened to each voice: events, counted by day and key.

use mynah_database::{sqlx, with_pool};

use crate::library::Library;
use crate::{VoiceKey, VoicesError};

pub(crate) const CREATED: &str = "created";
pub(crate) const USED: &str = "used";
pub(crate) const DELETED: &str = "deleted";
pub(crate) const RESTORED: &str = "restored";
pub(crate) const ERASED: &str = "erased";
pub(crate) const EXPORTED: &str = "exported";
pub(crate) const IMPORTED: &str = "imported";
pub(crate) const PROMPT_ADDED: &str = "prompt_added";
pub(crate) const PROMPT_CHANGED: &str = "prompt_changed";
pub(crate) const PROMPT_DELETED: &str = "prompt_deleted";
pub(crate) const CONSENT_GIVEN: &str = "consent_given";
pub(crate) const CONSENT_REVOKED: &str = "consent_revoked";

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// What happened to a voice on one day by one key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditEntry {
    /// What: `created`, `imported`, `exported`, `used`, `deleted`, `restored`, `erased`, `prompt_added`,
    /// `prompt_changed`, `prompt_deleted`, `consent_given`, `consent_revoked`.
    pub event: String,
    /// The day, in days since 1970, UTC.
    pub day: i64,
    /// The id of the key; empty where no key was needed.
    pub key_id: String,
    /// How often.
    pub count: i64,
    /// The first time, in milliseconds since 1970.
    pub first_at: i64,
    /// The last time.
    pub last_at: i64,
}

/// Counts an event, within a transaction.
macro_rules! count {
    ($connection:ident, $voice:expr, $event:expr, $by:expr, $now:expr) => {
        $crate::audit::count!($connection, $voice, $event, $by, $now, 1_i64)
    };
    ($connection:ident, $voice:expr, $event:expr, $by:expr, $now:expr, $times:expr) => {
        sqlx::query(
            "INSERT INTO voice_audit (voice_id, event, day, key_id, count, first_at, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) \
             ON CONFLICT (voice_id, event, day, key_id) DO UPDATE SET \
             count = voice_audit.count + excluded.count, last_at = excluded.last_at",
        )
        .bind($voice.as_str())
        .bind($event)
        .bind($now / $crate::audit::DAY_MS)
        .bind($by.unwrap_or_default())
        .bind($times)
        .bind($now)
        .execute(&mut *$connection)
        .await?
    };
}
pub(crate) use count;

impl Library {
    /// What happened to a voice, the latest first. Entries of a voice that was purged are kept.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn audit(
        &self,
        workspace: &str,
        voice: &VoiceKey,
    ) -> Result<Vec<AuditEntry>, VoicesError> {
        self.get_any(workspace, voice).await?;
        Ok(with_pool!(self.database(), pool => {
            sqlx::query_as::<_, AuditEntry>(
                "SELECT event, day, key_id, count, first_at, last_at FROM voice_audit \
                 WHERE voice_id = $1 ORDER BY last_at DESC, event",
            )
            .bind(voice.as_str())
            .fetch_all(pool)
            .await?
        }))
    }
}
