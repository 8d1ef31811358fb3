//! Reference audio from elsewhere: fetched only where the operator allows it, and only from hosts
//! on the public internet.
//!
//! What a caller names here, this server asks for: without care it would reach what the caller
//! cannot (server-side request forgery, OWASP). So: the name is looked up once, every address that
//! it has must be public, and the connection goes to those very addresses, which leaves no time for
//! the name to mean something else (DNS rebinding). Only the ports of HTTP are asked. No redirect is
//! followed, no proxy is asked, and bytes and time are bounded. All failures read alike, so that a
//! client cannot tell a closed port from an open one, or a private name from one that does not
//! exist.

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
    time: Duration,
    most: usize,
    /// Which addresses may be reached. Anything else than [`address::is_allowed`] is for tests.
    allowed: fn(SocketAddr) -> bool,
}

impl Remote {
    pub(crate) fn new(settings: &ServerSettings) -> Self {
        Self {
            mode: settings.remote_reference,
            time: Duration::from_secs(settings.limits.remote_seconds),
            most: settings.limits.reference_bytes,
            allowed: address::is_allowed,
        }
    }

    /// Refuses at once where nothing is fetched.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        match self.mode {
            RemoteReference::Off => Err(refused(
                "this server fetches no audio from elsewhere; send the audio itself: as base64, as \
                 a data URL, or as an upload of a form (whoever runs it can set \
                 `server.remote_reference`)",
            )),
            RemoteReference::Https | RemoteReference::Http => Ok(()),
        }
    }

    /// The file at an address. Dropping the future ends the transfer, which holds `held` until
    /// it has ended.
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
