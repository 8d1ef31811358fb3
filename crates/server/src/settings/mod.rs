//! The settings of the HTTP server.

mod limits;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use garde::Validate;
use mynah_auth::AuthSettings;
use mynah_http::{ConnectionLimits, ListenerSettings, Networks};
use mynah_settings::{InvalidSettings, rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use limits::LimitSettings;

/// The address of the server, the clients that may use it, and the limits of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ServerSettings {
    /// The address and port to listen on. Any address but a loopback one needs keys
    /// (`mynah keys add`). Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Whether clients on this machine need a key as well. Default false.
    pub require_keys: bool,
    /// Host names of the server, besides those of the loopback interface and bare addresses: the
    /// values of the Host header, with or without a port. Default none.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests from a browser, such as `https://studio.example.org`.
    /// Default none: only the server's own pages.
    #[garde(inner(custom(is_origin)))]
    pub origins: Vec<String>,
    /// Names taken as `model` of a speech request that leave the engine to the server. Default:
    /// OpenAI's.
    pub speech_models: Vec<String>,
    /// Names taken as `model` of a transcription that leave the engine to the server. Default:
    /// OpenAI's.
    pub transcription_models: Vec<String>,
    /// Names listed as models for live interpreting. Default: OpenAI's.
    pub interpreting_models: Vec<String>,
    /// Whether `ref_audio` of a speech request may be a URL from which this server fetches the
    /// audio: `off`, `https`, or `http`, which allows both. Only hosts on the public internet are
    /// reached, and no redirect is followed. Default `off`.
    pub remote_reference: RemoteReference,
    /// Addresses and networks of proxies, such as `10.0.0.7` or `10.0.0.0/8`, for which
    /// `limits.connections_per_address` does not hold, since they forward many clients. Default none.
    #[garde(inner(custom(is_network)))]
    pub proxies: Vec<String>,
    /// How long requests and streams may go on after a shutdown began, in seconds. Default 30.
    #[garde(range(max = 3_600))]
    pub shutdown_seconds: u64,
    /// The limits of one client, and of all clients together.
    #[garde(dive)]
    pub limits: LimitSettings,
}

/// The URLs from which reference audio is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemoteReference {
    /// None: clients send the audio.
    #[default]
    Off,
    /// URLs that begin with `https://`.
    Https,
    /// Those, and URLs that begin with `http://`.
    Http,
}

impl ServerSettings {
    /// The limits of a listener's connections.
    ///
    /// # Errors
    /// A proxy that is not an address or network.
    pub fn connection_limits(&self) -> Result<ConnectionLimits, InvalidSettings> {
        let proxies = Networks::parse(&self.proxies)
            .map_err(|text| InvalidSettings::of("proxies", not_a_network(&text)))?;
        let limits = &self.limits;
        Ok(ConnectionLimits {
            connections: limits.connections,
            connections_per_address: limits.connections_per_address,
            proxies,
            head_timeout: Duration::from_secs(limits.head_seconds),
            stall_timeout: Duration::from_secs(limits.stall_seconds),
        })
    }

    /// The settings of a listener.
    ///
    /// # Errors
    /// Every invalid setting.
    pub fn listener(&self) -> Result<ListenerSettings, InvalidSettings> {
        mynah_settings::check(self)?;
        Ok(ListenerSettings {
            hosts: self.hosts.clone(),
            origins: self.origins.clone(),
            exposed_headers: crate::header::EXPOSED.into(),
            connections: self.connection_limits()?,
            grace: Duration::from_secs(self.shutdown_seconds),
        })
    }

    /// The settings of authentication and the limits of one client.
    pub fn auth(&self) -> AuthSettings {
        let limits = &self.limits;
        AuthSettings {
            require_keys: self.require_keys,
            requests_per_minute: limits.requests_per_minute,
            request_burst: limits.request_burst,
            audio_seconds_per_hour: limits.audio_seconds_per_hour,
            audio_burst_seconds: limits.audio_burst_seconds,
            key_share_percent: limits.key_share_percent,
            keys_without_share: limits.keys_without_share.clone(),
        }
    }
}

/// For a rule: a proxy is an address or a network.
fn is_network(text: &str, &(): &()) -> garde::Result {
    let network = Networks::parse(&[text.to_owned()]);
    rule(network.is_ok(), not_a_network(text))(text, &())
}

fn not_a_network(text: &str) -> String {
    format!("must be an address or a network such as 10.0.0.0/8, not '{text}'")
}

/// For a rule: a browser could send this as Origin: a scheme and a host, and no path.
fn is_origin(origin: &str, &(): &()) -> garde::Result {
    let plain = |c: char| c.is_ascii_graphic() && !"/?#@*".contains(c);
    let parts = origin.trim_end_matches('/').split_once("://");
    let is_origin = parts.is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && host.chars().all(plain)
    });
    let text = format!("must be like https://example.org, without a path, not '{origin}'");
    rule(is_origin, text)(origin, &())
}

impl Default for ServerSettings {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            require_keys: false,
            hosts: Vec::new(),
            origins: Vec::new(),
            speech_models: names(&[
                "tts-1",
                "tts-1-hd",
                "gpt-4o-mini-tts",
                "gpt-4o-mini-tts-2025-12-15",
            ]),
            transcription_models: names(&[
                "whisper-1",
                "gpt-4o-transcribe",
                "gpt-4o-mini-transcribe",
                "gpt-transcribe",
            ]),
            interpreting_models: names(&["gpt-realtime-translate"]),
            remote_reference: RemoteReference::Off,
            proxies: Vec::new(),
            shutdown_seconds: 30,
            limits: LimitSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::check;

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn origins_are_what_browsers_send() {
        let is_valid = |origin: &str| {
            let origins = vec![origin.to_owned()];
            check(&ServerSettings {
                origins,
                ..ServerSettings::default()
            })
            .is_ok()
        };
        for right in [
            "https://example.org",
            "http://[::1]:8080",
            "chrome-extension://abc",
        ] {
            assert!(is_valid(right), "{right}");
        }
        for wrong in [
            "example.org",
            "https://",
            "https://example.org/x",
            "*",
            "https://*.org",
        ] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_wrong_setting_is_reported() {
        let mut settings = ServerSettings {
            shutdown_seconds: 3_601,
            proxies: vec!["10.0.0.0/8".into(), "proxy".into()],
            ..ServerSettings::default()
        };
        settings.limits.connections = 0;
        let error = check(&settings).expect_err("three settings are wrong");
        let problems = error.problems().iter();
        let names: BTreeSet<_> = problems.map(|it| it.setting.as_str()).collect();
        let wrong = ["proxies[1]", "shutdown_seconds", "limits.connections"];
        assert_eq!(names, wrong.into());
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let json = r#"{"limits": {"speech_characters": 1}}"#;
        assert!(serde_json::from_str::<ServerSettings>(json).is_err());
    }
}
