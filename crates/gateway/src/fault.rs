//! Everything that can go wrong on a connection: its stable code, whose fault it is, and what
//! becomes of the connection.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, close_code};
use mynah_api::realtime::{InvalidEvent, RealtimeError, RealtimeErrorType};
use mynah_speech::SpeechError;

/// An error event, before it has the name of the client's event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: RealtimeErrorType,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) param: Option<&'static str>,
    pub(crate) event_id: Option<String>,
}

impl Fault {
    pub(crate) fn client(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let kind = RealtimeErrorType::InvalidRequestError;
        Self {
            kind,
            code,
            message,
            param: None,
            event_id: None,
        }
    }

    pub(crate) fn limit(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: RealtimeErrorType::RateLimitError,
            ..Self::client(code, message)
        }
    }

    pub(crate) fn server(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: RealtimeErrorType::ServerError,
            ..Self::client(code, message)
        }
    }

    pub(crate) fn blaming(self, param: &'static str) -> Self {
        Self {
            param: Some(param),
            ..self
        }
    }

    pub(crate) fn of_event(self, event_id: Option<&str>) -> Self {
        let event_id = event_id
            .filter(|id| id.len() <= mynah_api::realtime::ClientEvent::MAX_EVENT_ID_BYTES)
            .map(str::to_owned);
        Self { event_id, ..self }
    }

    /// An engine's error about a session's configuration.
    pub(crate) fn of_engine(error: &SpeechError) -> Self {
        let message = error.to_string();
        match error {
            SpeechError::Unsupported { param, .. } | SpeechError::Invalid { param, .. } => {
                let (code, param) = match *param {
                    "language" => ("unsupported_language", "session.audio.input.language"),
                    "target" => ("unsupported_language", "session.audio.output.language"),
                    "ref_audio" | "ref_text" => {
                        ("unsupported_speaker_reference", "session.speaker_reference")
                    }
                    _ => ("unsupported_voice", "session.audio.output.voice"),
                };
                Self::client(code, message).blaming(param)
            }
            SpeechError::Unavailable { .. } => Self::server("engine_unavailable", message),
            SpeechError::Busy { .. } => Self::limit("engine_busy", message),
            SpeechError::Failed { .. } | SpeechError::Cancelled => {
                Self::server("engine_failed", message)
            }
        }
    }
}

impl From<InvalidEvent> for Fault {
    fn from(error: InvalidEvent) -> Self {
        let event_id = error.event_id;
        Self {
            event_id,
            param: error.param,
            ..Self::client(error.code.as_str(), error.message)
        }
    }
}

impl From<Fault> for RealtimeError {
    fn from(fault: Fault) -> Self {
        Self {
            kind: fault.kind,
            code: fault.code.to_owned(),
            message: fault.message,
            param: fault.param.map(str::to_owned),
            event_id: fault.event_id,
        }
    }
}

/// How a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client asked for it, and has got everything.
    Closed,
    /// The connection was lost. Nothing can be sent any more.
    Left,
    /// The client has closed the connection, with code 1000. Nothing can be sent any more.
    ClosedByClient,
    /// The client gets an error, and the connection closes. `flushed`: it got the error before, and all
    /// since.
    Fault {
        fault: Fault,
        close: u16,
        flushed: bool,
    },
}

impl End {
    /// The end that a client's close frame means.
    pub(crate) fn of_close_frame(frame: Option<&CloseFrame>) -> Self {
        match frame {
            Some(frame) if frame.code == close_code::NORMAL => Self::ClosedByClient,
            _ => Self::Left,
        }
    }

    /// Whether nothing can be sent any more.
    pub(crate) const fn is_disconnected(&self) -> bool {
        matches!(self, Self::Left | Self::ClosedByClient)
    }

    /// Whether the client was sent all results.
    pub(crate) const fn is_complete(&self) -> bool {
        matches!(self, Self::Closed | Self::Fault { flushed: true, .. })
    }

    /// Whether the client may want to resume the session.
    pub(crate) fn is_resumable(&self) -> bool {
        const RESUMABLE: [&str; 4] = [
            "bus_unavailable",
            "client_too_slow",
            "keepalive_timeout",
            "resumed_elsewhere",
        ];
        match self {
            Self::Left => true,
            Self::Closed | Self::ClosedByClient => false,
            Self::Fault { fault, .. } => RESUMABLE.contains(&fault.code),
        }
    }

    fn fault(fault: Fault, close: u16) -> Self {
        Self::Fault {
            fault,
            close,
            flushed: false,
        }
    }

    /// The same, after the client got the error and all audio was interpreted.
    pub(crate) fn after_flush(self) -> Self {
        match self {
            Self::Fault { fault, close, .. } => Self::Fault {
                fault,
                close,
                flushed: true,
            },
            end => end,
        }
    }

    /// The end's name in the metrics.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Left | Self::ClosedByClient => "left",
            Self::Fault { fault, .. } => fault.code,
        }
    }

    pub(crate) fn too_many_invalid() -> Self {
        let message = "too many messages were invalid; the errors before this one say what to mend";
        Self::fault(
            Fault::client("too_many_invalid_messages", message),
            close_code::POLICY,
        )
    }

    pub(crate) fn too_big(max_bytes: usize) -> Self {
        let message = format!("a message may have {max_bytes} bytes; send shorter pieces of sound");
        Self::fault(Fault::client("message_too_big", message), close_code::SIZE)
    }

    pub(crate) fn broken_frame() -> Self {
        let message = "the bytes are not the WebSocket protocol (RFC 6455)";
        Self::fault(
            Fault::client("protocol_error", message),
            close_code::PROTOCOL,
        )
    }

    pub(crate) fn idle(seconds: u32) -> Self {
        let message =
            format!("no event came for {seconds} s; keep sending silence, or session.close");
        Self::fault(Fault::limit("idle_timeout", message), close_code::AWAY)
    }

    pub(crate) fn lost() -> Self {
        let message = "not even an answer to a ping came";
        Self::fault(Fault::limit("keepalive_timeout", message), close_code::AWAY)
    }

    pub(crate) fn expired(seconds: u32) -> Self {
        let message = format!("a session lasts {seconds} s at most; connect again");
        Self::fault(Fault::limit("session_expired", message), close_code::POLICY)
    }

    pub(crate) fn shutting_down() -> Self {
        let message = "the server is about to stop; connect again";
        Self::fault(
            Fault::server("server_shutting_down", message),
            close_code::AWAY,
        )
    }

    pub(crate) fn key_revoked() -> Self {
        let message = "the key of this session was revoked";
        Self::fault(
            Fault::client("invalid_api_key", message),
            close_code::POLICY,
        )
    }

    pub(crate) fn audio_used_up(retry_after: Duration) -> Self {
        let seconds = mynah_http::whole_seconds(retry_after);
        let message = format!("the seconds of audio are used up; retry in {seconds} s");
        Self::fault(Fault::limit("rate_limited", message), close_code::POLICY)
    }

    pub(crate) fn too_slow(seconds: u32) -> Self {
        let message = format!("nothing could be sent for {seconds} s; read while you send");
        Self::fault(Fault::limit("client_too_slow", message), close_code::POLICY)
    }

    pub(crate) fn flush_timeout() -> Self {
        let message = "what was heard could not be interpreted to its end in time";
        Self::fault(Fault::server("flush_timeout", message), close_code::ERROR)
    }

    pub(crate) fn internal() -> Self {
        let message = "something broke here; the server's log says what";
        Self::fault(Fault::server("internal_error", message), close_code::ERROR)
    }

    pub(crate) fn bus_unavailable() -> Self {
        let message = "the bus between the stages can't be reached; what it has acknowledged is \
                       kept: resume the session, or connect again";
        Self::fault(Fault::server("bus_unavailable", message), close_code::ERROR)
    }

    pub(crate) fn aborted(code: &str) -> Self {
        let message = format!(
            "the session was aborted ({code}): its audio stopped coming or has a gap; connect \
             again"
        );
        Self::fault(Fault::server("session_aborted", message), close_code::ERROR)
    }

    pub(crate) fn results_overflow() -> Self {
        let message = "more results wait than a session may have; read while you send";
        Self::fault(
            Fault::server("results_overflow", message),
            close_code::ERROR,
        )
    }

    pub(crate) fn resumed_elsewhere() -> Self {
        let message = "another connection has resumed this session";
        Self::fault(
            Fault::limit("resumed_elsewhere", message),
            close_code::POLICY,
        )
    }

    /// Of `/ws/audio`: what a client sent can't be used.
    pub(crate) fn unsupported(fault: Fault) -> Self {
        let close = match fault.kind {
            RealtimeErrorType::ServerError => close_code::ERROR,
            RealtimeErrorType::RateLimitError => close_code::AGAIN,
            RealtimeErrorType::InvalidRequestError => close_code::UNSUPPORTED,
        };
        Self::fault(fault, close)
    }

    pub(crate) fn too_many() -> Self {
        let message = "all places for sessions are taken; connect again a little later";
        Self::fault(Fault::limit("overloaded", message), close_code::AGAIN)
    }

    pub(crate) fn too_fast(per_second: u32) -> Self {
        let message = format!("one second may have {per_second} messages; send longer pieces");
        Self::fault(
            Fault::limit("too_many_messages", message),
            close_code::POLICY,
        )
    }

    pub(crate) fn too_much_audio(max_bytes: usize) -> Self {
        let message = format!("a session may have {max_bytes} bytes of sound; connect again");
        Self::fault(Fault::client("too_much_audio", message), close_code::SIZE)
    }
}
