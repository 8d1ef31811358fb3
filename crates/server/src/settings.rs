//! What an operator can set about the door.

use std::net::{Ipv4Addr, SocketAddr};

use mynah_api::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the server listens, whom it answers and how much it does for one caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// The address and port to listen on. Any address but a loopback one needs keys
    /// (`mynah keys add`). Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Whether callers on this machine need a key as well. Default false.
    pub require_keys: bool,
    /// Names by which callers may reach the server, besides those of the loopback interface and
    /// bare addresses: the values of the Host header, with or without a port. Default none.
    pub hosts: Vec<String>,
    /// Origins whose pages may use the interface from a browser, such as
    /// `https://studio.example.org`. Default none: only the server's own page.
    pub origins: Vec<String>,
    /// Names taken as `model` of a speech request that leave the engine to the server. Default:
    /// OpenAI's.
    pub speech_models: Vec<String>,
    /// Names taken as `model` of a transcription that leave the engine to the server. Default:
    /// OpenAI's.
    pub transcription_models: Vec<String>,
    /// Names listed as models for live interpreting. Default: OpenAI's.
    pub interpreting_models: Vec<String>,
    /// How long work in progress may go on after the server was told to stop, in seconds.
    /// 0 to 3600, default 30.
    pub shutdown_seconds: u64,
    /// How much one caller, and all together, may ask for.
    pub limits: LimitSettings,
}

/// The bounds on what callers may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// The longest text of a speech request, in characters. Default 4096, as in the original.
    pub speech_chars: usize,
    /// The largest body that is not an upload, in bytes. Default 1 MiB.
    pub body_bytes: usize,
    /// The largest upload, in bytes. Default 25 MiB, as in the original.
    pub upload_bytes: usize,
    /// The longest sound of an upload, in seconds. An upload being heard holds 64 kB a second
    /// in memory. Default 3600.
    pub upload_seconds: u64,
    /// Uploads that are decoded and heard at the same time. 0 means one per processor core.
    /// Default 0.
    pub uploads_running: usize,
    /// Uploads that may wait beyond those; one more is refused with 429. Default 16.
    pub uploads_waiting: usize,
    /// Requests a minute from one key, or from one address without a key. 0 means no limit.
    /// Default 6000.
    pub requests_per_minute: u32,
    /// Requests that may come at once before the rate counts. At least 1, default 1000.
    pub request_burst: u32,
    /// Seconds of sound, spoken or heard, an hour for one key, or one address without a key.
    /// 0 means no limit. Default 360000, a hundred times real time.
    pub audio_seconds_per_hour: u32,
    /// Seconds of sound that may be used at once before the rate counts. At least 1,
    /// default 36000.
    pub audio_burst_seconds: u32,
    /// Connections held at the same time; more wait to be accepted. Default 1024.
    pub connections: usize,
    /// How long a request's head may take to arrive, and a connection may stay unused, in
    /// seconds. Default 30.
    pub head_seconds: u64,
    /// How long a request's body may take to arrive, in seconds. Default 120.
    pub body_seconds: u64,
    /// How long a caller may refuse to read its answer, in seconds. Default 30.
    pub stall_seconds: u64,
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
            upload_seconds: 3600,
            uploads_running: 0,
            uploads_waiting: 16,
            requests_per_minute: 6000,
            request_burst: 1000,
            audio_seconds_per_hour: 360_000,
            audio_burst_seconds: 36_000,
            connections: 1024,
            head_seconds: 30,
            body_seconds: 120,
            stall_seconds: 30,
        }
    }
}
