//! The keys and limits of the HTTP server, as the WebSocket server asks for them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use mynah_api::ErrorCode;
use mynah_gateway::{Account, Caller, Client, KeyCheck, KeyRefusal};
use mynah_server::{Authenticator, Principal};

/// When to come again where a refusal does not say.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Checks the keys of clients, and counts what they use with their requests over HTTP.
pub(crate) struct AuthenticatedClients(pub(crate) Authenticator);

/// What a client's session uses.
struct SessionAccount(Principal);

impl KeyCheck for AuthenticatedClients {
    fn check(&self, key: Option<&str>, peer: Option<IpAddr>) -> Result<Client, KeyRefusal> {
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let principal = self
            .0
            .enter(key, peer)
            .map_err(|refusal| match refusal.code {
                ErrorCode::RateLimited => KeyRefusal::RateLimited {
                    retry_after: refusal.retry_after.unwrap_or(RETRY_DELAY),
                },
                ErrorCode::KeysUnavailable => KeyRefusal::Unavailable,
                ErrorCode::MissingApiKey => KeyRefusal::Missing,
                _ => KeyRefusal::Unknown,
            })?;
        let caller = match principal.caller() {
            mynah_server::Caller::Key(id) => Caller::Key(id.to_string()),
            mynah_server::Caller::Address(_) => Caller::Anyone,
        };
        Ok(Client {
            caller,
            party: Some(principal.party()),
            revoked: principal.revocation(),
            account: Arc::new(SessionAccount(principal)),
        })
    }
}

impl Account for SessionAccount {
    fn check(&self) -> Result<(), Duration> {
        let left = self.0.may_use_sound();
        left.map_err(|refusal| refusal.retry_after.unwrap_or(RETRY_DELAY))
    }

    fn charge(&self, audio: Duration) {
        self.0.used_sound(audio);
    }
}
