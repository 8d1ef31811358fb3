//! The text messages of `/ws/audio`.

use mynah_api::realtime::AUDIO_SAMPLE_RATE_HZ;
use mynah_speech_translation::SessionOptions;
use mynah_synthesis::VoiceChoice;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::fault::Fault;

/// A text message of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TextMessage {
    /// What the sound is, and what is to become of it.
    Start(Start),
    /// All sound is sent.
    Done,
}

/// The options of a client; those that it does not send are the settings' own.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Start {
    language: Option<String>,
    target_language: Option<String>,
    voice: Option<String>,
    sample_rate_hz: Option<u32>,
}

/// The first message of the server.
pub(super) fn handshake(session: Uuid) -> String {
    json!({"status": "connected", "correlation_id": session.to_string()}).to_string()
}

impl TextMessage {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Named {
            event: String,
        }
        let wrong = || {
            let message = "send {\"event\": \"done\"} after the sound, or before it \
                           {\"event\": \"start\", …} with fields of the documented types";
            Fault::client("invalid_event", message)
        };
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|_| Fault::client("invalid_json", "the text is not JSON"))?;
        let named: Named = serde_json::from_value(value.clone()).map_err(|_| wrong())?;
        match named.event.as_str() {
            "done" => Ok(Self::Done),
            "start" => serde_json::from_value(value)
                .map(Self::Start)
                .map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl Start {
    /// Applies the options.
    pub(super) fn apply(self, options: &mut SessionOptions) -> Result<(), Fault> {
        let not_a_language = |param| {
            let message = "not a language tag; write BCP-47 such as en, en-US or zh-Hant";
            move |_| Fault::client("invalid_language", message).blaming(param)
        };
        if self
            .sample_rate_hz
            .is_some_and(|hz| hz != AUDIO_SAMPLE_RATE_HZ)
        {
            let message = "sound comes here at 16000 Hz; /v1/realtime/translations takes 24000";
            return Err(Fault::client("unsupported_sample_rate", message).blaming("sample_rate_hz"));
        }
        if let Some(tag) = self.language {
            options.source = tag.parse().map_err(not_a_language("language"))?;
        }
        if let Some(tag) = self.target_language {
            options.target = tag.parse().map_err(not_a_language("target_language"))?;
        }
        if let Some(voice) = self.voice {
            options.voice = VoiceChoice::Named(voice);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_messages_are_parsed_and_others_refused() {
        assert_eq!(
            TextMessage::parse(r#"{"event": "done"}"#),
            Ok(TextMessage::Done)
        );
        let start =
            TextMessage::parse(r#"{"event": "start", "language": "en", "more": 1}"#).unwrap();
        let language = Some("en".to_owned());
        assert_eq!(
            start,
            TextMessage::Start(Start {
                language,
                ..Start::default()
            })
        );
        for (text, code) in [
            ("done", "invalid_json"),
            ("[]", "invalid_event"),
            ("{}", "invalid_event"),
            (r#"{"event": "stop"}"#, "invalid_event"),
            (r#"{"event": "start", "language": 1}"#, "invalid_event"),
        ] {
            assert_eq!(TextMessage::parse(text).unwrap_err().code, code, "{text}");
        }
    }
}
