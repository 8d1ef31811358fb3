//! The limits of requests.

use garde::Validate;
use mynah_api::limits;
use mynah_settings::rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::form::FORM_BYTES;

/// The most bytes of arriving bodies that can be set.
const MAX_ARRIVING_BYTES: usize = 64 << 30;

/// The limits of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LimitSettings {
    /// The longest text of a speech request, in characters. Default 4096 as at OpenAI.
    #[garde(range(min = 1, max = 1_000_000))]
    pub speech_chars: usize,
    /// The largest body that is not an upload, in bytes. Default 1048576.
    #[garde(range(min = 1_024, max = 1_073_741_824))]
    pub body_bytes: usize,
    /// The largest upload, in bytes. Default 26214400 as at OpenAI.
    #[garde(range(min = 1_024, max = 4_294_967_296_usize))]
    pub upload_bytes: usize,
    /// The largest reference audio of a speech request, in bytes; its body may be larger by a third,
    /// which base64 takes, and by `body_bytes`. Default 10485760.
    #[garde(range(min = 1_024, max = 104_857_600))]
    pub reference_bytes: usize,
    /// How long fetching reference audio from a URL may take, in seconds, where
    /// `server.remote_reference` allows it. Default 10.
    #[garde(range(min = 1, max = 120))]
    pub remote_seconds: u64,
    /// The longest audio of an upload, in seconds. While it is recognized, an upload holds 96 kB per
    /// second of audio in memory. Default 3600.
    #[garde(range(min = 1, max = 86_400))]
    pub upload_seconds: u64,
    /// The memory for decoding all uploads together, in bytes: 64 MiB and 64 kB per second of audio
    /// each, as long as the audio is held. An upload that does not fit waits, then is refused with
    /// 429. Default 4294967296.
    #[garde(range(min = mynah_audio::DECODE_WORKING_BYTES, max = 1_099_511_627_776_usize))]
    pub decode_bytes: usize,
    /// How long an upload waits for that memory, in seconds. Default 10.
    #[garde(range(max = 600))]
    pub decode_wait_seconds: u64,
    /// Uploads that are decoded and recognized at the same time. 0 means one per processor core.
    /// Default 0.
    #[garde(range(max = 1_024))]
    pub uploads_running: usize,
    /// Uploads that may wait beyond those; further ones are refused with 429. Default 16.
    #[garde(range(max = 100_000))]
    pub uploads_waiting: usize,
    /// Requests per minute from one key, or from one address without a key. 0 means no limit.
    /// Default 6000.
    pub requests_per_minute: u32,
    /// Requests that may arrive at once before the rate counts. Default 1000.
    #[garde(range(min = 1, max = 1_000_000))]
    pub request_burst: u32,
    /// Seconds of audio, synthesized or recognized, per hour for one key, or one address without a
    /// key. 0 means no limit. Default 360000, a hundred times real time.
    pub audio_seconds_per_hour: u32,
    /// Seconds of audio that may be used at once before the rate counts. 0 means a tenth of
    /// `audio_seconds_per_hour`, and at least 1. Default 0.
    #[garde(range(max = 100_000_000))]
    pub audio_burst_seconds: u32,
    /// Bytes of request bodies that are arriving, over all requests; a request that would exceed them
    /// is refused with 429. A body that has a slot to be processed no longer counts. At least
    /// `arriving_bytes_per_caller`. Default 268435456.
    #[garde(range(max = MAX_ARRIVING_BYTES))]
    #[garde(custom(rule(
        self.arriving_bytes >= self.arriving_bytes_per_caller,
        "must be at least arriving_bytes_per_caller"
    )))]
    pub arriving_bytes: usize,
    /// The same, for one key, or one address without a key. At least the largest body that is
    /// accepted. Default 134217728.
    #[garde(range(max = MAX_ARRIVING_BYTES))]
    #[garde(custom(rule(self.is_largest_body_accepted(), self.largest_body_rule())))]
    pub arriving_bytes_per_caller: usize,
    /// The share of each concurrency limit that one key may use, in percent, where there is more than
    /// one key: speech, uploads and live sessions. The rest is reserved for other keys, also while
    /// they are idle. Default 50.
    #[garde(range(min = 1, max = 100))]
    pub key_share_percent: u32,
    /// Keys, by name or id, without such a share: those of a transport that carries the requests of
    /// many clients, such as a relay. Default none.
    pub keys_without_share: Vec<String>,
    /// Open connections, `WebSockets` included. Requests on further ones are refused with 429, except
    /// `/livez`, `/readyz` and `/startupz`. At its start the server raises the limit of open files to
    /// what they need, or lowers their number. Default 1024.
    #[garde(range(min = 1, max = 100_000))]
    pub connections: usize,
    /// Open connections of one address, of IPv6 those of its /64. 0 means half of `connections`.
    /// Default 0.
    #[garde(range(max = 100_000))]
    pub connections_per_address: usize,
    /// How long a request's head may take to arrive, and a connection may be idle, in seconds. Default
    /// 30.
    #[garde(range(min = 1, max = 3_600))]
    pub head_seconds: u64,
    /// How long a request's body may take to arrive, in seconds. Default 120.
    #[garde(range(min = 1, max = 86_400))]
    pub body_seconds: u64,
    /// How long a client may acknowledge no byte of its response, in seconds. Default 30.
    #[garde(range(min = 1, max = 3_600))]
    pub stall_seconds: u64,
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

    fn is_largest_body_accepted(&self) -> bool {
        self.arriving_bytes_per_caller >= self.max_body_bytes()
    }

    fn largest_body_rule(&self) -> String {
        let largest = self.max_body_bytes();
        format!("must be at least {largest}, the largest body that is accepted")
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
    use mynah_settings::check;

    use super::*;

    #[test]
    fn defaults_are_valid_and_ranges_hold_at_their_ends() {
        assert_eq!(check(&LimitSettings::default()), Ok(()));
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
            let mut settings = LimitSettings::default();
            change(&mut settings);
            let error = check(&settings).unwrap_err();
            let found = error.problems().iter().any(|it| it.setting == name);
            assert!(found, "{name}: {error}");
        }
    }
}
