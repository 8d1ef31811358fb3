//! The rules for events, checked before an event is published and after it is read.

use super::parts::{AudioPayload, ClientOptions, SegmentRange, StoredObject, VoiceRecording};
use super::{AudioInput, AudioSynthesis, Body, Event, SessionStatus};
use crate::limits::{MAX_INLINE_BYTES, MAX_INLINE_REFERENCE_BYTES, MAX_NAME_BYTES, MAX_TEXT_BYTES};

/// A rule of the payload that an event breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct InvalidEvent {
    /// The field, by its name in the schema.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

/// The maximum number of translators of one text.
const MAX_TRANSLATORS: usize = 8;

type Checked = Result<(), InvalidEvent>;

fn must(holds: bool, field: &'static str, rule: &'static str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(InvalidEvent { field, rule })
    }
}

impl Event {
    /// Checks every rule of the payload.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Checked {
        name(&self.source, "source_service")?;
        match &self.body {
            Body::AudioInput(input) => audio_input(input),
            Body::SpeechSegment(speech) => {
                segment_range(speech.segment)?;
                audio(&speech.audio, "audio_bytes", MAX_INLINE_BYTES)?;
                rate(speech.sample_rate)?;
                options(&speech.options)
            }
            Body::TextRecognized(recognized) => {
                segment_range(recognized.segment)?;
                text(&recognized.text, "text")?;
                name(&recognized.language, "language")?;
                let within = |own: f32| (0.0..=1.0).contains(&own);
                let within = recognized.confidence.is_none_or(within);
                must(within, "confidence", "must be 0 to 1")?;
                short(recognized.recognizer.as_ref(), "recognizer")?;
                options(&recognized.options)
            }
            Body::TextTranslated(translated) => {
                segment_range(translated.segment)?;
                text(&translated.text, "text")?;
                let blank = translated.text.trim().is_empty();
                must(!blank, "text", "must not be empty")?;
                name(&translated.source_language, "source_language")?;
                name(&translated.target_language, "target_language")?;
                let number = translated.quality.is_none_or(f32::is_finite);
                must(number, "quality_score", "must be a number")?;
                let few = translated.translators.len() <= MAX_TRANSLATORS;
                must(few, "translators", "must be at most 8")?;
                for translator in &translated.translators {
                    name(translator, "translators")?;
                }
                short(translated.via.as_ref(), "via")?;
                options(&translated.options)
            }
            Body::AudioSynthesis(speech) => audio_synthesis(speech),
            Body::SessionStatus(status) => session_status(status),
            Body::PartialTranscript(partial) => {
                text(&partial.text, "text")?;
                fits31(partial.index, "segment_index")?;
                fits63(partial.start_sample, "start_sample")?;
                fits31(partial.revision, "revision")?;
                short(partial.language.as_ref(), "language")
            }
        }
    }
}

fn audio_input(input: &AudioInput) -> Checked {
    audio(&input.audio, "audio_bytes", MAX_INLINE_BYTES)?;
    rate(input.sample_rate)?;
    if let Some(chunk) = input.chunk {
        let forwards = chunk.start_sample <= chunk.end_sample;
        must(forwards, "end_sample", "must not lie before start_sample")?;
        fits63(chunk.end_sample, "end_sample")?;
        fits63(chunk.sequence, "sequence")?;
    }
    options(&input.options)
}

fn audio_synthesis(speech: &AudioSynthesis) -> Checked {
    segment_range(speech.segment)?;
    audio(&speech.audio, "audio_bytes", MAX_INLINE_BYTES)?;
    rate(speech.sample_rate)?;
    fits31(speech.part, "part")?;
    must(speech.duration_ms > 0, "duration_ms", "must be more than 0")?;
    fits63(speech.duration_ms, "duration_ms")?;
    short(speech.model.as_ref(), "model_name")?;
    short(speech.target_language.as_ref(), "target_language")?;
    short(speech.voice.as_ref(), "voice")?;
    short(speech.speaker_id.as_ref(), "speaker_id")?;
    match &speech.snippet {
        Some(snippet) => text(snippet, "text_snippet"),
        None => Ok(()),
    }
}

fn session_status(status: &SessionStatus) -> Checked {
    match status {
        SessionStatus::SegmentFailed {
            segment: at,
            stage,
            code,
            message,
        } => {
            segment_range(*at)?;
            name(code, "code")?;
            short(Some(stage), "stage")?;
            text(message, "message")
        }
        SessionStatus::Ended { segments } => fits31(*segments, "segments"),
        SessionStatus::Aborted { segments, code } => {
            fits31(*segments, "segments")?;
            short(Some(code), "code")
        }
    }
}

fn segment_range(segment: SegmentRange) -> Checked {
    let forwards = segment.start_sample < segment.end_sample;
    must(forwards, "end_sample", "must lie after start_sample")?;
    fits31(segment.index, "segment_index")?;
    fits63(segment.end_sample, "end_sample")
}

// Numbers in the schemas are signed.

fn fits31(number: u32, field: &'static str) -> Checked {
    let fits = i32::try_from(number).is_ok();
    must(fits, field, "must fit into 31 bits")
}

fn fits63(number: u64, field: &'static str) -> Checked {
    let fits = i64::try_from(number).is_ok();
    must(fits, field, "must fit into 63 bits")
}

fn audio(audio: &AudioPayload, field: &'static str, max_bytes: usize) -> Checked {
    match audio {
        AudioPayload::Inline(bytes) => {
            must(!bytes.is_empty(), field, "must not be empty")?;
            let fits = bytes.len() <= max_bytes;
            must(fits, field, "is too large to travel inside an event")
        }
        AudioPayload::Stored(object) => stored(object),
    }
}

fn stored(object: &StoredObject) -> Checked {
    let blank = object.uri.trim().is_empty();
    must(!blank, "audio_uri", "must not be blank")?;
    short(Some(&object.uri), "audio_uri")?;
    short(object.sha256.as_ref(), "audio_sha256")?;
    let size = object.size.unwrap_or(1);
    must(size > 0, "audio_size_bytes", "must be more than 0")?;
    fits63(size, "audio_size_bytes")
}

fn rate(hz: u32) -> Checked {
    must(hz > 0, "sample_rate_hz", "must be more than 0")?;
    fits31(hz, "sample_rate_hz")
}

fn text(text: &str, field: &'static str) -> Checked {
    must(
        text.len() <= MAX_TEXT_BYTES,
        field,
        "is longer than 65536 bytes",
    )
}

/// A required name.
fn name(name: &str, field: &'static str) -> Checked {
    must(!name.is_empty(), field, "must not be empty")?;
    must(
        name.len() <= MAX_NAME_BYTES,
        field,
        "is longer than 1024 bytes",
    )
}

/// An optional name.
fn short(name: Option<&String>, field: &'static str) -> Checked {
    let fits = name.is_none_or(|own| own.len() <= MAX_NAME_BYTES);
    must(fits, field, "is longer than 1024 bytes")
}

fn options(options: &ClientOptions) -> Checked {
    short(options.source.as_ref(), "language_hint")?;
    short(options.target.as_ref(), "target_language")?;
    short(options.voice.as_ref(), "voice")?;
    short(options.speaker.id.as_ref(), "speaker_id")?;
    let Some(VoiceRecording {
        audio: own,
        text: transcript,
        consent,
    }) = &options.speaker.reference
    else {
        return Ok(());
    };
    audio(own, "speaker_reference_bytes", MAX_INLINE_REFERENCE_BYTES)?;
    if let Some(transcript) = transcript {
        text(transcript, "speaker_reference_text")?;
    }
    if let Some(consent) = consent {
        let named = !consent.speaker.is_empty() && !consent.statement.is_empty();
        let rule = "must name the speaker and what they agreed to";
        must(named, "speaker_consent", rule)?;
        short(Some(&consent.speaker), "speaker_consent")?;
        text(&consent.statement, "speaker_consent")?;
        fits63(consent.given_at, "speaker_consent")?;
    }
    Ok(())
}
