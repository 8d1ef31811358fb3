//! Events of a client.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SessionPatch;

/// One event of a client. Read it with [`ClientEvent::parse`], whose error states what is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum ClientEvent {
    /// Changes the configuration. What it does not name stays as it is.
    #[serde(rename = "session.update")]
    Update(Box<SessionUpdate>),
    /// Appends audio.
    #[serde(rename = "session.input_audio_buffer.append")]
    Append(AppendAudio),
    /// Ours. Takes up a session whose connection was lost. Before any audio of this connection.
    #[serde(rename = "session.resume")]
    Resume(ResumeSession),
    /// Ends the session: the received audio is interpreted to its end, then the server closes.
    #[serde(rename = "session.close")]
    Close(CloseSession),
}

/// The fields of `session.update`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionUpdate {
    /// The client's own name for this event; an error that it causes repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// What to change.
    pub session: SessionPatch,
}

/// The fields of `session.input_audio_buffer.append`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AppendAudio {
    /// The client's own name for this event; an error that it causes repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Base64 of 16-bit little-endian PCM, 24 kHz, mono. Any number of bytes: events are joined,
    /// and half a sample at the end of one is completed by the next.
    pub audio: String,
}

/// The fields of `session.resume`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResumeSession {
    /// The client's own name for this event; an error that it causes repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The `resume_token` of the session.
    pub resume_token: String,
    /// The highest `seq` received of each kind of event; what is not higher is not sent again.
    #[serde(default)]
    pub last_seq: Vec<u64>,
}

impl fmt::Debug for ResumeSession {
    /// Without the token, which opens the session.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeSession")
            .field("event_id", &self.event_id)
            .field("last_seq", &self.last_seq)
            .finish_non_exhaustive()
    }
}

/// The fields of `session.close`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CloseSession {
    /// The client's own name for this event; an error that it causes repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}

impl ClientEvent {
    /// The client's own name for this event.
    pub fn event_id(&self) -> Option<&str> {
        match self {
            Self::Update(event) => event.event_id.as_deref(),
            Self::Append(event) => event.event_id.as_deref(),
            Self::Resume(event) => event.event_id.as_deref(),
            Self::Close(event) => event.event_id.as_deref(),
        }
    }
}
