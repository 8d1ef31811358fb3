//! Layer 0: the database, SQLite or Postgres, and its migrations.
//!
//! Statements are written once, in the SQL that both understand: parameters are `$1`, numbers `BIGINT`,
//! times milliseconds since 1970, lists and maps JSON as `TEXT`. [`with_pool!`] runs a query on whichever
//! pool it is, and [`transaction!`] several as one.

mod database;
mod error;
mod migration;
mod url;

pub use database::{Database, Pool};
pub use error::DatabaseError;
pub use sqlx;
pub use url::DatabaseUrl;

/// Evaluates an expression with the pool of a [`Database`].
///
/// ```ignore
/// let voices = with_pool!(database, pool => {
///     sqlx::query_as::<_, Row>("SELECT id, name FROM voices WHERE workspace = $1")
///         .bind(workspace)
///         .fetch_all(pool)
///         .await?
/// });
/// ```
#[macro_export]
macro_rules! with_pool {
    ($database:expr, $pool:ident => $body:expr) => {
        match $database.pool() {
            $crate::Pool::Sqlite($pool) => $body,
            $crate::Pool::Postgres($pool) => $body,
        }
    };
}

/// Evaluates a block with a connection in a transaction for writing, and commits it. A `?` in the block
/// rolls back. The block must be within a function whose error is made from a [`sqlx::Error`].
///
/// On SQLite the transaction takes the lock for writing at its start (`BEGIN IMMEDIATE`), since one that
/// reads first could not get it later.
#[macro_export]
macro_rules! transaction {
    ($database:expr, $connection:ident => $body:block) => {
        match $database.pool() {
            $crate::Pool::Sqlite(pool) => {
                let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                let output = {
                    let $connection = &mut *transaction;
                    $body
                };
                transaction.commit().await?;
                output
            }
            $crate::Pool::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let output = {
                    let $connection = &mut *transaction;
                    $body
                };
                transaction.commit().await?;
                output
            }
        }
    };
}
