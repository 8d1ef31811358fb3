//! The one check of keys and limits that every door uses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use mynah_api::ErrorCode;

use super::exposure::is_local;
use crate::ServerSettings;
use crate::keys::{KeyId, KeyStore};
use crate::limit::{Budget, Caller, Rate};

/// Knows the keys and counts what each caller uses. Cheap to clone; clones count together, so
/// that a caller's limits hold over all doors.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    keys: KeyStore,
    required: bool,
    requests: Rate,
    sound: Budget,
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The stable name of the reason.
    pub code: ErrorCode,
    /// What is wrong and what would be right.
    pub message: String,
    /// When to come again, where waiting helps.
    pub retry_after: Option<Duration>,
}

/// Somebody who was let in.
#[derive(Clone)]
pub struct Visitor {
    caller: Caller,
    gate: Gate,
}

impl Gate {
    /// A gate for a server that listens on `address`. Keys are required where others can reach
    /// it, or where the settings say so.
    pub fn new(keys: KeyStore, address: SocketAddr, settings: &ServerSettings) -> Self {
        let limits = &settings.limits;
        Self {
            inner: Arc::new(Inner {
                keys,
                required: settings.require_keys || !is_local(address),
                requests: Rate::new(limits.requests_per_minute, limits.request_burst),
                sound: Budget::new(limits.audio_seconds_per_hour, limits.audio_burst_seconds),
            }),
        }
    }

    /// Lets a caller in, and counts the request. Where no key is needed a wrong one does no harm:
    /// OpenAI's clients always send something.
    ///
    /// # Errors
    /// `missing_api_key`, `invalid_api_key`, `rate_limited`.
    pub fn enter(&self, presented: Option<&str>, peer: IpAddr) -> Result<Visitor, Refusal> {
        let key = self.identify(presented);
        let known = key.as_ref().ok().cloned().flatten();
        let caller = known.map_or_else(|| Caller::at(peer), Caller::Key);
        // Counted before the key is judged, so that guessing is slow as well.
        self.inner.requests.count(&caller).map_err(|wait| Refusal {
            code: ErrorCode::RateLimited,
            message: "too many requests; wait as long as Retry-After says".into(),
            retry_after: Some(wait),
        })?;
        key.map(|_| Visitor {
            caller,
            gate: self.clone(),
        })
    }

    /// Whose key this is, for doors that count for themselves; nobody's where none is needed.
    ///
    /// # Errors
    /// `missing_api_key`, `invalid_api_key`.
    pub fn identify(&self, presented: Option<&str>) -> Result<Option<KeyId>, Refusal> {
        let known = presented.and_then(|key| self.inner.keys.find(key));
        let refuse = |code, message: &str| {
            Err(Refusal {
                code,
                message: message.into(),
                retry_after: None,
            })
        };
        match (known, presented) {
            (None, None) if self.inner.required => refuse(
                ErrorCode::MissingApiKey,
                "this server asks for a key: send `Authorization: Bearer KEY`",
            ),
            (None, Some(_)) if self.inner.required => refuse(
                ErrorCode::InvalidApiKey,
                "this key is unknown or was revoked",
            ),
            (known, _) => Ok(known),
        }
    }

    /// Whether a key is needed.
    pub fn requires_key(&self) -> bool {
        self.inner.required
    }

    /// The keys.
    pub fn keys(&self) -> &KeyStore {
        &self.inner.keys
    }

    /// Forgets callers who have used nothing for long.
    pub(crate) fn tidy(&self) {
        self.inner.requests.tidy();
        self.inner.sound.tidy();
    }
}

impl Visitor {
    /// Whether there is sound left for this caller.
    ///
    /// # Errors
    /// `rate_limited`, with the time until there is.
    pub fn may_use_sound(&self) -> Result<(), Refusal> {
        self.gate
            .inner
            .sound
            .check(&self.caller)
            .map_err(|wait| Refusal {
                code: ErrorCode::RateLimited,
                message: "the seconds of sound are used up; wait as long as Retry-After says"
                    .into(),
                retry_after: Some(wait),
            })
    }

    /// Charges sound that was spoken or heard for this caller.
    pub fn used_sound(&self, sound: Duration) {
        self.gate.inner.sound.charge(&self.caller, sound);
    }

    /// Who it is.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// The key in an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(address: &str, change: impl FnOnce(&mut ServerSettings)) -> (tempfile::TempDir, Gate) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(folder.path().join("keys.json")).unwrap();
        let mut settings = ServerSettings::default();
        change(&mut settings);
        (folder, Gate::new(keys, address.parse().unwrap(), &settings))
    }

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn beyond_loopback_only_a_known_key_opens() {
        let (_folder, gate) = gate("0.0.0.0:80", |_| ());
        let (key, record) = gate.keys().add("Ada").unwrap();
        let code = |presented| {
            gate.enter(presented, PEER)
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code(None), Some(ErrorCode::MissingApiKey));
        assert_eq!(code(Some("mynah-no")), Some(ErrorCode::InvalidApiKey));
        let visitor = gate.enter(Some(key.reveal()), PEER).ok().unwrap();
        assert_eq!(*visitor.caller(), Caller::Key(record.id));
    }

    #[test]
    fn on_loopback_anything_opens_unless_the_settings_say_otherwise() {
        let (_folder, open) = gate("127.0.0.1:80", |_| ());
        assert!(open.enter(None, PEER).is_ok() && open.enter(Some("sk-any"), PEER).is_ok());
        let (_folder, shut) = gate("127.0.0.1:80", |settings| settings.require_keys = true);
        assert!(shut.enter(None, PEER).is_err() && shut.enter(Some("sk-any"), PEER).is_err());
    }

    #[test]
    fn guesses_count_against_the_address() {
        let (_folder, gate) = gate("0.0.0.0:80", |settings| {
            settings.limits.requests_per_minute = 1;
            settings.limits.request_burst = 2;
        });
        let (key, _) = gate.keys().add("Ada").unwrap();
        let code = |presented| {
            gate.enter(presented, PEER)
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code(Some("one")), Some(ErrorCode::InvalidApiKey));
        assert_eq!(code(Some("two")), Some(ErrorCode::InvalidApiKey));
        assert_eq!(code(Some("three")), Some(ErrorCode::RateLimited));
        assert_eq!(code(Some(key.reveal())), None);
    }

    #[test]
    fn a_bearer_is_read_in_either_case() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(with("Bearer mynah-1").as_deref(), Some("mynah-1"));
        assert_eq!(with("bearer  mynah-1 ").as_deref(), Some("mynah-1"));
        assert_eq!(with("Basic mynah-1"), None);
        assert_eq!(with("Bearer"), None);
    }
}
