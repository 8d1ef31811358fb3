//! What an event may not say. Checked before it is published and after it was read.

use super::parts::{Object, Place, Sound, VoiceRecording, Wishes};
use super::{Body, Event, SessionStatus};
use crate::limits::{INLINE_MAX, INLINE_REFERENCE_MAX, TEXT_MAX};

/// A rule of the payload that an event breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidEvent {
    /// The field, by its name in the schema.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

const fn broken(field: &'static str, rule: &'static str) -> InvalidEvent {
    InvalidEvent { field, rule }
}

fn must(holds: bool, field: &'static str, rule: &'static str) -> Result<(), InvalidEvent> {
    if holds {
        Ok(())
    } else {
        Err(broken(field, rule))
    }
}

impl Event {
    /// Checks every rule of the payload.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), InvalidEvent> {
        must(
            !self.source.is_empty(),
            "source_service",
            "must not be empty",
        )?;
        match &self.body {
            Body::AudioInput(input) => {
                sound(&input.sound, "audio_bytes", INLINE_MAX)?;
                rate(input.sample_rate)?;
                if let Some(chunk) = input.chunk {
                    must(
                        chunk.start_sample <= chunk.end_sample,
                        "end_sample",
                        "must not lie before start_sample",
                    )?;
                }
                wishes(&input.wishes)
            }
            Body::SpeechSegment(segment) => {
                place(segment.place)?;
                sound(&segment.sound, "audio_bytes", INLINE_MAX)?;
                rate(segment.sample_rate)?;
                wishes(&segment.wishes)
            }
            Body::TextRecognised(recognised) => {
                place(recognised.place)?;
                text(&recognised.text, "text")?;
                must(
                    !recognised.language.is_empty(),
                    "language",
                    "must not be empty",
                )?;
                let within = recognised
                    .confidence
                    .is_none_or(|own| (0.0..=1.0).contains(&own));
                must(within, "confidence", "must be 0 to 1")?;
                wishes(&recognised.wishes)
            }
            Body::TextTranslated(translated) => {
                place(translated.place)?;
                text(&translated.text, "text")?;
                must(
                    !translated.text.trim().is_empty(),
                    "text",
                    "must not be empty",
                )?;
                let named = !translated.source_language.is_empty();
                must(named, "source_language", "must not be empty")?;
                let named = !translated.target_language.is_empty();
                must(named, "target_language", "must not be empty")?;
                wishes(&translated.wishes)
            }
            Body::AudioSynthesis(speech) => {
                place(speech.place)?;
                sound(&speech.sound, "audio_bytes", INLINE_MAX)?;
                rate(speech.sample_rate)?;
                must(speech.duration_ms > 0, "duration_ms", "must be more than 0")
            }
            Body::SessionStatus(SessionStatus::SegmentFailed {
                place: at, code, ..
            }) => {
                place(*at)?;
                must(!code.is_empty(), "code", "must not be empty")
            }
            Body::SessionStatus(_) => Ok(()),
            Body::PartialTranscript(partial) => text(&partial.text, "text"),
        }
    }
}

fn place(place: Place) -> Result<(), InvalidEvent> {
    let forwards = place.start_sample < place.end_sample;
    must(forwards, "end_sample", "must lie after start_sample")?;
    // Numbers of the wire are signed.
    must(
        place.index <= i32::MAX as u32,
        "segment_index",
        "must fit into 31 bits",
    )?;
    must(
        place.end_sample <= i64::MAX as u64,
        "end_sample",
        "must fit into 63 bits",
    )
}

fn sound(sound: &Sound, field: &'static str, most: usize) -> Result<(), InvalidEvent> {
    match sound {
        Sound::Inline(bytes) => {
            must(!bytes.is_empty(), field, "must not be empty")?;
            must(
                bytes.len() <= most,
                field,
                "is too large to travel inside an event",
            )
        }
        Sound::Stored(object) => stored(object),
    }
}

fn stored(object: &Object) -> Result<(), InvalidEvent> {
    must(
        !object.uri.trim().is_empty(),
        "audio_uri",
        "must not be blank",
    )?;
    must(
        object.size != Some(0),
        "audio_size_bytes",
        "must be more than 0",
    )
}

fn rate(hz: u32) -> Result<(), InvalidEvent> {
    must(
        hz > 0 && hz <= i32::MAX as u32,
        "sample_rate_hz",
        "must be more than 0",
    )
}

fn text(text: &str, field: &'static str) -> Result<(), InvalidEvent> {
    must(text.len() <= TEXT_MAX, field, "is longer than 65536 bytes")
}

fn wishes(wishes: &Wishes) -> Result<(), InvalidEvent> {
    let Some(VoiceRecording {
        sound: own,
        text: said,
        consent,
    }) = &wishes.speaker.reference
    else {
        return Ok(());
    };
    sound(own, "speaker_reference_bytes", INLINE_REFERENCE_MAX)?;
    if let Some(said) = said {
        text(said, "speaker_reference_text")?;
    }
    if let Some(consent) = consent {
        let named = !consent.speaker.is_empty() && !consent.statement.is_empty();
        must(
            named,
            "speaker_consent",
            "must name the speaker and what they agreed to",
        )?;
    }
    Ok(())
}
