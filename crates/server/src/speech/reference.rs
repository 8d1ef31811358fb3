//! Reference audio as sent: checked, found and made one piece of the job.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mynah_api::limits::REF_TEXT_CHARS;
use mynah_api::{SpeechBody, TaskType};
use mynah_speech::{Consent, InvalidConsent, Reference};

use super::order::{check_length, invalid, spaced};
use crate::error::ApiError;
use crate::limit::Arrival;
use crate::remote::Remote;

/// Clients pad base64 or don't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reference audio that was promised with all that belongs to it, not yet read.
pub(super) struct Promised {
    source: Source,
    text: Option<String>,
    x_vector_only: bool,
    consent: Consent,
}

/// Where the audio is.
enum Source {
    /// Here.
    File(Vec<u8>),
    /// Here, in base64: `ref_audio` from this byte on.
    Base64(String, usize),
    /// At an address.
    Remote(String),
}

impl fmt::Debug for Promised {
    /// Nothing of its owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::File(_) => "file",
            Source::Base64(..) => "base64",
            Source::Remote(_) => "remote",
        };
        f.debug_tuple("Promised").field(&source).finish()
    }
}

impl Promised {
    /// Takes what concerns reference audio out of a body, and checks that it fits together. What
    /// changes nothing is added to `ignored`.
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
                return alone(body.task_type, text.is_some(), x_vector_only).map(|()| None);
            }
        };
        if let Some(task @ (TaskType::CustomVoice | TaskType::VoiceDesign)) = body.task_type {
            let message = format!(
                "`task_type` {} takes no `ref_audio`; leave one of the two out, or send Base to \
                 speak in the voice of the recording",
                task.as_str()
            );
            return Err(invalid("task_type", message));
        }
        let consent = consent.ok_or(ApiError::Consent)?;
        let consent = match Consent::now(&consent.speaker, &consent.statement) {
            Err(InvalidConsent::Missing) => return Err(ApiError::Consent),
            consent => consent.map_err(|error| invalid("consent", error.to_string()))?,
        };
        if let Some(text) = &text {
            check_length("ref_text", text, REF_TEXT_CHARS)?;
        }
        let text = text.map(|text| spaced(&text));
        Ok(Some(Self {
            source,
            text,
            x_vector_only,
            consent,
        }))
    }

    /// Waits until the audio is here, where it is elsewhere: at most `most` bytes, which count
    /// as arriving before they are there.
    pub(super) async fn arrive(
        &mut self,
        remote: &Remote,
        arrival: &Arrival,
        most: usize,
    ) -> Result<(), ApiError> {
        let Source::Remote(address) = &self.source else {
            return Ok(());
        };
        remote.check()?;
        if !arrival.add(most) {
            return Err(ApiError::Arriving(arrival.refused().unwrap_or_default()));
        }
        let file = remote.fetch(address.clone(), arrival.clone()).await?;
        self.source = Source::File(file);
        Ok(())
    }

    /// Reads the audio, which is here. Blocking.
    pub(super) fn read(self, most: usize) -> Result<Arc<Reference>, ApiError> {
        let audio = match self.source {
            Source::File(bytes) => bytes,
            Source::Base64(text, from) => decode(&text[from..], most)?,
            Source::Remote(_) => return Err(ApiError::internal("remote audio is not here")),
        };
        if audio.is_empty() {
            return Err(invalid(
                "ref_audio",
                "`ref_audio` is empty; send a sound file",
            ));
        }
        if audio.len() > most {
            return Err(ApiError::TooLarge(most));
        }
        Ok(Arc::new(Reference {
            audio: audio.into(),
            text: self.text,
            x_vector_only: self.x_vector_only,
            consent: self.consent,
        }))
    }
}

/// Where the audio of a JSON field is.
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
            return Err(invalid("ref_audio", message));
        };
        return Ok(Source::Base64(sent, comma + 1));
    }
    if begins("https://") || begins("http://") {
        return Ok(Source::Remote(sent.trim().to_owned()));
    }
    if sent.chars().take(32).any(|c| c == ':') {
        let message = "`ref_audio` must be a data URL, base64 or an https address";
        return Err(invalid("ref_audio", message));
    }
    Ok(Source::Base64(sent, 0))
}

/// What stands without reference audio must mean something without it.
fn alone(task: Option<TaskType>, text: bool, x_vector_only: bool) -> Result<(), ApiError> {
    if task == Some(TaskType::Base) {
        let message = "`task_type` Base speaks in the voice of a recording; send `ref_audio` with \
                       `consent`, or take another task";
        return Err(invalid("ref_audio", message));
    }
    for (there, param) in [(text, "ref_text"), (x_vector_only, "x_vector_only_mode")] {
        if there {
            let message =
                format!("`{param}` is about `ref_audio`, which is missing; send both or none");
            return Err(invalid(param, message));
        }
    }
    Ok(())
}

fn decode(text: &str, most: usize) -> Result<Vec<u8>, ApiError> {
    // Base64 is wrapped at will.
    let mut text = text.as_bytes().to_vec();
    text.retain(|byte| !byte.is_ascii_whitespace());
    if text.len() / 4 * 3 > most.saturating_add(3) {
        return Err(ApiError::TooLarge(most));
    }
    BASE64
        .decode(text)
        .map_err(|_| invalid("ref_audio", "`ref_audio` is not base64 of a sound file"))
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
    fn base64_comes_in_many_shapes() {
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
    fn the_limit_counts_bytes_of_sound() {
        assert_eq!(read("YWJjZGVmZ2g=").unwrap().len(), 8);
        let long = "YWJj".repeat(5);
        assert!(matches!(decode(&long, 8), Err(ApiError::TooLarge(8))));
    }
}
