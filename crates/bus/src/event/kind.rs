//! The seven events: their records, topics and schemas.

use crate::record::topic;

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `AudioInputEvent`.
    AudioInput,
    /// `SpeechSegmentEvent`.
    SpeechSegment,
    /// `TextRecognizedEvent`.
    TextRecognized,
    /// `TextTranslatedEvent`.
    TextTranslated,
    /// `AudioSynthesisEvent`.
    AudioSynthesis,
    /// `SessionStatusEvent`.
    SessionStatus,
    /// `PartialTranscriptEvent`.
    PartialTranscript,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::AudioInput,
        Self::SpeechSegment,
        Self::TextRecognized,
        Self::TextTranslated,
        Self::AudioSynthesis,
        Self::SessionStatus,
        Self::PartialTranscript,
    ];

    /// The name of its record, which is its `event_type`.
    pub const fn record(self) -> &'static str {
        match self {
            Self::AudioInput => "AudioInputEvent",
            Self::SpeechSegment => "SpeechSegmentEvent",
            Self::TextRecognized => "TextRecognizedEvent",
            Self::TextTranslated => "TextTranslatedEvent",
            Self::AudioSynthesis => "AudioSynthesisEvent",
            Self::SessionStatus => "SessionStatusEvent",
            Self::PartialTranscript => "PartialTranscriptEvent",
        }
    }

    /// Its topic. Each topic has one kind.
    pub const fn topic(self) -> &'static str {
        match self {
            Self::AudioInput => topic::INGRESS,
            Self::SpeechSegment => topic::SEGMENT,
            Self::TextRecognized => topic::RECOGNIZED,
            Self::TextTranslated => topic::TRANSLATED,
            Self::AudioSynthesis => topic::SYNTHESIZED,
            Self::SessionStatus => topic::STATUS,
            Self::PartialTranscript => topic::PARTIAL,
        }
    }

    /// The kind of a topic.
    pub fn of_topic(topic: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.topic() == topic)
    }

    /// The subject in the schema registry, by the topic's name (`TopicNameStrategy`).
    pub fn subject(self) -> String {
        format!("{}-value", self.topic())
    }

    /// The schema in `contracts/avro`.
    pub const fn schema(self) -> &'static str {
        match self {
            Self::AudioInput => include_str!("../../../../contracts/avro/AudioInputEvent.avsc"),
            Self::SpeechSegment => {
                include_str!("../../../../contracts/avro/SpeechSegmentEvent.avsc")
            }
            Self::TextRecognized => {
                include_str!("../../../../contracts/avro/TextRecognizedEvent.avsc")
            }
            Self::TextTranslated => {
                include_str!("../../../../contracts/avro/TextTranslatedEvent.avsc")
            }
            Self::AudioSynthesis => {
                include_str!("../../../../contracts/avro/AudioSynthesisEvent.avsc")
            }
            Self::SessionStatus => {
                include_str!("../../../../contracts/avro/SessionStatusEvent.avsc")
            }
            Self::PartialTranscript => {
                include_str!("../../../../contracts/avro/PartialTranscriptEvent.avsc")
            }
        }
    }
}
