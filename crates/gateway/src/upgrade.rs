//! From an HTTP request to a WebSocket, or to a refusal.

use std::net::SocketAddr;

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Query, State, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mynah_admission::ClientKey;
use mynah_api::realtime::{KEY_SUBPROTOCOL_PREFIX, SUBPROTOCOL};
use serde::Deserialize;

use crate::audio::AudioConnection;
use crate::connection::Connection;
use crate::fault::End;
use crate::gateway::Gateway;
use crate::key::{Client, KeyRefusal};
use crate::refusal::Refusal;

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
        Err(refusal) => refusal.into_response(),
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
    let identified = identify(&gateway, &headers, &extensions).and_then(with_audio_left);
    let (client, party) = match identified {
        Ok(identified) => identified,
        Err(refusal) => return refusal.into_response(),
    };
    let shared = &gateway.0;
    let admission = shared.audio_connections.admit(&party).ok();
    let recording = AudioConnection {
        backend: shared.backend.for_client(party),
        client,
        settings: shared.settings.clone(),
        shutdown: shared.shutdown.clone(),
        progress: extensions.get().cloned(),
    };
    let limit = &shared.settings.ws_audio;
    let readable = READABLE * limit.max_chunk_bytes.max(LONGEST_TEXT);
    let token = shared.sessions.token();
    socket
        .max_message_size(readable)
        .max_frame_size(readable)
        .on_upgrade(|socket| async move {
            let _held = token;
            match admission {
                Some(_admission) => recording.serve(socket).await,
                None => AudioConnection::refuse(socket, End::too_many()).await,
            }
        })
}

/// Who comes, if they may, and whose places their work is counted with.
pub(crate) fn identify(
    gateway: &Gateway,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(Client, ClientKey), Refusal> {
    let shared = &gateway.0;
    if shared.shutdown.is_cancelled() {
        return Err(Refusal::ShuttingDown);
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        // No browser sends two: which of them is meant is anyone's guess.
        if origins.next().is_some() {
            return Err(Refusal::Origin);
        }
        let origin = origin.to_str().map_err(|_| Refusal::Origin)?;
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        if !shared.origins.allows(origin, host) {
            return Err(Refusal::Origin);
        }
    }
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let client = shared
        .keys
        .check(key(headers), peer)
        .map_err(Refusal::Key)?;
    let party = client.party_at(peer);
    Ok((client, party))
}

/// Turns away a client that has used up its audio, while a status can say so.
fn with_audio_left(identified: (Client, ClientKey)) -> Result<(Client, ClientKey), Refusal> {
    match identified.0.account.check() {
        Ok(()) => Ok(identified),
        Err(retry_after) => Err(Refusal::Key(KeyRefusal::RateLimited { retry_after })),
    }
}

fn admit(
    gateway: &Gateway,
    model: Option<String>,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(crate::admission::Admission, Connection), Refusal> {
    let shared = &gateway.0;
    let (client, party) = identify(gateway, headers, extensions).and_then(with_audio_left)?;
    let model = model.ok_or(Refusal::NoModel)?;
    if !(1..=MAX_MODEL_CHARS).contains(&model.chars().count()) {
        return Err(Refusal::Model);
    }
    let api_key = client.caller.api_key().map(str::to_owned);
    let admission = shared.connections.admit(&party).map_err(Refusal::TooMany)?;
    let connection = Connection {
        backend: shared.backend.for_client(party),
        client,
        settings: shared.settings.clone(),
        model,
        api_key,
        shutdown: shared.shutdown.clone(),
        progress: extensions.get().cloned(),
    };
    Ok((admission, connection))
}

/// The key, from where programs put it or from where browsers can.
fn key(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).or_else(|| {
        let protocols = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let names = protocols.iter().filter_map(|value| value.to_str().ok());
        names
            .flat_map(|list| list.split(','))
            .find_map(|name| name.trim().strip_prefix(KEY_SUBPROTOCOL_PREFIX))
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
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
            assert_eq!(key(&headers), expected, "{headers:?}");
        }
    }
}
