//! Reference audio of a request: validated, fetched and decoded from base64.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use mynah_api::limits::REF_TEXT_CHARS;
use mynah_api::{BASE64, SpeechBody, TaskType};
use mynah_speech::text::normalize_control_chars;
use mynah_speech::{Consent, InvalidConsent, Reference};

use super::validated_request::check_length;
use crate::arriving_bodies::ArrivingBody;
use crate::error::ApiError;
use crate::remote::Remote;

/// Reference audio with its transcript and consent, not yet read.
pub(super) struct PendingReference {
    source: Source,
    text: Option<String>,
    x_vector_only: bool,
    consent: Consent,
}

/// The source of the audio.
enum Source {
    /// The bytes of an upload.
    File(Vec<u8>),
    /// Base64: `ref_audio` from this byte on.
    Base64(String, usize),
    /// At a URL.
    Remote(String),
}

impl fmt::Debug for PendingReference {
    /// Without the content, which is private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::File(_) => "file",
            Source::Base64(..) => "base64",
            Source::Remote(_) => "remote",
        };
        f.debug_tuple("PendingReference").field(&source).finish()
    }
}

impl PendingReference {
    /// Takes the fields of reference audio out of a body, and validates their combination. Fields
    /// without an effect are added to `ignored`.
    pub(super) fn take(
        body: &mut SpeechBody,
        file: Option<Vec<u8>>,
        ignored: &mut Vec<String>,
    ) -> Result<Option<Self>, ApiError> {
        let sent = body.ref_audio.take().map(|sent| sent.0);
        let sent = sent.filter(|sent| !sent.trim().is_empty());
        let text = body.ref_text.take().filter(|text| !text.trim().is_empty());
        let x_vector_only = body.x_vector_only_mode.take().unwrap_or(false);
        let consent = body.consent.take();
        let source = match (file, sent) {
            (Some(file), _) => Source::File(file),
            (None, Some(sent)) => source(sent)?,
            (None, None) => {
                if consent.is_some() {
                    ignored.push("consent".into());
                }
                return check_without_audio(body.task_type, text.is_some(), x_vector_only)
                    .map(|()| None);
            }
        };
        if let Some(task @ (TaskType::CustomVoice | TaskType::VoiceDesign)) = body.task_type {
            let message = format!(
                "`task_type` {} has no `ref_audio`; leave one of the two out, or send Base to \
                 speak in the voice of the recording",
                task.as_str()
            );
            return Err(ApiError::invalid("task_type", message));
        }
        let consent = consent.ok_or(ApiError::Consent)?;
        let consent = match Consent::now(&consent.speaker, &consent.statement) {
            Err(InvalidConsent::Missing) => return Err(ApiError::Consent),
            consent => consent.map_err(|error| ApiError::invalid("consent", error.to_string()))?,
        };
        if let Some(text) = &text {
            check_length("ref_text", text, REF_TEXT_CHARS)?;
        }
        let text = text.map(|text| normalize_control_chars(&text));
        Ok(Some(Self {
            source,
            text,
            x_vector_only,
            consent,
        }))
    }

    /// Fetches the audio, if it is at a URL: at most `max_bytes`, which count as arriving from the
    /// start.
    pub(super) async fn fetch(
        &mut self,
        remote: &Remote,
        arrival: &ArrivingBody,
        max_bytes: usize,
    ) -> Result<(), ApiError> {
        let Source::Remote(address) = &self.source else {
            return Ok(());
        };
        remote.check()?;
        if !arrival.add(max_bytes) {
            return Err(ApiError::Arriving(arrival.refused().unwrap_or_default()));
        }
        let file = remote.fetch(address.clone(), arrival.clone()).await?;
        self.source = Source::File(file);
        Ok(())
    }

    /// Reads the audio, which was fetched before. Blocking.
    pub(super) fn read(self, max_bytes: usize) -> Result<Arc<Reference>, ApiError> {
        let audio = match self.source {
            Source::File(bytes) => bytes,
            Source::Base64(text, from) => decode(&text[from..], max_bytes)?,
            Source::Remote(_) => return Err(ApiError::internal("remote audio was not fetched")),
        };
        if audio.is_empty() {
            return Err(ApiError::invalid(
                "ref_audio",
                "`ref_audio` is empty; send an audio file",
            ));
        }
        if audio.len() > max_bytes {
            return Err(ApiError::TooLarge(max_bytes));
        }
        Ok(Arc::new(Reference {
            audio: audio.into(),
            text: self.text,
            x_vector_only: self.x_vector_only,
            provenance: self.consent.into(),
        }))
    }
}

/// The source of the audio of a JSON field.
fn source(sent: String) -> Result<Source, ApiError> {
    let begins = |prefix: &str| {
        sent.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if begins("data:") {
        let from = sent
            .find(',')
            .filter(|comma| sent[..*comma].to_ascii_lowercase().ends_with(";base64"));
        let Some(comma) = from else {
            let message = "`ref_audio` is a data URL without base64; write it as \
                           data:audio/wav;base64,…";
            return Err(ApiError::invalid("ref_audio", message));
        };
        return Ok(Source::Base64(sent, comma + 1));
    }
    if begins("https://") || begins("http://") {
        return Ok(Source::Remote(sent.trim().to_owned()));
    }
    if sent.chars().take(32).any(|c| c == ':') {
        let message = "`ref_audio` must be a data URL, base64 or an https address";
        return Err(ApiError::invalid("ref_audio", message));
    }
    Ok(Source::Base64(sent, 0))
}

/// Refuses fields that have no meaning without reference audio.
fn check_without_audio(
    task: Option<TaskType>,
    text: bool,
    x_vector_only: bool,
) -> Result<(), ApiError> {
    if task == Some(TaskType::Base) {
        let message = "`task_type` Base speaks in the voice of a recording; send `ref_audio` with \
                       `consent`, or take another task";
        return Err(ApiError::invalid("ref_audio", message));
    }
    for (is_sent, param) in [(text, "ref_text"), (x_vector_only, "x_vector_only_mode")] {
        if is_sent {
            let message =
                format!("`{param}` belongs to `ref_audio`, which is missing; send both or none");
            return Err(ApiError::invalid(param, message));
        }
    }
    Ok(())
}

fn decode(text: &str, max_bytes: usize) -> Result<Vec<u8>, ApiError> {
    // Base64 may be wrapped.
    let mut text = text.as_bytes().to_vec();
    text.retain(|byte| !byte.is_ascii_whitespace());
    if text.len() / 4 * 3 > max_bytes.saturating_add(3) {
        return Err(ApiError::TooLarge(max_bytes));
    }
    BASE64
        .decode(text)
        .map_err(|_| ApiError::invalid("ref_audio", "`ref_audio` is not base64 of an audio file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sent: &str) -> Option<Vec<u8>> {
        match source(sent.into()).ok()? {
            Source::Base64(text, from) => decode(&text[from..], 8).ok(),
            Source::File(_) | Source::Remote(_) => None,
        }
    }

    #[test]
    fn base64_is_accepted_in_many_forms() {
        for right in [
            "c291bmQ=",
            "c291bmQ",
            " c291\r\nbmQ=\n",
            "data:audio/wav;base64,c291bmQ=",
            "DATA:audio/wav;codecs=1;BASE64,c291bmQ=",
            "data:;base64,c291bmQ=",
        ] {
            assert_eq!(read(right).as_deref(), Some(b"sound".as_slice()), "{right}");
        }
        for wrong in [
            "data:audio/wav,sound",
            "data:audio/wav",
            "sound!",
            "c291bmQ=c291",
            "file:///etc/passwd",
            "s3://bucket/a.wav",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn limit_counts_decoded_bytes() {
        assert_eq!(read("YWJjZGVmZ2g=").unwrap().len(), 8);
        let long = "YWJj".repeat(5);
        assert!(matches!(decode(&long, 8), Err(ApiError::TooLarge(8))));
    }
}
