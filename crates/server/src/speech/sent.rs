//! What was sent, as JSON or as a form.

use axum::extract::Request;
use mynah_api::{RefAudio, SpeechBody};
use serde_json::{Map, Value};

use crate::LimitSettings;
use crate::blocking::holding;
use crate::error::ApiError;
use crate::form::Form;
use crate::intake;
use crate::json;
use crate::limit::{Arrival, UploadPlace, Uploads};

/// The fields of a form that are no texts in JSON.
const NUMBERS: [&str; 2] = ["speed", "seed"];
/// The fields of a consent in a form.
const CONSENT: [(&str, &str); 2] = [
    ("consent[speaker]", "speaker"),
    ("consent[statement]", "statement"),
];

/// A body whose fields have the right types.
pub(super) struct Sent {
    pub(super) body: SpeechBody,
    /// The fields that nobody knows.
    pub(super) unknown: Vec<String>,
    /// Reference audio that came as a file.
    pub(super) file: Option<Vec<u8>>,
    /// The right to hold so much in memory; kept until the request has its place in the queue.
    pub(super) place: Option<UploadPlace>,
}

impl Sent {
    /// Reads a request, within the limits of bytes and time. When it is there, what is more than a
    /// text takes a place among the uploads.
    pub(super) async fn read(
        request: Request,
        limits: &LimitSettings,
        uploads: &Uploads,
        arrival: &Arrival,
    ) -> Result<Self, ApiError> {
        if intake::is_form(request.headers()) {
            let upload = ("ref_audio", limits.reference_bytes, limits.body_bytes);
            let form = intake::form(request, limits, upload, arrival).await?;
            let place = uploads.enter().map_err(ApiError::Full)?;
            return from_form(form, place);
        }
        let most = limits.reference_json_bytes();
        let bytes = intake::json(request, limits, most, arrival).await?;
        let (body, place) = if bytes.len() > limits.body_bytes {
            let place = uploads.enter().map_err(ApiError::Full)?;
            let held = (arrival.clone(), place);
            let (body, (_, place)) = holding(held, move |_| json::read(&bytes)).await?;
            (body, Some(place))
        } else {
            (json::read(&bytes), None)
        };
        let (body, unknown) = SpeechBody::from_json(body.map_err(ApiError::Json)?)?;
        Ok(Self {
            body,
            unknown,
            file: None,
            place,
        })
    }
}

/// The same as in JSON, and the upload.
fn from_form(mut form: Form, place: UploadPlace) -> Result<Sent, ApiError> {
    let mut fields = Map::new();
    let mut consent = Map::new();
    for (name, part) in CONSENT {
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
            name if NUMBERS.contains(&name) => number(text),
            "x_vector_only_mode" => match text.trim() {
                "true" | "True" | "1" => true.into(),
                "false" | "False" | "0" => false.into(),
                _ => text.into(),
            },
            "consent" => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
            _ => text.into(),
        };
        fields.entry(name).or_insert(value);
    }
    let (mut body, unknown) = SpeechBody::from_json(fields.into())?;
    // A part that does not say it is a file may hold what stands in JSON.
    let file = match form.file {
        Some(bytes) if bytes.is_empty() && !form.named => None,
        Some(bytes) if form.named => Some(bytes),
        Some(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                body.ref_audio = Some(RefAudio(text));
                None
            }
            Err(error) => Some(error.into_bytes()),
        },
        None => None,
    };
    Ok(Sent {
        body,
        unknown,
        file,
        place: Some(place),
    })
}

/// A number as it stands in JSON; else the text, which is refused for its type.
fn number(text: String) -> Value {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(number @ Value::Number(_)) => number,
        _ => text.into(),
    }
}
