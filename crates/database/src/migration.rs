//! Migrations: the files of `migrations/`, applied in order, each in a transaction.

use sqlx::migrate::{MigrateError, Migrator};

use crate::{Database, DatabaseError, Pool};

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

impl Database {
    /// Applies the migrations that the database lacks. Several processes may do so at once.
    pub(crate) async fn migrate(&self) -> Result<(), DatabaseError> {
        let migrated = match self.pool() {
            Pool::Sqlite(pool) => MIGRATOR.run(pool).await,
            Pool::Postgres(pool) => MIGRATOR.run(pool).await,
        };
        migrated.map_err(|error| match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
                DatabaseError::LaterVersion { version }
            }
            MigrateError::VersionMismatch(version) => {
                DatabaseError::Schema(format!("migration {version} was changed"))
            }
            MigrateError::Execute(error) => error.into(),
            MigrateError::ExecuteMigration(error, version) => match DatabaseError::from(error) {
                DatabaseError::Statement(error) => {
                    DatabaseError::Schema(format!("migration {version} failed: {error}"))
                }
                other => other,
            },
            other => DatabaseError::Schema(other.to_string()),
        })
    }
}
