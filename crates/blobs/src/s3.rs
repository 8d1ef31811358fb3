//! How buckets are reached.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential};
use object_store::{BackoffConfig, ClientOptions, RetryConfig, StaticCredentialProvider};
use url::{Host, Url};

use crate::BlobError;
use crate::backend::MAX_DURATION;

/// The maximum number of retries of one request.
const MAX_RETRIES: usize = 3;

/// How buckets are reached.
#[derive(Clone, Debug)]
pub struct S3Options {
    /// Where an S3 other than Amazon's responds; see [`endpoint`].
    pub endpoint: Option<Url>,
    /// The region.
    pub region: String,
    /// The access key; unset for that of the environment.
    pub credentials: Option<Arc<AwsCredential>>,
    /// Whether the bucket is in the path and not in the host's name.
    pub path_style: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: "us-east-1".into(),
            credentials: None,
            path_style: true,
            timeout: Duration::from_secs(5),
        }
    }
}

impl S3Options {
    pub(crate) fn client(&self, bucket: &str) -> Result<AmazonS3, BlobError> {
        let mut builder = match &self.credentials {
            None => AmazonS3Builder::from_env(),
            Some(own) => AmazonS3Builder::new().with_credentials(Arc::new(
                StaticCredentialProvider::new(AwsCredential {
                    key_id: own.key_id.clone(),
                    secret_key: own.secret_key.clone(),
                    token: own.token.clone(),
                }),
            )),
        };
        let mut plain = false;
        if let Some(mut url) = self.endpoint.clone() {
            plain = url.scheme() == "http";
            if !self.path_style {
                let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
                let set = url.set_host(Some(&host));
                set.map_err(|_| {
                    BlobError::setting("path_style", "must be true where the endpoint has no name")
                })?;
            }
            builder = builder.with_endpoint(url.as_str().trim_end_matches('/'));
        }
        let client = ClientOptions::new()
            .with_timeout(self.timeout)
            .with_connect_timeout(self.timeout)
            .with_allow_http(plain);
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: MAX_RETRIES,
            // After this no retry begins.
            retry_timeout: MAX_DURATION.saturating_sub(self.timeout),
        };
        builder
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_virtual_hosted_style_request(!self.path_style)
            .with_client_options(client)
            .with_retry(retry)
            .build()
            .map_err(|_| BlobError::setting("url", "and the other settings make no S3 client"))
    }
}

/// The endpoint of this text: TLS unless it is on this machine or `allow_http`, and no path.
///
/// # Errors
/// What it must be. Never the address itself: it may hold a password.
pub fn endpoint(text: Option<&str>, allow_http: bool) -> Result<Option<Url>, &'static str> {
    let text = text.map_or("", str::trim);
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold credentials; there are settings for them");
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err("must end with its host and port");
    }
    match url.scheme() {
        "https" => Ok(Some(url)),
        "http" if allow_http || is_loopback(&url) => Ok(Some(url)),
        "http" => Err("must begin with https://, or allow_http be set"),
        _ => Err("must begin with https://"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
