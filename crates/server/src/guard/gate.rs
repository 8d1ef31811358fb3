//! The one check of keys and limits that every door uses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use mynah_admission::ClientKey;
use mynah_api::ErrorCode;
use tokio_util::sync::CancellationToken;

use super::exposure::is_local;
use crate::ServerSettings;
use crate::keys::{KeyStore, KnownKey};
use crate::limit::{Budget, Caller, Rate};

/// When to come again where the file of keys cannot be read.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(5);

/// Knows the keys and counts what each caller uses. Cheap to clone; clones count together, so
/// that a caller's limits hold over all doors.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

struct Inner {
    keys: KeyStore,
    required: bool,
    requests: Rate,
    sound: Budget,
    /// The share of the places that a key may hold, in percent.
    share_percent: u8,
    /// Names and ids of keys that may hold all.
    without_share: Vec<String>,
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
pub struct Principal {
    caller: Caller,
    /// Cancelled once the key opens nothing any more; none where none was needed.
    revoked: Option<CancellationToken>,
    authenticator: Authenticator,
}

impl Authenticator {
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
                share_percent: limits.key_share_percent.clamp(1, 100) as u8,
                without_share: limits.keys_without_share.clone(),
            }),
        }
    }

    /// Lets a caller in, and counts the request. Where no key is needed a wrong one does no harm:
    /// OpenAI's clients always send something.
    ///
    /// # Errors
    /// `missing_api_key`, `invalid_api_key`, `rate_limited`; `keys_unavailable` where the file of
    /// keys cannot be read.
    pub fn enter(&self, presented: Option<&str>, peer: IpAddr) -> Result<Principal, Refusal> {
        let key = self.identify(presented);
        let known = key.as_ref().ok().cloned().flatten();
        let caller = known.map_or_else(|| Caller::at(peer), |known| Caller::Key(known.id));
        // Counted before the key is judged, so that guessing is slow as well.
        self.inner.requests.count(&caller).map_err(|wait| Refusal {
            code: ErrorCode::RateLimited,
            message: "too many requests; wait as long as Retry-After says".into(),
            retry_after: Some(wait),
        })?;
        key.map(|known| Principal {
            caller,
            revoked: known.map(|known| known.revoked),
            authenticator: self.clone(),
        })
    }

    /// Whose key this is; no one's where none is needed.
    fn identify(&self, presented: Option<&str>) -> Result<Option<KnownKey>, Refusal> {
        let required = self.inner.required;
        match presented.map(|key| self.inner.keys.lookup(key)) {
            None if required => Err(Refusal::new(
                ErrorCode::MissingApiKey,
                "this server asks for a key: send `Authorization: Bearer KEY`",
            )),
            Some(Ok(None)) if required => Err(Refusal::new(
                ErrorCode::InvalidApiKey,
                "this key is unknown or was revoked",
            )),
            Some(Err(_)) if required => Err(Refusal::unavailable()),
            Some(Ok(known)) => Ok(known),
            None | Some(Err(_)) => Ok(None),
        }
    }

    /// Whose places and turns a caller's work is counted with, and its share of them.
    fn party(&self, caller: &Caller) -> ClientKey {
        let inner = &self.inner;
        let records = inner.keys.list();
        let party = match caller {
            Caller::Key(id) => ClientKey::new(format!("key:{id}")),
            Caller::Address(address) => ClientKey::new(format!("address:{address}")),
        };
        let named = |name: &str| inner.without_share.iter().any(|own| own == name);
        let exempt = records.iter().any(|record| {
            matches!(caller, Caller::Key(id) if *id == record.id)
                && (named(&record.name) || named(record.id.as_str()))
        });
        if exempt || records.len() < 2 {
            return party;
        }
        party.with_max_percent(inner.share_percent)
    }

    /// Whether a key is needed.
    pub fn requires_key(&self) -> bool {
        self.inner.required
    }

    /// The keys.
    pub fn keys(&self) -> &KeyStore {
        &self.inner.keys
    }

    /// Forgets callers who have used nothing for long, and keys that are gone.
    pub(crate) fn tidy(&self) {
        let records = self.inner.keys.list();
        self.inner.requests.tidy();
        self.inner
            .sound
            .tidy(|id| records.iter().any(|record| record.id == *id));
    }
}

impl Refusal {
    fn new(code: ErrorCode, message: &str) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    fn unavailable() -> Self {
        let message = "the keys of this server cannot be read; come again";
        Self {
            retry_after: Some(RETRY_UNAVAILABLE),
            ..Self::new(ErrorCode::KeysUnavailable, message)
        }
    }
}

impl Principal {
    /// Whether there is sound left for this caller.
    ///
    /// # Errors
    /// `rate_limited`, with the time until there is.
    pub fn may_use_sound(&self) -> Result<(), Refusal> {
        self.authenticator
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
        self.authenticator.inner.sound.charge(&self.caller, sound);
    }

    /// Waits until the key opens nothing any more, and says why; for ever where none was needed.
    /// What a caller has open ends then.
    pub async fn revoked(&self) -> Refusal {
        match &self.revoked {
            Some(revoked) => revoked.cancelled().await,
            None => std::future::pending().await,
        }
        if self.authenticator.inner.keys.is_available() {
            Refusal::new(ErrorCode::InvalidApiKey, "this key was revoked")
        } else {
            Refusal::unavailable()
        }
    }

    /// The signal that the key opens nothing any more; one that never comes where none was needed.
    pub fn revocation(&self) -> CancellationToken {
        self.revoked.clone().unwrap_or_default()
    }

    /// Whether it was let in by a key, which can be revoked.
    pub const fn has_key(&self) -> bool {
        self.revoked.is_some()
    }

    /// Whose places and turns its work is counted with.
    pub fn party(&self) -> ClientKey {
        self.authenticator.party(&self.caller)
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

    fn authenticator(
        address: &str,
        change: impl FnOnce(&mut ServerSettings),
    ) -> (tempfile::TempDir, Authenticator) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(folder.path().join("keys.json")).unwrap();
        let mut settings = ServerSettings::default();
        change(&mut settings);
        (
            folder,
            Authenticator::new(keys, address.parse().unwrap(), &settings),
        )
    }

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn beyond_loopback_only_a_known_key_opens() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |_| ());
        let (key, record) = authenticator.keys().add("Ada").unwrap();
        let code = |presented| {
            authenticator
                .enter(presented, PEER)
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code(None), Some(ErrorCode::MissingApiKey));
        assert_eq!(code(Some("mynah-no")), Some(ErrorCode::InvalidApiKey));
        let principal = authenticator.enter(Some(key.reveal()), PEER).ok().unwrap();
        assert_eq!(*principal.caller(), Caller::Key(record.id));
    }

    #[test]
    fn on_loopback_anything_opens_unless_the_settings_say_otherwise() {
        let (_folder, open) = authenticator("127.0.0.1:80", |_| ());
        assert!(open.enter(None, PEER).is_ok() && open.enter(Some("sk-any"), PEER).is_ok());
        let (_folder, shut) =
            authenticator("127.0.0.1:80", |settings| settings.require_keys = true);
        assert!(shut.enter(None, PEER).is_err() && shut.enter(Some("sk-any"), PEER).is_err());
    }

    #[test]
    fn guesses_count_against_the_address() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.limits.requests_per_minute = 1;
            settings.limits.request_burst = 2;
        });
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let code = |presented| {
            authenticator
                .enter(presented, PEER)
                .err()
                .map(|refusal| refusal.code)
        };
        assert_eq!(code(Some("one")), Some(ErrorCode::InvalidApiKey));
        assert_eq!(code(Some("two")), Some(ErrorCode::InvalidApiKey));
        assert_eq!(code(Some("three")), Some(ErrorCode::RateLimited));
        assert_eq!(code(Some(key.reveal())), None);
    }

    #[test]
    fn many_guesses_and_many_addresses_take_bounded_memory() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.limits.requests_per_minute = 1;
            settings.limits.request_burst = 1;
        });
        for guess in 0..10_000 {
            assert!(
                authenticator
                    .enter(Some(&format!("mynah-{guess}")), PEER)
                    .is_err()
            );
        }
        assert_eq!(authenticator.inner.requests.len(), 1);
        for network in 0..70_000_u128 {
            let peer = IpAddr::V6((network << 64).into());
            assert!(authenticator.enter(Some("mynah-guess"), peer).is_err());
        }
        assert!(authenticator.inner.requests.len() <= 1 << 16);
        // The counts of keys that are gone are forgotten.
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let principal = authenticator.enter(Some(key.reveal()), PEER).ok().unwrap();
        principal.used_sound(Duration::from_secs(1_000_000));
        authenticator.tidy();
        assert_eq!(authenticator.inner.sound.len(), 1);
        authenticator.keys().revoke("Ada").unwrap();
        authenticator.tidy();
        assert_eq!(authenticator.inner.sound.len(), 0);
    }

    #[test]
    fn a_key_has_a_share_where_there_is_another_and_it_is_no_relay() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.limits.keys_without_share = vec!["relay".into()];
        });
        let (ada, _) = authenticator.keys().add("Ada").unwrap();
        let most = |key: &str| {
            let principal = authenticator.enter(Some(key), PEER).ok().unwrap();
            principal.party().share_of(10)
        };
        assert_eq!(most(ada.reveal()), 10);
        let (relay, _) = authenticator.keys().add("relay").unwrap();
        assert_eq!((most(ada.reveal()), most(relay.reveal())), (5, 10));
    }

    #[tokio::test]
    async fn a_visitor_learns_that_the_key_was_revoked() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |_| ());
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let principal = authenticator.enter(Some(key.reveal()), PEER).ok().unwrap();
        let mut revoked = Box::pin(principal.revoked());
        assert!(futures_util::poll!(revoked.as_mut()).is_pending());
        authenticator.keys().revoke("Ada").unwrap();
        assert_eq!(revoked.await.code, ErrorCode::InvalidApiKey);
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
