//! What is kept of a session: a list with links, and its deletion.
//!
//! A request with the session's resume token is served, also when the token has expired. The
//! token comes in the header `mynah-resume-token`, beside the key that every request needs.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mynah_auth::KeyId;
use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use mynah_bus_session::{ObjectStoreError, StoredObject};
use serde::Serialize;

use crate::backend::SessionObjects;
use crate::gateway::Gateway;
use crate::request_error::RequestError;
use crate::upgrade::authenticate;

/// Where a session is deleted.
pub(crate) const SESSION: &str = "/v1/realtime/sessions/{id}";
/// Where its objects are listed.
pub(crate) const OBJECTS: &str = "/v1/realtime/sessions/{id}/objects";
/// The header with the token.
const TOKEN: &str = "mynah-resume-token";

#[derive(Serialize)]
struct Objects {
    object: &'static str,
    data: Vec<StoredObject>,
}

#[derive(Serialize)]
struct Deleted {
    id: String,
    object: &'static str,
    deleted: bool,
    /// How many objects were deleted just now.
    objects: u64,
    /// When the last record of the session expires on the bus, in seconds since 1970.
    records_expire_at: i64,
    /// When the last of its dead letters expires, likewise.
    dead_letters_expire_at: i64,
}

/// `GET /v1/realtime/sessions/{id}/objects`.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, RequestError> {
    let (objects, session) = owned(&gateway, &id, &headers, &extensions)?;
    let data = objects
        .store
        .kept(&session)
        .await
        .map_err(|error| away(&error))?;
    let listed = Objects {
        object: "list",
        data,
    };
    // Links are for one client, and for no cache.
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(listed)).into_response())
}

/// `DELETE /v1/realtime/sessions/{id}`.
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, RequestError> {
    let (objects, session) = owned(&gateway, &id, &headers, &extensions)?;
    let (records, dead_letters) = objects.retention;
    let deleted = objects.store.delete(&session).await;
    let objects = deleted.map_err(|error| away(&error))?;
    tracing::info!(%session, objects, "a session was deleted");
    let now = now_ms() / 1_000;
    let deleted = Deleted {
        id,
        object: "realtime.session.deleted",
        deleted: true,
        objects,
        records_expire_at: now + records.as_secs() as i64,
        dead_letters_expire_at: now + dead_letters.as_secs() as i64,
    };
    Ok(Json(deleted).into_response())
}

/// The session of this name, for the client that has its token, and where its objects are.
fn owned<'a>(
    gateway: &'a Gateway,
    id: &str,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(SessionObjects<'a>, SessionId), RequestError> {
    let principal = authenticate(gateway, headers, extensions)?;
    let objects = gateway
        .0
        .backend
        .sessions()
        .objects()
        .ok_or(RequestError::UnknownSession)?;
    let token = headers.get(TOKEN).and_then(|own| own.to_str().ok());
    let claims = token.and_then(|token| {
        // Also a token that has expired.
        let tokens = &gateway.0.tokens;
        tokens.open(
            token,
            i64::MIN,
            principal.caller().key_id().map(KeyId::as_str),
        )
    });
    let session = claims.and_then(|claims| claims.session());
    let session = session.filter(|own| id.strip_prefix("sess_").unwrap_or(id) == plain(own));
    Ok((objects, session.ok_or(RequestError::UnknownSession)?))
}

/// A session's name as clients see it, without its prefix.
fn plain(session: &SessionId) -> String {
    session.as_str().replace('-', "")
}

fn away(error: &ObjectStoreError) -> RequestError {
    tracing::warn!(%error, "what is kept of a session can't be reached");
    RequestError::StoreUnavailable
}
