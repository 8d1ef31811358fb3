//! What an operator can set.

mod ws_audio;

use std::time::Duration;

use garde::Validate;
use mynah_bus_session::BusSessionSettings;
use mynah_secret::Secret;
use mynah_settings::rule;
use mynah_speech::Language;
use mynah_speech::voice_activity::SegmenterSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::Retention;
use crate::input_format::InputFormat;

pub use ws_audio::WsAudioSettings;

/// The shortest `resume_key`, in bytes.
const MIN_KEY_BYTES: usize = 16;

/// Live interpreting over a WebSocket: what a session begins with, and every limit.
///
/// A connection holds at most 2 × `max_outgoing_bytes` + 3 × `max_message_bytes`, and what its
/// interpreter session holds. A session that is kept without a connection holds at most
/// `max_outgoing_bytes`; at most `max_connections` are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GatewaySettings {
    /// The source language where a client names none, as BCP-47. Default `en`.
    #[schemars(with = "String")]
    pub source_language: Language,
    /// The target language where a client names none, as BCP-47. Default `es`.
    #[schemars(with = "String")]
    pub target_language: Language,
    /// Origins of pages that may connect beside this server's own and those on loopback hosts, such as
    /// `https://mynah.example`. Default none.
    pub allowed_origins: Vec<String>,
    /// Connections at the same time, in all. Default 100.
    #[garde(range(min = 1, max = 100_000))]
    pub max_connections: usize,
    /// Connections at the same time of one key, or of one address where no key is needed. Default 20.
    #[garde(range(min = 1, max = 100_000))]
    pub max_connections_per_caller: usize,
    /// The largest message of a client, in bytes. Default 1048576.
    #[garde(range(min = 1_024, max = 16_777_216))]
    pub max_message_bytes: usize,
    /// The longest sound in one message, in milliseconds. Default 15000.
    #[garde(range(min = 10, max = 60_000))]
    pub max_chunk_ms: u32,
    /// Messages a second that are read from one connection, on average; the network holds back the
    /// rest. Default 200.
    #[garde(range(min = 1, max = 100_000))]
    pub messages_per_second: u32,
    /// Invalid messages after which a session is closed. Default 10.
    #[garde(range(min = 1, max = 1_000))]
    pub max_invalid_messages: u32,
    /// Milliseconds by which a client's audio may be late before silence stands in for it, so that a
    /// sentence after which nothing is sent ends. None (the default) takes the detector's
    /// `interpreter.segmenter.hang_over_ms`.
    #[garde(range(min = 50, max = 60_000))]
    pub pause_ms: Option<u32>,
    /// Seconds without an event of the client, before `session.close`. Default 60.
    #[garde(range(min = 1, max = 86_400))]
    pub idle_seconds: u32,
    /// Seconds that a session lasts at most. Default 3600.
    #[garde(range(min = 1, max = 86_400))]
    pub session_seconds: u32,
    /// Seconds without an event after a session's audio has ended, before the rest is dropped. Default
    /// 60.
    #[garde(range(min = 1, max = 3_600))]
    pub flush_seconds: u32,
    /// Seconds that the rest of a session may take when the server shuts down. Default 10.
    #[garde(range(min = 1, max = 3_600))]
    pub shutdown_seconds: u32,
    /// Bytes that wait to be sent to one client before its session waits for it. Default 8388608: two
    /// minutes of sound.
    #[garde(range(min = 65_536, max = 1_073_741_824))]
    pub max_outgoing_bytes: usize,
    /// Seconds that a client may take nothing of what is sent to it, before it is closed as too slow:
    /// no byte is acknowledged by its machine. Default 30.
    #[garde(range(min = 1, max = 3_600))]
    pub send_timeout_seconds: u32,
    /// Seconds between pings. A client from which nothing comes for three times as long counts as
    /// lost. Default 20.
    #[garde(range(min = 1, max = 3_600))]
    pub ping_seconds: u32,
    /// The secret by which a client's `resume_token` is known to be ours: the same text of at least 16
    /// characters at all gateways. Empty (the default): each process makes one of its own, and a
    /// session can be resumed only where it began.
    #[garde(custom(is_long_enough))]
    pub resume_key: Secret,
    /// Seconds for which a session that lost its connection is kept, so that its client can resume it.
    /// Its results wait meanwhile. Over a bus the bus keeps it, and this does not apply. Default 30; 0
    /// keeps none.
    #[garde(range(max = 3_600))]
    pub resume_seconds: u32,
    /// Where sessions are interpreted over a bus.
    #[garde(dive)]
    pub bus: BusSessionSettings,
    /// The earlier protocol, `/ws/audio`.
    #[garde(dive)]
    pub ws_audio: WsAudioSettings,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            source_language: Language::english(),
            target_language: spanish(),
            allowed_origins: Vec::new(),
            max_connections: 100,
            max_connections_per_caller: 20,
            max_message_bytes: 1 << 20,
            max_chunk_ms: 15_000,
            messages_per_second: 200,
            max_invalid_messages: 10,
            pause_ms: None,
            idle_seconds: 60,
            session_seconds: 3_600,
            flush_seconds: 60,
            shutdown_seconds: 10,
            max_outgoing_bytes: 8 << 20,
            send_timeout_seconds: 30,
            ping_seconds: 20,
            resume_key: Secret::default(),
            resume_seconds: 30,
            bus: BusSessionSettings::default(),
            ws_audio: WsAudioSettings::default(),
        }
    }
}

fn spanish() -> Language {
    "es".parse().unwrap_or_else(|_| Language::english())
}

/// For a rule: a key for tokens is unset, or too long to be guessed.
fn is_long_enough(key: &Secret, &(): &()) -> garde::Result {
    let holds = key.is_empty() || key.expose().len() >= MIN_KEY_BYTES;
    let text = format!("must have at least {MIN_KEY_BYTES} bytes, or be empty");
    rule(holds, text)(key, &())
}

impl GatewaySettings {
    /// The most bytes of audio in one message.
    pub(crate) fn max_chunk_bytes(&self, format: InputFormat) -> usize {
        let chunk = Duration::from_millis(self.max_chunk_ms.into());
        format.sample_bytes() * format.rate().samples_in(chunk)
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_seconds.into())
    }

    /// By how much audio may be late.
    pub(crate) fn pause(&self) -> Duration {
        let detector = || SegmenterSettings::default().hang_over_ms;
        Duration::from_millis(self.pause_ms.unwrap_or_else(detector).into())
    }

    /// What is kept of sessions that lost their connection.
    pub(crate) fn retention(&self) -> Retention {
        Retention {
            duration: Duration::from_secs(self.resume_seconds.into()),
            max_sessions: self.max_connections,
            max_bytes: self.max_outgoing_bytes,
        }
    }

    pub(crate) fn flush(&self) -> Duration {
        Duration::from_secs(self.flush_seconds.into())
    }

    pub(crate) fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds.into())
    }

    pub(crate) fn send_timeout(&self) -> Duration {
        Duration::from_secs(self.send_timeout_seconds.into())
    }

    pub(crate) fn ping(&self) -> Duration {
        Duration::from_secs(self.ping_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use mynah_settings::check;

    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_range_has_its_ends() {
        assert_eq!(check(&GatewaySettings::default()), Ok(()));
        type Change = fn(&mut GatewaySettings, bool);
        let limits: [(&str, Change); 23] = [
            ("max_connections", |s, low| {
                s.max_connections = if low { 0 } else { 100_001 }
            }),
            ("max_connections_per_caller", |s, low| {
                s.max_connections_per_caller = if low { 0 } else { 100_001 };
            }),
            ("max_message_bytes", |s, low| {
                s.max_message_bytes = if low { 1_023 } else { (16 << 20) + 1 };
            }),
            ("max_chunk_ms", |s, low| {
                s.max_chunk_ms = if low { 9 } else { 60_001 }
            }),
            ("messages_per_second", |s, low| {
                s.messages_per_second = if low { 0 } else { 100_001 }
            }),
            ("max_invalid_messages", |s, low| {
                s.max_invalid_messages = if low { 0 } else { 1_001 }
            }),
            ("pause_ms", |s, low| {
                s.pause_ms = Some(if low { 49 } else { 60_001 });
            }),
            ("idle_seconds", |s, low| {
                s.idle_seconds = if low { 0 } else { 86_401 }
            }),
            ("session_seconds", |s, low| {
                s.session_seconds = if low { 0 } else { 86_401 }
            }),
            ("flush_seconds", |s, low| {
                s.flush_seconds = if low { 0 } else { 3_601 }
            }),
            ("shutdown_seconds", |s, low| {
                s.shutdown_seconds = if low { 0 } else { 3_601 }
            }),
            ("max_outgoing_bytes", |s, low| {
                s.max_outgoing_bytes = if low { (64 << 10) - 1 } else { (1 << 30) + 1 };
            }),
            ("send_timeout_seconds", |s, low| {
                s.send_timeout_seconds = if low { 0 } else { 3_601 }
            }),
            ("ping_seconds", |s, low| {
                s.ping_seconds = if low { 0 } else { 3_601 }
            }),
            ("bus.chunk_ms", |s, low| {
                s.bus.chunk_ms = if low { 199 } else { 501 }
            }),
            ("bus.keepalive_seconds", |s, low| {
                s.bus.keepalive_seconds = if low { 0 } else { 11 }
            }),
            ("bus.publish_seconds", |s, low| {
                s.bus.publish_seconds = if low { 0 } else { 601 }
            }),
            ("bus.resume_timeout_seconds", |s, low| {
                s.bus.resume_timeout_seconds = if low { 0 } else { 601 }
            }),
            ("bus.max_inbox_bytes", |s, low| {
                s.bus.max_inbox_bytes = if low { (4 << 20) - 1 } else { (1 << 30) + 1 };
            }),
            ("ws_audio.max_chunk_bytes", |s, low| {
                s.ws_audio.max_chunk_bytes = if low { 1 } else { (16 << 20) + 1 };
            }),
            ("ws_audio.max_buffer_bytes", |s, low| {
                s.ws_audio.max_buffer_bytes = if low { 1 } else { (1 << 30) + 1 };
            }),
            ("ws_audio.idle_seconds", |s, low| {
                s.ws_audio.idle_seconds = if low { 0 } else { 86_401 }
            }),
            ("ws_audio.session_seconds", |s, low| {
                s.ws_audio.session_seconds = if low { 0 } else { 86_401 }
            }),
        ];
        for (name, change) in limits {
            for low in [true, false] {
                let mut settings = GatewaySettings::default();
                change(&mut settings, low);
                let error = check(&settings).expect_err(name);
                assert_eq!(error.problems()[0].setting, name);
                // Just inside is fine.
                let mut inside = settings.clone();
                let step = |value: u64| if low { value + 1 } else { value - 1 };
                match name {
                    "max_message_bytes" => {
                        inside.max_message_bytes = step(inside.max_message_bytes as u64) as usize;
                    }
                    "pause_ms" => {
                        inside.pause_ms = inside.pause_ms.map(|own| step(own.into()) as u32);
                    }
                    "idle_seconds" => {
                        inside.idle_seconds = step(inside.idle_seconds.into()) as u32;
                    }
                    _ => continue,
                }
                assert_eq!(check(&inside), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn a_lost_session_is_kept_for_an_hour_at_most() {
        let with = |resume_seconds| GatewaySettings {
            resume_seconds,
            ..GatewaySettings::default()
        };
        assert_eq!(check(&with(0)), Ok(()));
        assert_eq!(check(&with(3_600)), Ok(()));
        let error = check(&with(3_601)).unwrap_err();
        assert_eq!(error.to_string(), "resume_seconds must be 0 to 3600");
    }

    #[test]
    fn a_key_for_tokens_is_none_or_long_enough() {
        let with = |key: &str| GatewaySettings {
            resume_key: Secret::from(key.to_owned()),
            ..GatewaySettings::default()
        };
        assert_eq!(check(&with("")), Ok(()));
        assert!(check(&with(&"k".repeat(15))).is_err());
        assert_eq!(check(&with(&"k".repeat(16))), Ok(()));
    }

    #[test]
    fn the_longest_chunk_fits_into_the_largest_message() {
        let settings = GatewaySettings::default();
        // Base64 makes four bytes of three; the rest of the event takes less than a kibibyte.
        let longest = settings.max_chunk_bytes(InputFormat::default());
        assert!(longest.div_ceil(3) * 4 + 1_024 <= settings.max_message_bytes);
    }
}
