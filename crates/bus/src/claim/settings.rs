//! What an operator can set.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::StoreError;
use crate::limits::{MAX_INLINE_BYTES, MAX_OBJECT_BYTES};
use mynah_secret::Secret;

/// Audio that is too large for an event. Without a store it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageSettings {
    /// Where it lies: `s3://BUCKET`, `s3://BUCKET/PREFIX`, or `file:///FOLDER` for a folder that
    /// all stages see. Default unset: there is no store.
    pub url: Option<String>,
    /// Where an S3 other than Amazon's answers, such as `https://minio.example:9000`.
    /// Default unset: Amazon's, by the region.
    pub endpoint: Option<String>,
    /// The region of S3. Default `us-east-1`.
    pub region: String,
    /// The access key id. Default unset: that of the environment, as Amazon's own programs read it.
    pub access_key: Secret,
    /// The key. Default unset.
    pub secret_key: Secret,
    /// Buckets that audio of events is read from beside our own. Default none.
    pub allowed_buckets: Vec<String>,
    /// The largest audio inside an event, in bytes. 1 to 1310720, default 1310720.
    pub threshold_bytes: usize,
    /// The largest object that is written or read, in bytes. 1 to 67108864, default 67108864.
    pub max_object_bytes: u64,
    /// Hours after which objects are deleted. 1 to 8760, default 24.
    pub retention_hours: u32,
    /// Minutes that a link for a client is good for, at most. 1 to 15, default 15.
    pub link_minutes: u32,
    /// Milliseconds that one request may take. 100 to 10000, default 5000. With retries nothing
    /// takes longer than 10 s.
    pub timeout_ms: u64,
    /// Whether the bucket stands in the path and not in the host's name. Default `true`.
    pub path_style: bool,
    /// Whether a store on another machine may be used without TLS. Default `false`.
    pub allow_http: bool,
}

impl Default for StorageSettings {
    fn default() -> Self {
        Self {
            url: None,
            endpoint: None,
            region: "us-east-1".into(),
            access_key: Secret::default(),
            secret_key: Secret::default(),
            allowed_buckets: Vec::new(),
            threshold_bytes: MAX_INLINE_BYTES,
            max_object_bytes: MAX_OBJECT_BYTES,
            retention_hours: 24,
            link_minutes: 15,
            timeout_ms: 5_000,
            path_style: true,
            allow_http: false,
        }
    }
}

pub(super) fn wrong(field: &'static str, rule: impl Into<String>) -> StoreError {
    let rule = rule.into();
    StoreError::Settings { field, rule }
}

impl StorageSettings {
    /// Whether there is a store.
    pub fn is_on(&self) -> bool {
        self.url().is_some()
    }

    pub(super) fn url(&self) -> Option<&str> {
        self.url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty())
    }

    /// For how long objects are kept.
    pub const fn retention(&self) -> Duration {
        Duration::from_secs(self.retention_hours as u64 * 3_600)
    }

    /// For how long a link may be good.
    pub const fn link(&self) -> Duration {
        Duration::from_secs(self.link_minutes as u64 * 60)
    }

    /// How long one request may take.
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Checks every number, and that what needs one another is there.
    ///
    /// # Errors
    /// [`StoreError::Settings`] of the first that can't be.
    pub fn check(&self) -> Result<(), StoreError> {
        within(
            "threshold_bytes",
            self.threshold_bytes as u64,
            1,
            MAX_INLINE_BYTES as u64,
        )?;
        within(
            "max_object_bytes",
            self.max_object_bytes,
            1,
            MAX_OBJECT_BYTES,
        )?;
        within("retention_hours", self.retention_hours.into(), 1, 8_760)?;
        within("link_minutes", self.link_minutes.into(), 1, 15)?;
        within("timeout_ms", self.timeout_ms, 100, 10_000)?;
        if self.max_object_bytes < self.threshold_bytes as u64 {
            return Err(wrong(
                "max_object_bytes",
                "must not be less than threshold_bytes",
            ));
        }
        if self.access_key.is_empty() != self.secret_key.is_empty() {
            return Err(wrong("secret_key", "and access_key must be set together"));
        }
        self.endpoint_url().map(drop)
    }

    /// The endpoint, where there is one.
    pub(super) fn endpoint_url(&self) -> Result<Option<Url>, StoreError> {
        let refused = |rule: &str| wrong("endpoint", rule);
        let Some(text) = self
            .endpoint
            .as_deref()
            .map(str::trim)
            .filter(|own| !own.is_empty())
        else {
            return Ok(None);
        };
        // Never the address itself: it may hold a password.
        let url = Url::parse(text).map_err(|_| refused("is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "must not hold credentials; there are settings for them",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
            return Err(refused("must end with its host and port"));
        }
        match url.scheme() {
            "https" => Ok(Some(url)),
            "http" if self.allow_http || is_loopback(&url) => Ok(Some(url)),
            "http" => Err(refused("must begin with https://, or allow_http be set")),
            _ => Err(refused("must begin with https://")),
        }
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn within(field: &'static str, number: u64, least: u64, most: u64) -> Result<(), StoreError> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(wrong(field, format!("must be {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(change: impl Fn(&mut StorageSettings)) -> Option<&'static str> {
        let mut settings = StorageSettings::default();
        change(&mut settings);
        match settings.check() {
            Ok(()) => None,
            Err(StoreError::Settings { field, rule }) => {
                assert!(!rule.contains("hunter2"), "{rule}");
                Some(field)
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn every_number_has_its_bounds() {
        assert_eq!(field(|_| ()), None);
        for (bytes, wrong) in [
            (0, true),
            (1, false),
            (MAX_INLINE_BYTES, false),
            (MAX_INLINE_BYTES + 1, true),
        ] {
            assert_eq!(
                field(|own| own.threshold_bytes = bytes).is_some(),
                wrong,
                "{bytes}"
            );
        }
        for (bytes, wrong) in [
            (MAX_INLINE_BYTES as u64 - 1, true),
            (MAX_OBJECT_BYTES, false),
            (MAX_OBJECT_BYTES + 1, true),
        ] {
            assert_eq!(
                field(|own| own.max_object_bytes = bytes).is_some(),
                wrong,
                "{bytes}"
            );
        }
        for (hours, wrong) in [(0, true), (1, false), (8_760, false), (8_761, true)] {
            assert_eq!(
                field(|own| own.retention_hours = hours).is_some(),
                wrong,
                "{hours}"
            );
        }
        for (minutes, wrong) in [(0, true), (1, false), (15, false), (16, true)] {
            assert_eq!(
                field(|own| own.link_minutes = minutes).is_some(),
                wrong,
                "{minutes}"
            );
        }
        for (ms, wrong) in [(99, true), (100, false), (10_000, false), (10_001, true)] {
            assert_eq!(field(|own| own.timeout_ms = ms).is_some(), wrong, "{ms}");
        }
    }

    #[test]
    fn an_endpoint_is_bare_and_speaks_tls_unless_it_is_here() {
        let endpoint = |url: &str, allow_http| {
            field(|own| {
                own.endpoint = Some(url.into());
                own.allow_http = allow_http;
            })
        };
        for good in [
            "",
            "https://s3.example",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/",
            "http://localhost",
        ] {
            assert_eq!(endpoint(good, false), None, "{good}");
        }
        assert_eq!(endpoint("http://minio:9000", true), None);
        for bad in [
            "http://minio:9000",
            "https://ann:hunter2@minio",
            "https://minio/?hunter2",
            "https://minio/hunter2",
            "ftp://hunter2",
            "hunter2",
        ] {
            assert_eq!(endpoint(bad, false), Some("endpoint"), "{bad}");
        }
    }

    #[test]
    fn keys_come_in_pairs_and_are_never_shown() {
        let secret = || Secret::from("hunter2".to_owned());
        assert_eq!(field(|own| own.secret_key = secret()), Some("secret_key"));
        assert_eq!(field(|own| own.access_key = secret()), Some("secret_key"));
        let settings = StorageSettings {
            access_key: secret(),
            secret_key: secret(),
            ..StorageSettings::default()
        };
        settings.check().unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(
            !serde_json::to_string(&settings)
                .unwrap()
                .contains("hunter2")
        );
        assert!(serde_json::from_str::<StorageSettings>(r#"{"bucket":"x"}"#).is_err());
    }
}
