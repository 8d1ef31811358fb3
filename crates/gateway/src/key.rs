//! Who may come in. The server knows the keys; the gateway only asks.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mynah_admission::ClientKey;
use mynah_http::network_of;
use mynah_speech::Cancel;

/// Who somebody is, as far as a key tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The owner of a key, by the key's public name. Never the key itself.
    Key(String),
    /// Anybody: no key is needed.
    Anyone,
}

impl Caller {
    /// The public name of the API key; none where none is needed.
    pub(crate) fn api_key(&self) -> Option<&str> {
        match self {
            Self::Key(name) => Some(name),
            Self::Anyone => None,
        }
    }
}

/// Why a key opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// None was sent, and one is needed.
    Missing,
    /// It is unknown or was revoked.
    Unknown,
    /// This key or address has sent too many requests, or has used up its seconds of audio.
    RateLimited {
        /// When to come again.
        retry_after: Duration,
    },
    /// The keys cannot be read.
    Unavailable,
}

/// A client that was let in.
#[derive(Clone)]
pub struct Client {
    /// Who it is.
    pub caller: Caller,
    /// Whose places and turns its work is counted with; none where the address alone tells.
    pub party: Option<ClientKey>,
    /// Cancelled once its key opens nothing any more. Its sessions end then.
    pub revoked: Cancel,
    /// What it may use.
    pub account: Arc<dyn Account>,
}

/// What a client may use. Clones of one client count together.
pub trait Account: Send + Sync + 'static {
    /// Whether there is audio left.
    ///
    /// # Errors
    /// When there will be.
    fn check(&self) -> Result<(), Duration>;

    /// Charges audio that was received or sent.
    fn charge(&self, audio: Duration);
}

/// An account without a limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl Account for Unlimited {
    fn check(&self) -> Result<(), Duration> {
        Ok(())
    }

    fn charge(&self, _audio: Duration) {}
}

impl From<Caller> for Client {
    /// A client without limits, whose key is never revoked.
    fn from(caller: Caller) -> Self {
        Self {
            caller,
            party: None,
            revoked: Cancel::new(),
            account: Arc::new(Unlimited),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Whose places its work is counted with: those of a key wherever its owner is; without keys,
    /// those of an address, of IPv6 of a network of 64 bits.
    pub(crate) fn party_at(&self, address: Option<IpAddr>) -> ClientKey {
        match (&self.party, &self.caller) {
            (Some(party), _) => party.clone(),
            (None, Caller::Key(name)) => ClientKey::new(format!("key:{name}")),
            (None, Caller::Anyone) => {
                let network = address.map(network_of);
                ClientKey::new(
                    network.map_or("address".into(), |network| format!("address:{network}")),
                )
            }
        }
    }
}

/// Checks keys, in constant time. Called before a connection is taken.
pub trait KeyCheck: Send + Sync + 'static {
    /// Who comes with this key, or without one, from this address.
    ///
    /// # Errors
    /// The caller's fault: a key is missing or unknown, or too many were tried.
    fn check(&self, key: Option<&str>, peer: Option<IpAddr>) -> Result<Client, KeyRefusal>;
}

impl<F> KeyCheck for F
where
    F: Fn(Option<&str>) -> Result<Caller, KeyRefusal> + Send + Sync + 'static,
{
    fn check(&self, key: Option<&str>, _peer: Option<IpAddr>) -> Result<Client, KeyRefusal> {
        self(key).map(Into::into)
    }
}

/// No key is needed: for a server that listens on loopback alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeyCheck for NoKeys {
    fn check(&self, _key: Option<&str>, _peer: Option<IpAddr>) -> Result<Client, KeyRefusal> {
        Ok(Caller::Anyone.into())
    }
}
