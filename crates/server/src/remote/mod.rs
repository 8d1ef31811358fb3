//! Reference audio from a URL: fetched only if the operator allows it, and only from hosts on the
//! public internet.
//!
//! A URL of a client makes this server send a request, which could reach hosts that the client
//! cannot (server-side request forgery, OWASP). So the name is resolved once, every address of it
//! must be public, and the connection goes to exactly those addresses, which leaves no time for the
//! name to change (DNS rebinding). Only the ports of HTTP are allowed, no redirect is followed, no
//! proxy is used, and bytes and time are limited. All failures have the same message, so that a
//! client cannot distinguish a closed port from an open one, or a private name from one that does
//! not exist.

mod address;
mod fetch;
mod guarded;

use std::net::SocketAddr;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::blocking::holding;
use crate::error::ApiError;
use crate::{RemoteReference, ServerSettings};

/// Fetches reference audio.
#[derive(Clone)]
pub(crate) struct Remote {
    mode: RemoteReference,
    timeout: Duration,
    max_bytes: usize,
    /// Whether an address may be reached. Only tests use another function than
    /// [`address::is_allowed`].
    allowed: fn(SocketAddr) -> bool,
}

impl Remote {
    pub(crate) fn new(settings: &ServerSettings) -> Self {
        Self {
            mode: settings.remote_reference,
            timeout: Duration::from_secs(settings.limits.remote_seconds),
            max_bytes: settings.limits.reference_bytes,
            allowed: address::is_allowed,
        }
    }

    /// Refuses at once if fetching is off.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        match self.mode {
            RemoteReference::Off => Err(refused(
                "this server fetches no audio from URLs; send the audio itself: as base64, as a data \
                 URL, or as an upload of a form (its operator can set `server.remote_reference`)",
            )),
            RemoteReference::Https | RemoteReference::Http => Ok(()),
        }
    }

    /// The file at a URL. Dropping the future cancels the transfer, which holds `held` until its
    /// end.
    pub(crate) async fn fetch<H: Send + 'static>(
        &self,
        address: String,
        held: H,
    ) -> Result<Vec<u8>, ApiError> {
        self.check()?;
        let cancel = CancellationToken::new();
        let _stop = cancel.clone().drop_guard();
        let remote = self.clone();
        let (file, _) = holding(held, move |_| fetch::file(&remote, &address, &cancel)).await?;
        file
    }
}

fn refused(message: impl Into<String>) -> ApiError {
    ApiError::Invalid {
        param: "ref_audio",
        message: message.into(),
    }
}
