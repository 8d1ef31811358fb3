//! From the text of a message to an event, or to what is wrong with it.

use serde_json::{Map, Value};

use super::ClientEvent;

/// Why a message is not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEventCode {
    /// It is not JSON.
    InvalidJson,
    /// It is JSON, but not an object with a `type`.
    MissingType,
    /// Its `type` is unknown.
    UnknownType,
    /// A field is missing or has another type.
    InvalidField,
}

impl InvalidEventCode {
    /// The stable code, as it stands in an error event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::MissingType => "missing_event_type",
            Self::UnknownType => "unknown_event_type",
            Self::InvalidField => "invalid_event",
        }
    }
}

/// A message that is not an event: the client's fault, and it may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEvent {
    /// What kind of fault.
    pub code: InvalidEventCode,
    /// What is wrong and what is right. Holds nothing of what the client sent.
    pub message: &'static str,
    /// The field at fault, where one can be named.
    pub param: Option<&'static str>,
    /// The client's own name for the event, where it could be read and is short enough to repeat.
    pub event_id: Option<String>,
}

/// The types of event that a client may send.
const TYPES: [&str; 4] = [
    "session.update",
    "session.input_audio_buffer.append",
    "session.resume",
    "session.close",
];

impl ClientEvent {
    /// The longest `event_id` that an error repeats, in bytes.
    pub const MAX_EVENT_ID_BYTES: usize = 128;

    /// Reads an event from the text of a message. Unknown fields are tolerated.
    ///
    /// # Errors
    /// [`InvalidEvent`], the client's fault.
    pub fn parse(text: &str) -> Result<Self, InvalidEvent> {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Err(fault(
                InvalidEventCode::InvalidJson,
                "the message is not JSON; send one JSON object a message",
                None,
            ));
        };
        let Value::Object(event) = value else {
            return Err(fault(
                InvalidEventCode::MissingType,
                "the message is not an object; send {\"type\": …}",
                None,
            ));
        };
        let event_id = short_event_id(&event);
        Self::from_object(event).map_err(|error| InvalidEvent { event_id, ..error })
    }

    fn from_object(event: Map<String, Value>) -> Result<Self, InvalidEvent> {
        let Some(kind) = event.get("type").and_then(Value::as_str) else {
            return Err(fault(
                InvalidEventCode::MissingType,
                "the event has no \"type\" that is a string",
                Some("type"),
            ));
        };
        let Some(kind) = TYPES.iter().copied().find(|known| *known == kind) else {
            return Err(fault(
                InvalidEventCode::UnknownType,
                "unknown event type; send session.update, session.input_audio_buffer.append, \
                 session.close or session.resume",
                Some("type"),
            ));
        };
        serde_json::from_value(Value::Object(event)).map_err(|_| match kind {
            "session.update" => fault(
                InvalidEventCode::InvalidField,
                "session.update needs an object \"session\" whose fields have the documented types",
                Some("session"),
            ),
            "session.resume" => fault(
                InvalidEventCode::InvalidField,
                "session.resume needs \"resume_token\", a string, and may have \"last_seq\", an \
                 array of whole numbers",
                Some("resume_token"),
            ),
            "session.close" => fault(
                InvalidEventCode::InvalidField,
                "session.close takes only an \"event_id\" that is a string",
                Some("event_id"),
            ),
            _ => fault(
                InvalidEventCode::InvalidField,
                "session.input_audio_buffer.append needs \"audio\", a string of base64",
                Some("audio"),
            ),
        })
    }
}

fn short_event_id(event: &Map<String, Value>) -> Option<String> {
    let id = event.get("event_id")?.as_str()?;
    (id.len() <= ClientEvent::MAX_EVENT_ID_BYTES).then(|| id.to_owned())
}

fn fault(
    code: InvalidEventCode,
    message: &'static str,
    param: Option<&'static str>,
) -> InvalidEvent {
    InvalidEvent {
        code,
        message,
        param,
        event_id: None,
    }
}
