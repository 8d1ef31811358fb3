//! Identities derived from what they name, so that repeated work has the same identities.
//! `contracts/events.md` has the rules.

use std::fmt;

use uuid::{Uuid, uuid};

/// The namespace of all identities, as in `contracts/events.md`.
pub const NAMESPACE: Uuid = uuid!("6f0d3a52-6c5b-5d0e-9c0a-3f6f4e1d7a10");

/// A session: one speaker, from the first sample to the last result. It is the key of all its
/// records and the `correlation_id` of all its events.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(String);

impl SessionId {
    /// The maximum length, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// A new session with a random name.
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// A name of another program: 1 to 128 bytes without control characters.
    pub fn parse(name: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&name.len());
        (fits && !name.chars().any(char::is_control) && !name.trim().is_empty())
            .then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stage that makes an event. Its name is part of the event's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The gateway, which receives audio.
    Ingress,
    /// The detector.
    Detect,
    /// The recognizer.
    Recognize,
    /// The translator.
    Translate,
    /// The synthesizer.
    Synthesize,
}

impl Stage {
    /// The stages of the pipeline, in order.
    pub const WORKING: [Self; 4] = [
        Self::Detect,
        Self::Recognize,
        Self::Translate,
        Self::Synthesize,
    ];

    /// Its name in identities, headers, metrics and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Detect => "vad",
            Self::Recognize => "asr",
            Self::Translate => "translate",
            Self::Synthesize => "speak",
        }
    }

    /// Its `source_service`, and for a stage of the pipeline the name of its consumer group.
    pub const fn service(self) -> &'static str {
        match self {
            Self::Ingress => "gateway-service",
            Self::Detect => "vad-service",
            Self::Recognize => "asr-service",
            Self::Translate => "translation-service",
            Self::Synthesize => "tts-service",
        }
    }
}

/// The segment of a session that begins at this sample, at 16 kHz.
pub fn segment(session: &SessionId, start_sample: u64) -> Uuid {
    derive(&format!("{session}:{start_sample}"))
}

/// The event that a stage makes of what begins at this sample: a chunk or a segment.
pub fn event(session: &SessionId, stage: Stage, start_sample: u64, part: u32) -> Uuid {
    derive(&format!(
        "{session}:{}:{start_sample}:{part}",
        stage.as_str()
    ))
}

/// The status of this kind: of a segment, by its first sample, or of the session's end.
pub fn status(session: &SessionId, kind: &str, start_sample: Option<u64>) -> Uuid {
    derive(&match start_sample {
        Some(sample) => format!("{session}:{kind}:{sample}"),
        None => format!("{session}:{kind}:end"),
    })
}

fn derive(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_those_of_the_contract() {
        let session = SessionId::parse("5b0f6a1c-1111-4222-8333-444455556666").unwrap();
        let page = include_str!("../../../contracts/events.md");
        for name in [
            NAMESPACE,
            segment(&session, 32_000),
            event(&session, Stage::Synthesize, 32_000, 1),
            status(&session, "segment_failed", Some(32_000)),
            status(&session, "ended", None),
        ] {
            assert!(
                page.contains(&name.to_string()),
                "{name} is not in events.md"
            );
        }
    }

    #[test]
    fn invalid_session_names_are_refused() {
        for bad in ["", " ", "a\nb", &"x".repeat(129)] {
            assert_eq!(SessionId::parse(bad), None, "{bad:?}");
        }
        assert!(SessionId::parse(&"x".repeat(128)).is_some());
        assert_ne!(SessionId::fresh(), SessionId::fresh());
    }
}
