//! The one check of keys and limits that every server uses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use mynah_admission::ClientKey;

use crate::audio_budget::AudioBudget;
use crate::rate_limit::RateLimit;
use crate::{ActiveKey, AuthError, AuthSettings, Caller, KeyStore, Principal, is_loopback};

/// Checks keys and counts what each client uses. Cheap to clone; clones count together, so that
/// the limits of a client hold over all servers of the process.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

struct Inner {
    keys: KeyStore,
    requires_key: bool,
    requests: RateLimit,
    audio: AudioBudget,
    /// The share of each limit that a key may use, in percent.
    share_percent: u32,
    /// Names and ids of keys that may use all of each limit.
    without_share: Vec<String>,
}

impl Authenticator {
    /// An authenticator for a server that listens on `address`. Keys are required if other
    /// machines can reach it, or if the settings require them.
    pub fn new(keys: KeyStore, address: SocketAddr, settings: AuthSettings) -> Self {
        Self {
            inner: Arc::new(Inner {
                keys,
                requires_key: settings.require_keys || !is_loopback(address),
                requests: RateLimit::new(settings.requests_per_minute, settings.request_burst),
                audio: AudioBudget::new(
                    settings.audio_seconds_per_hour,
                    settings.audio_burst_seconds,
                ),
                share_percent: settings.key_share_percent,
                without_share: settings.keys_without_share,
            }),
        }
    }

    /// Authenticates a client, and counts the request. Where no key is required, an unknown key is
    /// accepted: OpenAI's clients always send one.
    ///
    /// # Errors
    /// All variants of [`AuthError`] but [`AuthError::RevokedKey`] and [`AuthError::AudioBudget`].
    pub fn authenticate(
        &self,
        presented: Option<&str>,
        peer: IpAddr,
    ) -> Result<Principal, AuthError> {
        let key = self.identify(presented);
        let active = key.as_ref().ok().cloned().flatten();
        let caller = active.map_or_else(|| Caller::at(peer), |active| Caller::Key(active.id));
        // Counted before the key is judged, so that guesses are limited as well.
        self.inner
            .requests
            .count(&caller)
            .map_err(|retry_after| AuthError::RateLimited { retry_after })?;
        key.map(|active| Principal {
            caller,
            revoked: active.map(|active| active.revoked),
            authenticator: self.clone(),
        })
    }

    /// The key that was presented; none where none is required.
    fn identify(&self, presented: Option<&str>) -> Result<Option<ActiveKey>, AuthError> {
        let required = self.inner.requires_key;
        match presented.map(|key| self.inner.keys.lookup(key)) {
            None if required => Err(AuthError::MissingKey),
            Some(Ok(None)) if required => Err(AuthError::InvalidKey),
            Some(Err(_)) if required => Err(AuthError::KeysUnavailable),
            Some(Ok(active)) => Ok(active),
            None | Some(Err(_)) => Ok(None),
        }
    }

    /// The key under which the work of a client is counted, and its share of each limit.
    pub(crate) fn client_key(&self, caller: &Caller) -> ClientKey {
        let inner = &self.inner;
        let records = inner.keys.list();
        let client = caller.client_key();
        let is_listed = |name: &str| inner.without_share.iter().any(|own| own == name);
        let is_exempt = records.iter().any(|record| {
            caller.key_id() == Some(&record.id)
                && (is_listed(&record.name) || is_listed(record.id.as_str()))
        });
        if is_exempt || records.len() < 2 {
            return client;
        }
        client.with_max_percent(inner.share_percent)
    }

    /// Whether a key is required.
    pub fn requires_key(&self) -> bool {
        self.inner.requires_key
    }

    /// The keys.
    pub fn keys(&self) -> &KeyStore {
        &self.inner.keys
    }

    /// Removes the counters of clients that have used nothing for long, and of removed keys.
    pub fn remove_unused_counters(&self) {
        let records = self.inner.keys.list();
        self.inner.requests.remove_full_buckets();
        self.inner
            .audio
            .remove_unused(|id| records.iter().any(|record| record.id == *id));
    }

    pub(crate) fn audio_budget(&self) -> &AudioBudget {
        &self.inner.audio
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn authenticator(
        address: &str,
        change: impl FnOnce(&mut AuthSettings),
    ) -> (tempfile::TempDir, Authenticator) {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(folder.path().join("keys.json")).unwrap();
        let mut settings = AuthSettings {
            key_share_percent: 50,
            ..AuthSettings::default()
        };
        change(&mut settings);
        let authenticator = Authenticator::new(keys, address.parse().unwrap(), settings);
        (folder, authenticator)
    }

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn beyond_loopback_a_valid_key_is_required() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |_| ());
        let (key, record) = authenticator.keys().add("Ada").unwrap();
        let error = |presented| authenticator.authenticate(presented, PEER).err();
        assert_eq!(error(None), Some(AuthError::MissingKey));
        assert_eq!(error(Some("mynah-no")), Some(AuthError::InvalidKey));
        let principal = authenticator.authenticate(Some(key.expose_secret()), PEER);
        assert_eq!(
            *principal.ok().unwrap().caller(),
            Caller::Key(record.id.clone())
        );
    }

    #[test]
    fn on_loopback_a_key_is_required_only_by_settings() {
        let (_folder, open) = authenticator("127.0.0.1:80", |_| ());
        assert!(open.authenticate(None, PEER).is_ok());
        assert!(open.authenticate(Some("sk-any"), PEER).is_ok());
        let (_folder, keyed) = authenticator("127.0.0.1:80", |settings| {
            settings.require_keys = true;
        });
        assert!(keyed.authenticate(None, PEER).is_err());
        assert!(keyed.authenticate(Some("sk-any"), PEER).is_err());
    }

    #[test]
    fn guesses_count_against_the_address() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.requests_per_minute = 1;
            settings.request_burst = 2;
        });
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let error = |presented| authenticator.authenticate(presented, PEER).err();
        assert_eq!(error(Some("one")), Some(AuthError::InvalidKey));
        assert_eq!(error(Some("two")), Some(AuthError::InvalidKey));
        assert!(matches!(
            error(Some("three")),
            Some(AuthError::RateLimited { .. })
        ));
        assert_eq!(error(Some(key.expose_secret())), None);
    }

    #[test]
    fn many_guesses_and_addresses_take_bounded_memory() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.requests_per_minute = 1;
            settings.request_burst = 1;
            settings.audio_seconds_per_hour = 360_000;
        });
        for guess in 0..10_000 {
            let guess = format!("mynah-{guess}");
            assert!(authenticator.authenticate(Some(&guess), PEER).is_err());
        }
        assert_eq!(authenticator.inner.requests.len(), 1);
        for network in 0..70_000_u128 {
            let peer = IpAddr::V6((network << 64).into());
            assert!(
                authenticator
                    .authenticate(Some("mynah-guess"), peer)
                    .is_err()
            );
        }
        assert!(authenticator.inner.requests.len() <= 1 << 16);
        // The counters of removed keys are removed.
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let principal = authenticator
            .authenticate(Some(key.expose_secret()), PEER)
            .ok()
            .unwrap();
        principal.charge_audio(Duration::from_secs(1_000_000));
        authenticator.remove_unused_counters();
        assert_eq!(authenticator.inner.audio.len(), 1);
        authenticator.keys().revoke("Ada").unwrap();
        authenticator.remove_unused_counters();
        assert_eq!(authenticator.inner.audio.len(), 0);
    }

    #[test]
    fn one_of_several_keys_has_a_share_unless_it_is_exempt() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |settings| {
            settings.keys_without_share = vec!["relay".into()];
        });
        let (ada, _) = authenticator.keys().add("Ada").unwrap();
        let share = |key: &str| {
            let principal = authenticator.authenticate(Some(key), PEER).ok().unwrap();
            principal.client_key().share_of(10)
        };
        assert_eq!(share(ada.expose_secret()), 10);
        let (relay, _) = authenticator.keys().add("relay").unwrap();
        assert_eq!(
            (share(ada.expose_secret()), share(relay.expose_secret())),
            (5, 10)
        );
    }

    #[tokio::test]
    async fn revocation_reaches_the_principal() {
        let (_folder, authenticator) = authenticator("0.0.0.0:80", |_| ());
        let (key, _) = authenticator.keys().add("Ada").unwrap();
        let principal = authenticator
            .authenticate(Some(key.expose_secret()), PEER)
            .ok()
            .unwrap();
        let mut revoked = Box::pin(principal.revoked());
        assert!(futures_util::poll!(revoked.as_mut()).is_pending());
        authenticator.keys().revoke("Ada").unwrap();
        assert_eq!(revoked.await, AuthError::RevokedKey);
    }
}
