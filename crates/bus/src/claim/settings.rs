//! What an operator can set.

use std::sync::Arc;
use std::time::Duration;

use garde::Validate;
use mynah_blobs::address::is_bucket;
use mynah_blobs::{AwsCredential, BlobError, S3Options, StoreUrl, endpoint};
use mynah_secret::Secret;
use mynah_settings::rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_INLINE_BYTES, MAX_OBJECT_BYTES};

/// Audio that is too large for an event. Without a store it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct StorageSettings {
    /// Where it lies: `s3://BUCKET`, `s3://BUCKET/PREFIX`, or `file:///FOLDER` for a folder that all
    /// stages see. Default unset: there is no store.
    #[garde(custom(is_store_url))]
    pub url: Option<String>,
    /// Where an S3 other than Amazon's answers, such as `https://minio.example:9000`. Default unset:
    /// Amazon's, by the region.
    #[garde(custom(is_endpoint(self.allow_http)))]
    pub endpoint: Option<String>,
    /// The region of S3. Default `us-east-1`.
    pub region: String,
    /// The access key id. Default unset: that of the environment, as Amazon's own programs read it.
    pub access_key: Secret,
    /// The key. Default unset.
    #[garde(custom(rule(
        self.access_key.is_empty() == self.secret_key.is_empty(),
        "and access_key must be set together"
    )))]
    pub secret_key: Secret,
    /// Buckets that audio of events is read from beside our own. Default none.
    #[garde(inner(custom(is_bucket_name)))]
    pub allowed_buckets: Vec<String>,
    /// The largest audio inside an event, in bytes. Default 1310720.
    #[garde(range(min = 1, max = MAX_INLINE_BYTES))]
    pub threshold_bytes: usize,
    /// The largest object that is written or read, in bytes. Default 67108864.
    #[garde(range(min = 1, max = MAX_OBJECT_BYTES))]
    #[garde(custom(rule(
        self.max_object_bytes >= self.threshold_bytes as u64,
        "must be at least threshold_bytes"
    )))]
    pub max_object_bytes: u64,
    /// Hours after which objects are deleted. Default 24.
    #[garde(range(min = 1, max = 8_760))]
    pub retention_hours: u32,
    /// Minutes that a link for a client is good for, at most. Default 15.
    #[garde(range(min = 1, max = 15))]
    pub link_minutes: u32,
    /// Milliseconds that one request may take. Default 5000. With retries nothing takes longer than 10
    /// s.
    #[garde(range(min = 100, max = 10_000))]
    pub timeout_ms: u64,
    /// Whether the bucket is in the path and not in the host's name. Default `true`.
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

    /// How a bucket is reached.
    ///
    /// # Errors
    /// [`BlobError::Setting`] of an endpoint that is none.
    pub fn s3(&self) -> Result<S3Options, BlobError> {
        let endpoint = endpoint(self.endpoint.as_deref(), self.allow_http);
        let endpoint = endpoint.map_err(|rule| BlobError::Setting {
            field: "endpoint",
            rule: rule.into(),
        })?;
        let credentials = (!self.access_key.is_empty()).then(|| {
            Arc::new(AwsCredential {
                key_id: self.access_key.expose().to_owned(),
                secret_key: self.secret_key.expose().to_owned(),
                token: None,
            })
        });
        Ok(S3Options {
            endpoint,
            region: self.region.clone(),
            credentials,
            path_style: self.path_style,
            timeout: self.timeout(),
        })
    }
}

/// For a rule: the address of a store names a bucket or a folder.
fn is_store_url(url: &Option<String>, &(): &()) -> garde::Result {
    let text = url.as_deref().map_or("", str::trim);
    let wrong = match text {
        "" => None,
        text => StoreUrl::parse(text).err(),
    };
    rule(wrong.is_none(), wrong.unwrap_or_default())(url, &())
}

/// For a rule: another bucket has the name of one.
fn is_bucket_name(name: &str, &(): &()) -> garde::Result {
    rule(is_bucket(name), "must be the name of a bucket")(name, &())
}

/// For a rule: an endpoint is bare, and uses TLS unless it is on this machine.
fn is_endpoint(allow_http: bool) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |text, &()| {
        let wrong = endpoint(text.as_deref(), allow_http).err();
        rule(wrong.is_none(), wrong.unwrap_or_default())(text, &())
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::check;

    use super::*;

    fn field(change: impl Fn(&mut StorageSettings)) -> Option<String> {
        let mut settings = StorageSettings::default();
        change(&mut settings);
        let error = check(&settings).err()?;
        assert!(!error.to_string().contains("hunter2"), "{error}");
        Some(error.problems()[0].setting.clone())
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
    fn an_endpoint_has_no_path_and_uses_tls_unless_local() {
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
            assert_eq!(endpoint(bad, false), Some("endpoint".to_owned()), "{bad}");
        }
    }

    #[test]
    fn keys_come_in_pairs_and_are_never_shown() {
        let secret = || Secret::from("hunter2".to_owned());
        assert_eq!(
            field(|own| own.secret_key = secret()),
            Some("secret_key".to_owned())
        );
        assert_eq!(
            field(|own| own.access_key = secret()),
            Some("secret_key".to_owned())
        );
        let settings = StorageSettings {
            access_key: secret(),
            secret_key: secret(),
            ..StorageSettings::default()
        };
        check(&settings).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(
            !serde_json::to_string(&settings)
                .unwrap()
                .contains("hunter2")
        );
        assert!(serde_json::from_str::<StorageSettings>(r#"{"bucket":"x"}"#).is_err());
    }
}
