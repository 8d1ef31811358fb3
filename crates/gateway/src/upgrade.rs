//! From an HTTP request to a WebSocket, or to an error response.

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mynah_api::realtime::{KEY_SUBPROTOCOL_PREFIX, SUBPROTOCOL};
use mynah_auth::{AuthError, Principal};
use mynah_http::{bearer_token, peer_address};
use serde::Deserialize;

use crate::audio::{self, AudioProtocol};
use crate::connection::Connection;
use crate::connections::ConnectionSlot;
use crate::fault::End;
use crate::gateway::Gateway;
use crate::protocol::Protocol;
use crate::realtime::Realtime;
use crate::request_error::RequestError;

/// The longest name of a model, in characters.
const MAX_MODEL_CHARS: usize = 128;

/// How much larger a message may be than the limit and still be read, to be refused by an error
/// event and a clean close. Beyond that its bytes are not read at all.
const READABLE: usize = 2;

/// The longest text message of `/ws/audio`, in bytes.
const LONGEST_TEXT: usize = 4_096;

/// What stands in the address.
#[derive(Deserialize)]
pub(crate) struct Address {
    model: Option<String>,
}

pub(crate) async fn upgrade(
    State(gateway): State<Gateway>,
    address: Result<Query<Address>, QueryRejection>,
    headers: HeaderMap,
    extensions: Extensions,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let socket = match socket {
        Ok(socket) => socket,
        Err(rejection) => return rejection.into_response(),
    };
    let model = address.ok().and_then(|Query(address)| address.model);
    match admit(&gateway, model, &headers, &extensions) {
        Ok((admission, connection)) => {
            let readable = READABLE * gateway.0.settings.max_message_bytes;
            // Tracked from now on: a shutdown waits also for those that are being upgraded.
            let token = gateway.0.sessions.token();
            socket
                .protocols([SUBPROTOCOL])
                .max_message_size(readable)
                .max_frame_size(readable)
                .on_upgrade(|socket| async move {
                    let _held = (admission, token);
                    connection.serve(socket).await;
                })
        }
        Err(error) => error.into_response(),
    }
}

/// `GET /ws/audio`. Where all places are taken the client is told after the upgrade: only then
/// can it see the close code.
pub(crate) async fn upgrade_audio(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    extensions: Extensions,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let socket = match socket {
        Ok(socket) => socket,
        Err(rejection) => return rejection.into_response(),
    };
    let authenticated = authenticate(&gateway, &headers, &extensions).and_then(with_audio_left);
    let principal = match authenticated {
        Ok(principal) => principal,
        Err(error) => return error.into_response(),
    };
    let client = principal.client_key();
    let shared = &gateway.0;
    let admission = shared.audio_connections.admit(&client).ok();
    let connection = connection(&gateway, principal, &extensions, AudioProtocol);
    let limit = &shared.settings.ws_audio;
    let readable = READABLE * limit.max_chunk_bytes.max(LONGEST_TEXT);
    let token = shared.sessions.token();
    socket
        .max_message_size(readable)
        .max_frame_size(readable)
        .on_upgrade(|socket| async move {
            let _held = token;
            match admission {
                Some(_admission) => connection.serve(socket).await,
                None => audio::refuse(socket, End::too_many()).await,
            }
        })
}

/// Authenticates a client, whose page must have an allowed origin.
pub(crate) fn authenticate(
    gateway: &Gateway,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Principal, RequestError> {
    let shared = &gateway.0;
    if shared.shutdown.is_cancelled() {
        return Err(RequestError::ShuttingDown);
    }
    if !shared.origins.allows(headers) {
        return Err(RequestError::Origin);
    }
    let peer = peer_address(extensions);
    let principal = shared
        .authenticator
        .authenticate(key(headers).as_deref(), peer)?;
    Ok(principal)
}

/// Refuses a client without audio left, while an HTTP status can report it.
fn with_audio_left(principal: Principal) -> Result<Principal, RequestError> {
    match principal.check_audio_budget() {
        Ok(()) => Ok(principal),
        Err(exceeded) => Err(AuthError::from(exceeded).into()),
    }
}

fn admit(
    gateway: &Gateway,
    model: Option<String>,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(ConnectionSlot, Connection), RequestError> {
    let shared = &gateway.0;
    let principal = authenticate(gateway, headers, extensions).and_then(with_audio_left)?;
    let model = model.ok_or(RequestError::MissingModel)?;
    if !(1..=MAX_MODEL_CHARS).contains(&model.chars().count()) {
        return Err(RequestError::InvalidModel);
    }
    let api_key = principal.caller().key_id().map(ToString::to_string);
    let client = principal.client_key();
    let slot = shared
        .connections
        .admit(&client)
        .map_err(RequestError::TooManySessions)?;
    let protocol = Realtime {
        tokens: shared.tokens.clone(),
        model,
        api_key,
    };
    let connection = connection(gateway, principal, extensions, protocol);
    Ok((slot, connection))
}

fn connection(
    gateway: &Gateway,
    principal: Principal,
    extensions: &Extensions,
    protocol: impl Protocol,
) -> Connection {
    let shared = &gateway.0;
    Connection {
        protocol: Box::new(protocol),
        backend: shared.backend.clone(),
        principal,
        settings: shared.settings.clone(),
        charged_sessions: shared.charged_sessions.clone(),
        shutdown: shared.shutdown.clone(),
        progress: extensions.get().cloned(),
    }
}

/// The key from the `Authorization` header, or from a subprotocol, which browsers can set.
fn key(headers: &HeaderMap) -> Option<String> {
    bearer_token(headers).or_else(|| {
        let protocols = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let names = protocols.iter().filter_map(|value| value.to_str().ok());
        let key = names
            .flat_map(|list| list.split(','))
            .find_map(|name| name.trim().strip_prefix(KEY_SUBPROTOCOL_PREFIX));
        key.map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_comes_in_a_header_or_a_subprotocol() {
        let with = |name, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        let protocols = header::SEC_WEBSOCKET_PROTOCOL;
        for (headers, expected) in [
            (HeaderMap::new(), None),
            (with(header::AUTHORIZATION, "Bearer abc"), Some("abc")),
            (with(header::AUTHORIZATION, "bearer  abc"), Some("abc")),
            (with(header::AUTHORIZATION, "Basic abc"), None),
            (
                with(protocols.clone(), "realtime, openai-insecure-api-key.abc"),
                Some("abc"),
            ),
            (with(protocols, "realtime"), None),
        ] {
            assert_eq!(key(&headers).as_deref(), expected, "{headers:?}");
        }
    }
}
