//! Connections.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::{DatabaseError, DatabaseUrl};

/// How long a caller waits for a connection, and a statement for the lock of SQLite.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections to SQLite: one writes at a time, the others read beside it.
const SQLITE_CONNECTIONS: u32 = 4;

/// Connections to Postgres.
const POSTGRES_CONNECTIONS: u32 = 8;

/// The database, with its schema migrated. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Database(Pool);

/// The connections of a database.
#[derive(Clone, Debug)]
pub enum Pool {
    /// SQLite.
    Sqlite(SqlitePool),
    /// Postgres.
    Postgres(PgPool),
}

impl Database {
    /// Opens a database and migrates its schema. A file and its folder are created, readable by their
    /// owner alone.
    ///
    /// # Errors
    /// [`DatabaseError`]; the database is unchanged where a later version has migrated it.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DatabaseError> {
        // Until the schema is migrated: of two processes that create a file at once, one waits.
        let mut _lock = None;
        let database = Self(match url {
            DatabaseUrl::Sqlite(file) => {
                let opening = file.clone();
                let locked = tokio::task::spawn_blocking(move || create_and_lock(&opening)).await;
                let locked = locked.unwrap_or_else(|error| Err(io::Error::other(error)));
                _lock = Some(locked.map_err(|error| DatabaseError::File {
                    file: file.clone(),
                    reason: error.to_string(),
                })?);
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // What was committed is on the disk.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(ACQUIRE_TIMEOUT);
                let pool = SqlitePoolOptions::new()
                    .max_connections(SQLITE_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_TIMEOUT);
                Pool::Sqlite(pool.connect_with(options).await?)
            }
            DatabaseUrl::Postgres(options) => {
                let pool = PgPoolOptions::new()
                    .max_connections(POSTGRES_CONNECTIONS)
                    .acquire_timeout(ACQUIRE_TIMEOUT);
                Pool::Postgres(pool.connect_with((**options).clone()).await?)
            }
        });
        database.migrate().await?;
        Ok(database)
    }

    /// Its connections. For a query use [`crate::with_pool!`] or [`crate::transaction!`].
    pub const fn pool(&self) -> &Pool {
        &self.0
    }

    /// Whether it responds.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`].
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        crate::with_pool!(self, pool => {
            sqlx::query("SELECT 1").execute(pool).await?;
        });
        Ok(())
    }

    /// Closes its connections, after the running statements.
    pub async fn close(&self) {
        crate::with_pool!(self, pool => pool.close().await);
    }
}

/// Creates the file, for its owner alone, unless it is there, and locks it against others that open it.
fn create_and_lock(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let open = |path: &Path| {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    };
    open(file)?;
    // A file beside it: SQLite has locks of its own on the database.
    let mut beside = file.as_os_str().to_owned();
    beside.push(".lock");
    let lock = open(Path::new(&beside))?;
    lock.lock()?;
    Ok(lock)
}
