//! The library: the handle of all operations on kept voices.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mynah_blobs::Blobs;
use mynah_database::{Database, sqlx, transaction, with_pool};
use mynah_speech::{EngineId, Engines, KeptVoice, SpeechError, VoiceIndex};
use mynah_voice_package::PackageLimits;
use tokio::sync::Mutex;

use crate::index::Index;
use crate::prompt_store::PromptStore;
use crate::row::{self, PromptRow, VoiceRow, select_prompts, select_voices};
use crate::styles::StyleRow;
use crate::{StoredVoice, VoiceKey, VoicesError};

/// Limits of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryOptions {
    /// The most voices of one workspace. Default 10 000.
    pub max_voices: u64,
    /// The bounds of packages.
    pub packages: PackageLimits,
}

impl Default for LibraryOptions {
    fn default() -> Self {
        Self {
            max_voices: 10_000,
            packages: PackageLimits::default(),
        }
    }
}

/// Voices that are kept. Cheap to clone; clones share all.
#[derive(Clone)]
pub struct Library(Arc<Inner>);

struct Inner {
    database: Database,
    blobs: Blobs,
    engines: Engines,
    options: LibraryOptions,
    index: Index,
    /// Held while the index is refreshed, so that no older state replaces a newer one.
    refreshing: Mutex<()>,
    /// How many refreshes have begun, and the last one of them that succeeded.
    refreshes_begun: AtomicU64,
    last_refresh: AtomicU64,
}

impl Library {
    /// Opens the library, and reads all voices into its index. `engines` measure and
    /// transcribe recordings. Must be called within a tokio runtime, on whose threads engines
    /// that run on other threads read clips.
    ///
    /// # Errors
    /// [`VoicesError`].
    pub async fn open(
        database: Database,
        blobs: Blobs,
        engines: Engines,
        options: LibraryOptions,
    ) -> Result<Self, VoicesError> {
        // Each database has objects of its own in a store, so that none deletes those of another.
        let blobs = blobs.within(&library_id(&database).await?);
        let store = PromptStore::new(database.clone(), blobs.clone());
        let library = Self(Arc::new(Inner {
            index: Index::new(Arc::new(store)),
            database,
            blobs,
            engines,
            options,
            refreshing: Mutex::default(),
            refreshes_begun: AtomicU64::new(0),
            last_refresh: AtomicU64::new(0),
        }));
        library.refresh().await?;
        Ok(library)
    }

    pub(crate) fn index(&self) -> &Index {
        &self.0.index
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    pub(crate) fn engines(&self) -> &Engines {
        &self.0.engines
    }

    pub(crate) fn options(&self) -> &LibraryOptions {
        &self.0.options
    }

    /// The bounds of packages.
    pub fn package_limits(&self) -> PackageLimits {
        self.options().packages
    }

    /// The number of the last change of voices or styles that the index has.
    pub fn revision(&self) -> i64 {
        self.index().revision()
    }

    /// A voice of a workspace that is not deleted.
    ///
    /// # Errors
    /// [`VoicesError::NotFound`], or that the database does not respond.
    pub async fn get(&self, workspace: &str, id: &VoiceKey) -> Result<StoredVoice, VoicesError> {
        let voice = self.get_any(workspace, id).await?;
        match voice.deleted_at {
            None => Ok(voice),
            Some(_) => Err(VoicesError::NotFound),
        }
    }

    /// A voice of a workspace, deleted or not.
    ///
    /// # Errors
    /// As [`Library::get`].
    pub async fn get_any(
        &self,
        workspace: &str,
        id: &VoiceKey,
    ) -> Result<StoredVoice, VoicesError> {
        let (rows, prompts) = with_pool!(self.database(), pool => {
            let rows = sqlx::query_as::<_, VoiceRow>(
                select_voices!("WHERE v.id = $1 AND v.workspace = $2"),
            )
            .bind(id.as_str())
            .bind(workspace)
            .fetch_all(pool)
            .await?;
            let prompts = sqlx::query_as::<_, PromptRow>(select_prompts!("WHERE v.id = $1"))
                .bind(id.as_str())
                .fetch_all(pool)
                .await?;
            (rows, prompts)
        });
        let voices = row::voices(rows, prompts)?;
        voices.into_iter().next().ok_or(VoicesError::NotFound)
    }

    /// Reads the voices and styles that changed since the index was last refreshed, by this process or another.
    ///
    /// # Errors
    /// [`VoicesError`]; the index is as before then.
    pub async fn refresh(&self) -> Result<(), VoicesError> {
        let begun = self.0.refreshes_begun.load(Ordering::Acquire);
        let _refreshing = self.0.refreshing.lock().await;
        // One that began while this one waited has read what it would read.
        if self.0.last_refresh.load(Ordering::Acquire) > begun {
            return Ok(());
        }
        let number = self.0.refreshes_begun.fetch_add(1, Ordering::AcqRel) + 1;
        self.read_changes().await?;
        self.0.last_refresh.store(number, Ordering::Release);
        Ok(())
    }

    async fn read_changes(&self) -> Result<(), VoicesError> {
        let known = self.0.index.revision();
        let (revision, rows, prompts, styles) = with_pool!(self.database(), pool => {
            // Before the rows: a change in between is read twice rather than never.
            let revision: i64 = sqlx::query_scalar("SELECT revision FROM voices_revision")
                .fetch_one(pool)
                .await?;
            if revision == known {
                return Ok(());
            }
            let rows = sqlx::query_as::<_, VoiceRow>(select_voices!("WHERE v.revision > $1"))
                .bind(known)
                .fetch_all(pool)
                .await?;
            let prompts = sqlx::query_as::<_, PromptRow>(select_prompts!("WHERE v.revision > $1"))
                .bind(known)
                .fetch_all(pool)
                .await?;
            let styles = sqlx::query_as::<_, StyleRow>(
                "SELECT workspace, key, body, version FROM styles WHERE revision > $1",
            )
            .bind(known)
            .fetch_all(pool)
            .await?;
            (revision, rows, prompts, styles)
        });
        let (changed, unreadable) = row::readable_voices(rows, prompts);
        self.0.index.update(revision, changed, unreadable, styles);
        Ok(())
    }

    /// Refreshes the index, as far as the database responds soon.
    pub(crate) async fn refresh_in_time(&self) {
        let refreshed = tokio::time::timeout(CONFIRM_TIMEOUT, self.refresh()).await;
        match refreshed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "voices_not_refreshed"),
            Err(_) => tracing::warn!(
                error = "the database does not respond",
                "voices_not_refreshed"
            ),
        }
    }

    /// Refreshes the index after a change of this process. The change is made whether or not this
    /// succeeds; each text chunk and the maintenance refresh it again.
    pub(crate) async fn refresh_after_change(&self) {
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "voices_not_refreshed");
        }
    }

    /// Refreshes the index, and reads a voice that this process has changed.
    pub(crate) async fn changed(
        &self,
        workspace: &str,
        id: &VoiceKey,
    ) -> Result<StoredVoice, VoicesError> {
        self.refresh_after_change().await;
        self.get_any(workspace, id).await
    }
}

impl VoiceIndex for Library {
    fn find(&self, workspace: &str, id_or_name: &str) -> Option<KeptVoice> {
        self.0.index.find(workspace, id_or_name)
    }

    fn voices(&self, workspace: &str) -> Vec<KeptVoice> {
        self.0.index.voices(workspace)
    }

    fn confirm<'a>(
        &'a self,
        voice: &'a KeptVoice,
    ) -> Pin<Box<dyn Future<Output = Result<bool, SpeechError>> + Send + 'a>> {
        Box::pin(async {
            let refreshed = tokio::time::timeout(CONFIRM_TIMEOUT, self.refresh()).await;
            let reason = match refreshed {
                Ok(Ok(())) => return Ok(voice.permission.is_given()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the database does not respond".into(),
            };
            Err(SpeechError::Busy {
                engine: LIBRARY,
                reason: format!("the consent of the voice cannot be checked: {reason}"),
            })
        })
    }

    fn count_use(&self, voice: &KeptVoice, key: Option<&str>) {
        self.0.index.count_use(voice, key);
    }
}

/// The name by which errors of engines call the library.
pub(crate) const LIBRARY: EngineId = EngineId::new("voices");

/// How long a text chunk waits for the check of its voice, and a list for the database.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(2);

/// The id of the library in a database, made when it is first opened.
async fn library_id(database: &Database) -> Result<String, VoicesError> {
    let fresh = uuid::Uuid::now_v7().simple().to_string();
    Ok(transaction!(database, connection => {
        sqlx::query("UPDATE voices_revision SET library_id = $1 WHERE library_id IS NULL")
            .bind(&fresh)
            .execute(&mut *connection)
            .await?;
        let id: String = sqlx::query_scalar("SELECT library_id FROM voices_revision")
            .fetch_one(&mut *connection)
            .await?;
        id
    }))
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Locks the library until the end of a transaction: every row that names an object is written, and every
/// object deleted, under this lock.
macro_rules! lock {
    ($connection:ident) => {
        sqlx::query("UPDATE voices_revision SET revision = revision")
            .execute(&mut *$connection)
            .await?;
    };
}
pub(crate) use lock;

/// The number of the change that a transaction makes. It locks the library as `lock!` does, so
/// that numbers become visible in their order.
macro_rules! next_revision {
    ($connection:ident) => {{
        let revision: i64 = sqlx::query_scalar(
            "UPDATE voices_revision SET revision = revision + 1 RETURNING revision",
        )
        .fetch_one(&mut *$connection)
        .await?;
        revision
    }};
}
pub(crate) use next_revision;
