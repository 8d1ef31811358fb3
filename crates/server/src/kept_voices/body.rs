//! Bodies that create and change kept voices, parsed into the types of the library.

use axum::body::Bytes;
use mynah_api::{KeptVoiceChange, NewConsent};
use mynah_speech::{Consent, ConsentBasis, InvalidConsent, Language};
use mynah_voices::{NewVoice, RecordedPrompt, VoiceChange, VoiceName};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, MAX_REASON_CHARS};
use crate::form::Form;
use crate::json;

/// The fields of the form that creates a voice, besides the recording.
const FIELDS: [&str; 7] = [
    "name",
    "ref_text",
    "x_vector_only_mode",
    "consent",
    "language",
    "description",
    "tags",
];

/// A voice to create.
pub(super) struct ValidatedNewVoice {
    pub(super) voice: NewVoice,
    pub(super) recorded: RecordedPrompt,
    pub(super) consent: Consent,
}

impl ValidatedNewVoice {
    pub(super) fn new(mut form: Form) -> Result<Self, ApiError> {
        if let Some(unknown) = form
            .texts
            .keys()
            .find(|name| !FIELDS.contains(&name.as_str()))
        {
            return Err(super::query::unknown(unknown, &FIELDS));
        }
        let audio = form.file.take().ok_or(ApiError::Missing("audio"))?;
        let tags = form.texts.remove("tags").unwrap_or_default();
        let mut text = |name: &str| {
            let mut values = form.texts.remove(name).unwrap_or_default();
            values.pop().filter(|text| !text.trim().is_empty())
        };
        let name = text("name").ok_or(ApiError::Missing("name"))?;
        let name = VoiceName::new(&name).map_err(|error| ApiError::Voices(error.into()))?;
        let x_vector_only = match text("x_vector_only_mode").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "`x_vector_only_mode` must be true or false";
                return Err(ApiError::invalid("x_vector_only_mode", message));
            }
        };
        let consent = text("consent").ok_or(ApiError::Consent)?;
        let consent: NewConsent = parse("consent", consent.as_bytes())?;
        let language = text("language").map(|tag| language("language", &tag));
        Ok(Self {
            consent: valid_consent(&consent)?,
            recorded: RecordedPrompt {
                audio: audio.into(),
                transcript: text("ref_text"),
                x_vector_only,
                language: language.transpose()?,
            },
            voice: NewVoice {
                description: text("description").unwrap_or_default(),
                tags,
                ..NewVoice::named(name)
            },
        })
    }
}

/// A change of a voice.
pub(super) fn change(body: &Bytes) -> Result<VoiceChange, ApiError> {
    let change: KeptVoiceChange = object(body)?;
    let name = change.name.as_deref().map(VoiceName::new).transpose();
    let languages = change.languages.map(|tags| {
        let parsed = tags.iter().map(|tag| language("languages", tag));
        parsed.collect::<Result<Vec<_>, _>>()
    });
    Ok(VoiceChange {
        name: name.map_err(|error| ApiError::Voices(error.into()))?,
        description: change.description,
        languages: languages.transpose()?,
        tags: change.tags,
        speed: change.speed,
        public: change.public,
    })
}

/// A consent.
pub(super) fn consent(body: &Bytes) -> Result<Consent, ApiError> {
    valid_consent(&object(body)?)
}

fn valid_consent(sent: &NewConsent) -> Result<Consent, ApiError> {
    let consent = Consent::now(&sent.speaker, &sent.statement);
    let consent = consent.map_err(|error| match error {
        InvalidConsent::Missing => ApiError::Consent,
        error => ApiError::invalid("consent", error.to_string()),
    })?;
    Ok(Consent {
        basis: match sent.basis {
            mynah_api::ConsentBasis::Own => ConsentBasis::Own,
            mynah_api::ConsentBasis::Permission => ConsentBasis::Permission,
            mynah_api::ConsentBasis::PublicDomain => ConsentBasis::PublicDomain,
        },
        ..consent
    })
}

fn language(param: &'static str, tag: &str) -> Result<Language, ApiError> {
    tag.parse()
        .map_err(|error| ApiError::invalid(param, format!("`{param}`: {error}")))
}

/// A JSON object whose unknown fields are an error.
fn object<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    let value = json::read(body).map_err(ApiError::Json)?;
    if !value.is_object() {
        return Err(ApiError::NotAnObject);
    }
    serde_json::from_value(value).map_err(|error| field_error("body", &error))
}

/// A JSON object in the field of a form.
fn parse<T: DeserializeOwned>(param: &'static str, text: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(text).map_err(|error| field_error(param, &error))
}

fn field_error(param: &'static str, error: &serde_json::Error) -> ApiError {
    // It may quote the request.
    let message: String = error.to_string().chars().take(MAX_REASON_CHARS).collect();
    match message.starts_with("unknown field") {
        true => ApiError::UnknownField(message),
        false => ApiError::invalid(param, format!("`{param}` cannot be read: {message}")),
    }
}
