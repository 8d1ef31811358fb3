//! What can go wrong with a database. No message holds its address, values or credentials.

use std::path::PathBuf;

/// Why the database did not do something.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The operator: the address is invalid.
    #[error("database.url {0}")]
    Url(&'static str),
    /// The operator: the file cannot be created or opened.
    #[error("the database {} cannot be opened: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The operator: a later version of Mynah has migrated it.
    #[error(
        "the database was migrated by a later version of Mynah (its migration {version} is unknown here); \
         update Mynah, or restore a copy of before"
    )]
    LaterVersion {
        /// The number of the unknown migration.
        version: i64,
    },
    /// The operator: it is not a database of Mynah, or its schema was changed.
    #[error("the database has another schema than Mynah's: {0}")]
    Schema(String),
    /// For now: it does not respond, is locked for too long or its disk is full.
    #[error("the database does not respond")]
    Unavailable(#[source] sqlx::Error),
    /// The caller: a row with this unique value exists, or one that refers to this row.
    #[error("the database has a row with the same {0}")]
    Conflict(String),
    /// A defect here: a statement that the database does not understand, or a row of another shape.
    #[error("a statement of the database failed")]
    Statement(#[source] sqlx::Error),
}

impl DatabaseError {
    /// Whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Result codes of SQLite for a database that cannot be used now: busy, locked, out of memory,
/// read-only, input or output error, full, cannot be opened.
const SQLITE_UNAVAILABLE: [i32; 7] = [5, 6, 7, 8, 10, 13, 14];

/// The length of a SQLSTATE.
const SQLSTATE_CHARS: usize = 5;

/// Classes of SQLSTATE of a Postgres that cannot be used now: no connection, rolled back by
/// concurrency, out of resources, stopped by an operator, an error of its system.
const POSTGRES_UNAVAILABLE: [&str; 5] = ["08", "40", "53", "57", "58"];

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable(error)
            }
            E::Database(own) if own.is_unique_violation() || own.is_foreign_key_violation() => {
                // SQLite names columns (`voices.name`), Postgres the constraint.
                let constraint = own.constraint().unwrap_or_else(|| own.message());
                Self::Conflict(constraint.to_owned())
            }
            E::Database(own) => {
                let code = own.code().unwrap_or_default();
                // Extended codes of SQLite have the plain one in their lowest byte.
                // A SQLSTATE has five characters, a code of SQLite at most four digits.
                let sqlite = code.len() < SQLSTATE_CHARS
                    && code
                        .parse()
                        .is_ok_and(|code: i32| SQLITE_UNAVAILABLE.contains(&(code & 0xff)));
                let postgres = code.len() == SQLSTATE_CHARS
                    && POSTGRES_UNAVAILABLE
                        .iter()
                        .any(|class| code.starts_with(class));
                match sqlite || postgres {
                    true => Self::Unavailable(error),
                    false => Self::Statement(error),
                }
            }
            _ => Self::Statement(error),
        }
    }
}
