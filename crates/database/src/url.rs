//! Where the database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::DatabaseError;

/// The address of a database: a file of SQLite, or a server of Postgres.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:///FOLDER/FILE`, or the path alone.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, with the parameters of libpq.
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseUrl {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseError;

    fn from_str(url: &str) -> Result<Self, DatabaseError> {
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => {
                let options = url.parse();
                options
                    .map(|options| Self::Postgres(Box::new(options)))
                    .map_err(|_| DatabaseError::Url("is no address of a Postgres server"))
            }
            Some(("sqlite", path)) if path.starts_with('/') && path.len() > 1 => {
                Ok(Self::Sqlite(path.into()))
            }
            Some(("sqlite", _)) => Err(DatabaseError::Url(
                "must have an absolute path after sqlite://",
            )),
            None if Path::new(url).is_absolute() => Ok(Self::Sqlite(url.into())),
            _ => Err(DatabaseError::Url(
                "must be sqlite:///FOLDER/FILE or postgres://USER:PASSWORD@HOST/DATABASE",
            )),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    /// Without the server, whose address may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => f.debug_tuple("Sqlite").field(file).finish(),
            Self::Postgres(_) => f.debug_struct("Postgres").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_files_or_servers() {
        for (url, file) in [
            ("sqlite:///var/lib/mynah.db", Some("/var/lib/mynah.db")),
            ("/var/lib/mynah.db", Some("/var/lib/mynah.db")),
            ("postgres://ann:hunter2@db/mynah?sslmode=require", None),
            ("postgresql://db/mynah", None),
        ] {
            let parsed: DatabaseUrl = url.parse().unwrap();
            assert_eq!(parsed.file(), file.map(Path::new), "{url}");
            assert!(!format!("{parsed:?}").contains("hunter2"));
        }
        for url in [
            "",
            "mynah.db",
            "sqlite://mynah.db",
            "sqlite:///",
            "mysql://ann:hunter2@db/mynah",
            "postgres://ann:hunter2@db:port/mynah",
        ] {
            let error = url.parse::<DatabaseUrl>().unwrap_err();
            assert!(matches!(error, DatabaseError::Url(_)), "{url}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
