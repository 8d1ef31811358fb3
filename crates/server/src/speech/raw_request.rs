//! The request as sent, as JSON or as a form.

use axum::extract::Request;
use mynah_api::{RefAudio, SpeechBody};
use serde_json::{Map, Value};

use crate::LimitSettings;
use crate::arriving_bodies::ArrivingBody;
use crate::blocking::holding;
use crate::error::ApiError;
use crate::form::Form;
use crate::intake;
use crate::json;
use crate::uploads::{UploadLimit, UploadSlot};

/// The fields of a form that are numbers in JSON.
const NUMBER_FIELDS: [&str; 2] = ["speed", "seed"];
/// The fields of a consent in a form, and their names in JSON.
const CONSENT_FIELDS: [(&str, &str); 2] = [
    ("consent[speaker]", "speaker"),
    ("consent[statement]", "statement"),
];

/// A body whose fields have the right types.
pub(super) struct RawSpeechRequest {
    pub(super) body: SpeechBody,
    /// The names of unknown fields.
    pub(super) unknown: Vec<String>,
    /// Reference audio that came as a file.
    pub(super) file: Option<Vec<u8>>,
    /// The slot to hold the body in memory; kept until the request has its permit.
    pub(super) slot: Option<UploadSlot>,
}

impl RawSpeechRequest {
    /// Reads a request, within the limits of bytes and time. Once it has arrived, a body larger than
    /// a text acquires a slot among the uploads.
    pub(super) async fn read(
        request: Request,
        limits: &LimitSettings,
        uploads: &UploadLimit,
        arrival: &ArrivingBody,
    ) -> Result<Self, ApiError> {
        if intake::is_form(request.headers()) {
            let upload = ("ref_audio", limits.reference_bytes, limits.body_bytes);
            let form = intake::form(request, limits, upload, arrival).await?;
            let slot = uploads.try_acquire().map_err(ApiError::Full)?;
            return from_form(form, slot);
        }
        let max_bytes = limits.max_reference_json_bytes();
        let bytes = intake::json(request, limits, max_bytes, arrival).await?;
        let (body, slot) = if bytes.len() > limits.body_bytes {
            let slot = uploads.try_acquire().map_err(ApiError::Full)?;
            let held = (arrival.clone(), slot);
            let (body, (_, slot)) = holding(held, move |_| json::read(&bytes)).await?;
            (body, Some(slot))
        } else {
            (json::read(&bytes), None)
        };
        let (body, unknown) = SpeechBody::from_json(body.map_err(ApiError::Json)?)?;
        Ok(Self {
            body,
            unknown,
            file: None,
            slot,
        })
    }
}

/// The same fields as in JSON, and the upload.
fn from_form(mut form: Form, slot: UploadSlot) -> Result<RawSpeechRequest, ApiError> {
    let mut fields = Map::new();
    let mut consent = Map::new();
    for (name, part) in CONSENT_FIELDS {
        if let Some(text) = form.take(name) {
            consent.insert(part.into(), text.into());
        }
    }
    if !consent.is_empty() {
        fields.insert("consent".into(), consent.into());
    }
    let names: Vec<_> = form.texts.keys().cloned().collect();
    for name in names {
        let Some(text) = form.take(&name) else {
            continue;
        };
        let value = match name.as_str() {
            name if NUMBER_FIELDS.contains(&name) => number(text),
            "x_vector_only_mode" | "style_strict" | "markup" | "keep" => match text.trim() {
                "true" | "True" | "1" => true.into(),
                "false" | "False" | "0" => false.into(),
                _ => text.into(),
            },
            "consent" | "style" => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            _ => text.into(),
        };
        fields.entry(name).or_insert(value);
    }
    let (mut body, unknown) = SpeechBody::from_json(fields.into())?;
    // A part without a file name and type may hold the same text as the JSON field.
    let file = match form.file {
        Some(bytes) if bytes.is_empty() && !form.is_named_file => None,
        Some(bytes) if form.is_named_file => Some(bytes),
        Some(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                body.ref_audio = Some(RefAudio(text));
                None
            }
            Err(error) => Some(error.into_bytes()),
        },
        None => None,
    };
    Ok(RawSpeechRequest {
        body,
        unknown,
        file,
        slot: Some(slot),
    })
}

/// A JSON number; else the text, which is refused for its type.
fn number(text: String) -> Value {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(number @ Value::Number(_)) => number,
        _ => text.into(),
    }
}
