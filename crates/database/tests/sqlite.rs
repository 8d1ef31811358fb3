//! What SQLite alone has: a file, its owner, and processes that create it at once. Statements are tested on
//! both databases where they are used.
#![allow(clippy::unwrap_used)]

use mynah_database::{Database, DatabaseError, DatabaseUrl, sqlx, transaction, with_pool};
use tempfile::TempDir;

fn url(folder: &TempDir) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.path().join("new/mynah.db"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_created_for_its_owner_alone() {
    use std::os::unix::fs::MetadataExt as _;

    let folder = TempDir::new().unwrap();
    let url = url(&folder);
    let database = Database::open(&url).await.unwrap();
    database.ping().await.unwrap();
    let file = url.file().unwrap();
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(
        file.parent().unwrap().metadata().unwrap().mode() & 0o777,
        0o700
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_many_open_at_once_is_created_once() {
    let folder = TempDir::new().unwrap();
    let url = url(&folder);
    let opening: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { Database::open(&url).await }
            })
        })
        .collect();
    for opened in opening {
        opened.await.unwrap().unwrap().ping().await.unwrap();
    }
}

async fn take_number(database: &Database, number: i64, fail: bool) -> Result<(), DatabaseError> {
    transaction!(database, connection => {
        sqlx::query("UPDATE voices_revision SET revision = $1")
            .bind(number)
            .execute(&mut *connection)
            .await?;
        if fail {
            return Err(DatabaseError::Url("stands for any error"));
        }
    });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_fails_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let url = url(&folder);
    let database = Database::open(&url).await.unwrap();
    let number = async || -> Result<i64, DatabaseError> {
        let other = Database::open(&url).await?;
        Ok(with_pool!(other, pool => {
            sqlx::query_scalar("SELECT revision FROM voices_revision").fetch_one(pool).await?
        }))
    };
    take_number(&database, 7, false).await.unwrap();
    take_number(&database, 8, true).await.unwrap_err();
    assert_eq!(number().await.unwrap(), 7);
}

async fn insert(database: &Database) -> Result<(), DatabaseError> {
    with_pool!(database, pool => {
        sqlx::query(
            "INSERT INTO clips (id, workspace, sha256, bytes, samples, quality, created_at) \
             VALUES ('clp_1', 'w', 'x', 1, 1, '{}', 1)",
        )
        .execute(pool)
        .await?;
    });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_tell_a_conflict_from_a_defect() {
    let folder = TempDir::new().unwrap();
    let database = Database::open(&url(&folder)).await.unwrap();
    insert(&database).await.unwrap();
    let again = insert(&database).await.unwrap_err();
    assert!(matches!(again, DatabaseError::Conflict(_)) && !again.is_transient());
    let wrong = async || -> Result<(), DatabaseError> {
        with_pool!(database, pool => {
            sqlx::query("SELECT nothing FROM nowhere").execute(pool).await?;
        });
        Ok(())
    };
    let wrong = wrong().await.unwrap_err();
    assert!(matches!(wrong, DatabaseError::Statement(_)) && !wrong.is_transient());
    database.close().await;
    let closed = database.ping().await.unwrap_err();
    assert!(closed.is_transient(), "{closed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_later_or_other_versions_are_refused() {
    let folder = TempDir::new().unwrap();
    let url = url(&folder);
    let database = Database::open(&url).await.unwrap();
    let run = async |statement: &'static str| {
        with_pool!(database, pool => drop(sqlx::query(statement).execute(pool).await.unwrap()));
    };
    run("UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let changed = Database::open(&url).await.unwrap_err();
    assert!(matches!(changed, DatabaseError::Schema(_)), "{changed:?}");
    run(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', TRUE, x'00', 0)",
    )
    .await;
    let later = Database::open(&url).await.unwrap_err();
    assert!(
        matches!(later, DatabaseError::LaterVersion { version: 9999 }),
        "{later:?}"
    );

    let file = folder.path().join("other.db");
    std::fs::write(&file, "no database at all, but long enough to be looked at").unwrap();
    assert!(Database::open(&DatabaseUrl::Sqlite(file)).await.is_err());
}
