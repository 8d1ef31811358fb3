//! What an operator can set.

use std::time::Duration;

use mynah_bus_session::BusSessionSettings;
use mynah_speech::Language;
use mynah_speech::voice_activity::SegmenterSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::Retention;
use crate::input_format::InputFormat;
use crate::resume_token::ResumeKey;

/// Live interpreting over a WebSocket: what a session begins with, and every limit.
///
/// A connection holds at most 2 × `max_outgoing_bytes` + 3 × `max_message_bytes`, and what its
/// interpreter session holds. A session that is kept without a connection holds at most
/// `max_outgoing_bytes`; at most `max_connections` are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
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
    /// Connections at the same time, in all. 1 to 100000, default 100.
    pub max_connections: usize,
    /// Connections at the same time of one key, or of one address where no key is needed.
    /// 1 to 100000, default 20.
    pub max_connections_per_caller: usize,
    /// The largest message of a client, in bytes. 1024 to 16777216, default 1048576.
    pub max_message_bytes: usize,
    /// The longest sound in one message, in milliseconds. 10 to 60000, default 15000.
    pub max_chunk_ms: u32,
    /// Messages a second that are read from one connection, on average; the network holds back
    /// the rest. 1 to 100000, default 200.
    pub messages_per_second: u32,
    /// Invalid messages after which a session is closed. 1 to 1000, default 10.
    pub max_invalid_messages: u32,
    /// Milliseconds by which a client's audio may be late before silence stands in for it, so that
    /// a sentence after which nothing is sent ends. None (the default) takes the detector's
    /// `interpreter.segmenter.hang_over_ms`. 50 to 60000.
    pub pause_ms: Option<u32>,
    /// Seconds without an event of the client, before `session.close`. 1 to 86400, default 60.
    pub idle_seconds: u32,
    /// Seconds that a session lasts at most. 1 to 86400, default 3600.
    pub session_seconds: u32,
    /// Seconds without an event after a session's audio has ended, before the rest is dropped.
    /// 1 to 3600, default 60.
    pub flush_seconds: u32,
    /// Seconds that the rest of a session may take when the server shuts down. 1 to 3600, default 10.
    pub shutdown_seconds: u32,
    /// Bytes that wait to be sent to one client before its session waits for it.
    /// 65536 to 1073741824, default 8388608: two minutes of sound.
    pub max_outgoing_bytes: usize,
    /// Seconds that a client may take nothing of what is sent to it, before it is closed as too slow:
    /// no byte is acknowledged by its machine.
    /// 1 to 3600, default 30.
    pub send_timeout_seconds: u32,
    /// Seconds between pings. A client from which nothing comes for three times as long counts as
    /// lost. 1 to 3600, default 20.
    pub ping_seconds: u32,
    /// The secret by which a client's `resume_token` is known to be ours: the same text of at least
    /// 16 characters at all gateways. Empty (the default): each process makes one of its own, and a
    /// session can be resumed only where it began.
    pub resume_key: ResumeKey,
    /// Seconds for which a session that lost its connection is kept, so that its client can resume
    /// it. Its results wait meanwhile. Over a bus the bus keeps it, and this does not apply.
    /// 0 to 3600, default 30; 0 keeps none.
    pub resume_seconds: u32,
    /// Where sessions are interpreted over a bus.
    pub bus: BusSessionSettings,
    /// The earlier protocol, `/ws/audio`.
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
            resume_key: ResumeKey::default(),
            resume_seconds: 30,
            bus: BusSessionSettings::default(),
            ws_audio: WsAudioSettings::default(),
        }
    }
}

/// The limits of `/ws/audio`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WsAudioSettings {
    /// Connections at the same time; 0 refuses all. 0 to 100000, default 10.
    pub max_connections: usize,
    /// The most bytes of sound in one message. 2 to 16777216, default 65536.
    pub max_chunk_bytes: usize,
    /// The most bytes of sound in one session. 2 to 1073741824, default 5242880: 164 seconds.
    pub max_buffer_bytes: usize,
    /// Messages in any one second; 0 does not count them. 0 to 100000, default 200.
    pub max_messages_per_second: u32,
    /// Seconds without a message, before `done`. 1 to 86400, default 10.
    pub idle_seconds: u32,
    /// Seconds until `done` at the latest. 1 to 86400, default 60.
    pub session_seconds: u32,
}

impl Default for WsAudioSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            max_chunk_bytes: 65_536,
            max_buffer_bytes: 5_242_880,
            max_messages_per_second: 200,
            idle_seconds: 10,
            session_seconds: 60,
        }
    }
}

impl WsAudioSettings {
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_seconds.into())
    }
}

fn spanish() -> Language {
    "es".parse().unwrap_or_else(|_| Language::english())
}

/// A setting out of its range. The operator's configuration is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be {min} to {max}")]
pub struct InvalidGatewaySettings {
    /// The setting, by its name.
    pub setting: &'static str,
    /// The least that it may be.
    pub min: u64,
    /// The most that it may be.
    pub max: u64,
}

impl GatewaySettings {
    /// Checks every range.
    ///
    /// # Errors
    /// The first setting that lies outside its range.
    pub fn validate(&self) -> Result<(), InvalidGatewaySettings> {
        for (setting, value, min, max) in [
            ("max_connections", self.max_connections as u64, 1, 100_000),
            (
                "max_connections_per_caller",
                self.max_connections_per_caller as u64,
                1,
                100_000,
            ),
            (
                "max_message_bytes",
                self.max_message_bytes as u64,
                1 << 10,
                16 << 20,
            ),
            ("max_chunk_ms", self.max_chunk_ms.into(), 10, 60_000),
            (
                "messages_per_second",
                self.messages_per_second.into(),
                1,
                100_000,
            ),
            (
                "max_invalid_messages",
                self.max_invalid_messages.into(),
                1,
                1_000,
            ),
            ("pause_ms", self.pause_ms.unwrap_or(50).into(), 50, 60_000),
            ("idle_seconds", self.idle_seconds.into(), 1, 86_400),
            ("session_seconds", self.session_seconds.into(), 1, 86_400),
            ("flush_seconds", self.flush_seconds.into(), 1, 3_600),
            ("shutdown_seconds", self.shutdown_seconds.into(), 1, 3_600),
            (
                "max_outgoing_bytes",
                self.max_outgoing_bytes as u64,
                64 << 10,
                1 << 30,
            ),
            (
                "send_timeout_seconds",
                self.send_timeout_seconds.into(),
                1,
                3_600,
            ),
            ("ping_seconds", self.ping_seconds.into(), 1, 3_600),
            ("resume_seconds", self.resume_seconds.into(), 0, 3_600),
            ("bus.chunk_ms", self.bus.chunk_ms.into(), 200, 500),
            (
                "bus.keepalive_seconds",
                self.bus.keepalive_seconds.into(),
                1,
                10,
            ),
            (
                "bus.publish_seconds",
                self.bus.publish_seconds.into(),
                1,
                600,
            ),
            (
                "bus.resume_timeout_seconds",
                self.bus.resume_timeout_seconds.into(),
                1,
                600,
            ),
            (
                "bus.max_inbox_bytes",
                self.bus.max_inbox_bytes as u64,
                4 << 20,
                1 << 30,
            ),
            (
                "ws_audio.max_connections",
                self.ws_audio.max_connections as u64,
                0,
                100_000,
            ),
            (
                "ws_audio.max_chunk_bytes",
                self.ws_audio.max_chunk_bytes as u64,
                2,
                16 << 20,
            ),
            (
                "ws_audio.max_buffer_bytes",
                self.ws_audio.max_buffer_bytes as u64,
                2,
                1 << 30,
            ),
            (
                "ws_audio.max_messages_per_second",
                self.ws_audio.max_messages_per_second.into(),
                0,
                100_000,
            ),
            (
                "ws_audio.idle_seconds",
                self.ws_audio.idle_seconds.into(),
                1,
                86_400,
            ),
            (
                "ws_audio.session_seconds",
                self.ws_audio.session_seconds.into(),
                1,
                86_400,
            ),
        ] {
            if !(min..=max).contains(&value) {
                return Err(InvalidGatewaySettings { setting, min, max });
            }
        }
        let key = self.resume_key.expose().len() as u64;
        if key != 0 && key < ResumeKey::MIN_BYTES {
            return Err(InvalidGatewaySettings {
                setting: "the number of bytes of resume_key",
                min: ResumeKey::MIN_BYTES,
                max: u64::MAX,
            });
        }
        Ok(())
    }

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
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_every_range_has_its_ends() {
        assert_eq!(GatewaySettings::default().validate(), Ok(()));
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
                let error = settings.validate().expect_err(name);
                assert_eq!(error.setting, name);
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
                assert_eq!(inside.validate(), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn a_lost_session_is_kept_for_an_hour_at_most() {
        let with = |resume_seconds| GatewaySettings {
            resume_seconds,
            ..GatewaySettings::default()
        };
        assert_eq!(with(0).validate(), Ok(()));
        assert_eq!(with(3_600).validate(), Ok(()));
        let error = with(3_601).validate().unwrap_err();
        assert_eq!(error.to_string(), "resume_seconds must be 0 to 3600");
    }

    #[test]
    fn a_key_for_tokens_is_none_or_long_enough() {
        let with = |key: &str| GatewaySettings {
            resume_key: ResumeKey::from(key.to_owned()),
            ..GatewaySettings::default()
        };
        assert_eq!(with("").validate(), Ok(()));
        assert!(with(&"k".repeat(15)).validate().is_err());
        assert_eq!(with(&"k".repeat(16)).validate(), Ok(()));
    }

    #[test]
    fn the_longest_chunk_fits_into_the_largest_message() {
        let settings = GatewaySettings::default();
        // Base64 makes four bytes of three; the rest of the event takes less than a kibibyte.
        let longest = settings.max_chunk_bytes(InputFormat::default());
        assert!(longest.div_ceil(3) * 4 + 1_024 <= settings.max_message_bytes);
    }
}
