//! The settings of the HTTP server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mynah_api::limits;
use mynah_auth::AuthSettings;
use mynah_http::{ConnectionLimits, ListenerSettings, Networks};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::form::FORM_BYTES;

/// The most bytes of arriving bodies that can be set.
const MAX_ARRIVING_BYTES: u64 = 64 << 30;

/// The address of the server, the clients that may use it, and the limits of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// The address and port to listen on. Any address but a loopback one needs keys
    /// (`mynah keys add`). Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Whether clients on this machine need a key as well. Default false.
    pub require_keys: bool,
    /// Host names of the server, besides those of the loopback interface and bare addresses: the
    /// values of the Host header, with or without a port. Default none.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests from a browser, such as
    /// `https://studio.example.org`. Default none: only the server's own pages.
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
    /// `limits.connections_per_address` does not hold, since they forward many clients.
    /// Default none.
    pub proxies: Vec<String>,
    /// How long requests and streams may go on after a shutdown began, in seconds.
    /// 0 to 3600, default 30.
    pub shutdown_seconds: u64,
    /// The limits of one client, and of all clients together.
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

/// The limits of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// The longest text of a speech request, in characters. 1 to 1000000, default 4096 as at
    /// OpenAI.
    pub speech_chars: usize,
    /// The largest body that is not an upload, in bytes. 1024 to 1073741824, default 1048576.
    pub body_bytes: usize,
    /// The largest upload, in bytes. 1024 to 4294967296, default 26214400 as at OpenAI.
    pub upload_bytes: usize,
    /// The largest reference audio of a speech request, in bytes; its body may be larger by a third,
    /// which base64 takes, and by `body_bytes`. 1024 to 104857600, default 10485760.
    pub reference_bytes: usize,
    /// How long fetching reference audio from a URL may take, in seconds, where
    /// `server.remote_reference` allows it. 1 to 120, default 10.
    pub remote_seconds: u64,
    /// The longest audio of an upload, in seconds. While it is recognized, an upload holds 96 kB per
    /// second of audio in memory. 1 to 86400, default 3600.
    pub upload_seconds: u64,
    /// The memory for decoding all uploads together, in bytes: 64 MiB and 64 kB per second of audio
    /// each, as long as the audio is held. An upload that does not fit waits, then is refused with
    /// 429. 67108864 to 1099511627776, default 4294967296.
    pub decode_bytes: usize,
    /// How long an upload waits for that memory, in seconds. 0 to 600, default 10.
    pub decode_wait_seconds: u64,
    /// Uploads that are decoded and recognized at the same time. 0 means one per processor core.
    /// 0 to 1024, default 0.
    pub uploads_running: usize,
    /// Uploads that may wait beyond those; further ones are refused with 429.
    /// 0 to 100000, default 16.
    pub uploads_waiting: usize,
    /// Requests per minute from one key, or from one address without a key. 0 means no limit.
    /// Default 6000.
    pub requests_per_minute: u32,
    /// Requests that may arrive at once before the rate counts. 1 to 1000000, default 1000.
    pub request_burst: u32,
    /// Seconds of audio, synthesized or recognized, per hour for one key, or one address without a
    /// key. 0 means no limit. Default 360000, a hundred times real time.
    pub audio_seconds_per_hour: u32,
    /// Seconds of audio that may be used at once before the rate counts. 0 means a tenth of
    /// `audio_seconds_per_hour`, and at least 1. 0 to 100000000, default 0.
    pub audio_burst_seconds: u32,
    /// Bytes of request bodies that are arriving, over all requests; a request that would exceed
    /// them is refused with 429. A body that has a slot to be processed no longer counts. At least
    /// `arriving_bytes_per_caller`, at most 68719476736, default 268435456.
    pub arriving_bytes: usize,
    /// The same, for one key, or one address without a key. At least the largest body that is
    /// accepted, at most 68719476736, default 134217728.
    pub arriving_bytes_per_caller: usize,
    /// The share of each concurrency limit that one key may use, in percent, where there is more
    /// than one key: speech, uploads and live sessions. The rest is reserved for other keys, also
    /// while they are idle. 1 to 100, default 50.
    pub key_share_percent: u32,
    /// Keys, by name or id, without such a share: those of a transport that carries the requests of
    /// many clients, such as a relay. Default none.
    pub keys_without_share: Vec<String>,
    /// Open connections, `WebSockets` included. Requests on further ones are refused with 429,
    /// except `/livez`, `/readyz` and `/startupz`. At its start the server raises the limit of open
    /// files to what they need, or lowers their number. 1 to 100000, default 1024.
    pub connections: usize,
    /// Open connections of one address, of IPv6 those of its /64. 0 means
    /// half of `connections`. 0 to 100000, default 0.
    pub connections_per_address: usize,
    /// How long a request's head may take to arrive, and a connection may be idle, in
    /// seconds. 1 to 3600, default 30.
    pub head_seconds: u64,
    /// How long a request's body may take to arrive, in seconds. 1 to 86400, default 120.
    pub body_seconds: u64,
    /// How long a client may acknowledge no byte of its response, in seconds. 1 to 3600, default 30.
    pub stall_seconds: u64,
}

/// An invalid setting. The operator's configuration is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidServerSettings {
    /// A number lies outside its range.
    #[error("{setting} must be {min} to {max}")]
    OutOfRange {
        /// The name of the setting.
        setting: &'static str,
        /// The smallest valid value.
        min: u64,
        /// The largest valid value.
        max: u64,
    },
    /// A proxy that is not an address or network.
    #[error("'{0}' in proxies is neither an address nor a network such as 10.0.0.0/8")]
    Proxy(String),
    /// An origin that no browser sends.
    #[error("'{0}' is not an origin; write it as https://example.org, without a path")]
    Origin(String),
}

impl ServerSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn validate(&self) -> Result<(), InvalidServerSettings> {
        let limits = &self.limits;
        for (setting, value, min, max) in [
            ("shutdown_seconds", self.shutdown_seconds, 0, 3_600),
            (
                "limits.speech_chars",
                limits.speech_chars as u64,
                1,
                1_000_000,
            ),
            (
                "limits.body_bytes",
                limits.body_bytes as u64,
                1 << 10,
                1 << 30,
            ),
            (
                "limits.upload_bytes",
                limits.upload_bytes as u64,
                1 << 10,
                1 << 32,
            ),
            (
                "limits.reference_bytes",
                limits.reference_bytes as u64,
                1 << 10,
                100 << 20,
            ),
            ("limits.remote_seconds", limits.remote_seconds, 1, 120),
            ("limits.upload_seconds", limits.upload_seconds, 1, 86_400),
            (
                "limits.decode_bytes",
                limits.decode_bytes as u64,
                mynah_audio::DECODE_WORKING_BYTES as u64,
                1 << 40,
            ),
            (
                "limits.decode_wait_seconds",
                limits.decode_wait_seconds,
                0,
                600,
            ),
            (
                "limits.uploads_running",
                limits.uploads_running as u64,
                0,
                1_024,
            ),
            (
                "limits.uploads_waiting",
                limits.uploads_waiting as u64,
                0,
                100_000,
            ),
            (
                "limits.request_burst",
                limits.request_burst.into(),
                1,
                1_000_000,
            ),
            (
                "limits.audio_burst_seconds",
                limits.audio_burst_seconds.into(),
                0,
                100_000_000,
            ),
            (
                "limits.key_share_percent",
                limits.key_share_percent.into(),
                1,
                100,
            ),
            ("limits.connections", limits.connections as u64, 1, 100_000),
            (
                "limits.connections_per_address",
                limits.connections_per_address as u64,
                0,
                100_000,
            ),
            (
                "limits.arriving_bytes_per_caller",
                limits.arriving_bytes_per_caller as u64,
                limits.max_body_bytes() as u64,
                MAX_ARRIVING_BYTES,
            ),
            (
                "limits.arriving_bytes",
                limits.arriving_bytes as u64,
                limits.arriving_bytes_per_caller as u64,
                MAX_ARRIVING_BYTES,
            ),
            ("limits.head_seconds", limits.head_seconds, 1, 3_600),
            ("limits.body_seconds", limits.body_seconds, 1, 86_400),
            ("limits.stall_seconds", limits.stall_seconds, 1, 3_600),
        ] {
            if !(min..=max).contains(&value) {
                return Err(InvalidServerSettings::OutOfRange { setting, min, max });
            }
        }
        Networks::parse(&self.proxies).map_err(InvalidServerSettings::Proxy)?;
        match self.origins.iter().find(|origin| !is_origin(origin)) {
            Some(origin) => Err(InvalidServerSettings::Origin(origin.clone())),
            None => Ok(()),
        }
    }
}

impl ServerSettings {
    /// The limits of a listener's connections.
    ///
    /// # Errors
    /// A proxy that is not an address or network.
    pub fn connection_limits(&self) -> Result<ConnectionLimits, InvalidServerSettings> {
        let proxies = Networks::parse(&self.proxies).map_err(InvalidServerSettings::Proxy)?;
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
    /// The first invalid setting.
    pub fn listener(&self) -> Result<ListenerSettings, InvalidServerSettings> {
        self.validate()?;
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
            key_share_percent: u8::try_from(limits.key_share_percent).unwrap_or(100),
            keys_without_share: limits.keys_without_share.clone(),
        }
    }
}

impl LimitSettings {
    /// The largest body that any route accepts, in bytes.
    pub(crate) fn max_body_bytes(&self) -> usize {
        let upload = self.upload_bytes.saturating_add(FORM_BYTES);
        upload.max(self.max_reference_json_bytes())
    }

    /// The largest JSON body that carries reference audio: base64 takes four bytes for three.
    pub(crate) fn max_reference_json_bytes(&self) -> usize {
        let base64 = self.reference_bytes.div_ceil(3).saturating_mul(4);
        self.body_bytes.saturating_add(base64)
    }
}

/// Whether a browser could send this as Origin: a scheme and a host, and no path.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.trim_end_matches('/').split_once("://") else {
        return false;
    };
    let plain = |c: char| c.is_ascii_graphic() && !"/?#@*".contains(c);
    !scheme.is_empty() && !host.is_empty() && host.chars().all(plain)
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

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            speech_chars: limits::SPEECH_INPUT_CHARS,
            body_bytes: 1 << 20,
            upload_bytes: 25 << 20,
            reference_bytes: limits::REF_AUDIO_BYTES,
            remote_seconds: 10,
            upload_seconds: 3600,
            decode_bytes: 4 << 30,
            decode_wait_seconds: 10,
            uploads_running: 0,
            uploads_waiting: 16,
            requests_per_minute: 6000,
            request_burst: 1000,
            audio_seconds_per_hour: 360_000,
            audio_burst_seconds: 0,
            arriving_bytes: 256 << 20,
            arriving_bytes_per_caller: 128 << 20,
            key_share_percent: 50,
            keys_without_share: Vec::new(),
            connections: 1024,
            connections_per_address: 0,
            head_seconds: 30,
            body_seconds: 120,
            stall_seconds: 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_ranges_hold_at_their_ends() {
        assert_eq!(ServerSettings::default().validate(), Ok(()));
        type Change = fn(&mut LimitSettings);
        let wrong: [(&str, Change); 22] = [
            ("speech_chars", |it| it.speech_chars = 0),
            ("body_bytes", |it| it.body_bytes = 1_023),
            ("upload_bytes", |it| it.upload_bytes = 0),
            ("reference_bytes", |it| it.reference_bytes = (100 << 20) + 1),
            ("remote_seconds", |it| it.remote_seconds = 0),
            ("upload_seconds", |it| it.upload_seconds = 86_401),
            ("decode_bytes", |it| it.decode_bytes = (64 << 20) - 1),
            ("decode_wait_seconds", |it| it.decode_wait_seconds = 601),
            ("uploads_running", |it| it.uploads_running = 1_025),
            ("uploads_waiting", |it| it.uploads_waiting = 100_001),
            ("request_burst", |it| it.request_burst = 0),
            ("audio_burst_seconds", |it| {
                it.audio_burst_seconds = 100_000_001;
            }),
            ("key_share_percent", |it| it.key_share_percent = 0),
            ("key_share_percent", |it| it.key_share_percent = 101),
            ("connections", |it| it.connections = 0),
            ("connections_per_address", |it| {
                it.connections_per_address = 100_001;
            }),
            // One byte less than the largest upload with its form.
            ("arriving_bytes_per_caller", |it| {
                it.arriving_bytes_per_caller = (25 << 20) + (256 << 10) - 1;
            }),
            ("arriving_bytes", |it| {
                it.arriving_bytes = it.arriving_bytes_per_caller - 1;
            }),
            ("arriving_bytes", |it| it.arriving_bytes = (64 << 30) + 1),
            ("head_seconds", |it| it.head_seconds = 0),
            ("body_seconds", |it| it.body_seconds = 0),
            ("stall_seconds", |it| it.stall_seconds = 3_601),
        ];
        for (name, change) in wrong {
            let mut settings = ServerSettings::default();
            change(&mut settings.limits);
            let error = settings.validate().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("limits.{name} must be")),
                "{error}"
            );
        }
        let settings = ServerSettings {
            shutdown_seconds: 3_601,
            ..ServerSettings::default()
        };
        assert!(settings.validate().is_err());
    }

    #[test]
    fn origins_are_what_browsers_send() {
        let check = |origin: &str| {
            let origins = vec![origin.to_owned()];
            ServerSettings {
                origins,
                ..ServerSettings::default()
            }
            .validate()
            .is_ok()
        };
        for right in [
            "https://example.org",
            "http://[::1]:8080",
            "chrome-extension://abc",
        ] {
            assert!(check(right), "{right}");
        }
        for wrong in [
            "example.org",
            "https://",
            "https://example.org/x",
            "*",
            "https://*.org",
        ] {
            assert!(!check(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        let json = r#"{"limits": {"speech_characters": 1}}"#;
        assert!(serde_json::from_str::<ServerSettings>(json).is_err());
    }
}
