//! Bodies that create and change kept voices and their prompts, parsed into the types of the library.

use axum::body::Bytes;
use mynah_api::{
    KeptPromptChange, KeptVoiceChange, NewConsent, NewPromptBody, NewVoiceBody, StyleParam,
    VoiceOrigin,
};
use mynah_speech::{Consent, ConsentBasis, InvalidConsent, Language};
use mynah_voices::{
    ClipId, NewPrompt, NewPromptOfTake, NewVoice, PromptChange, RecordedPrompt, VoiceChange,
    VoiceName,
};

use crate::error::ApiError;
use crate::form::Form;
use crate::resource::{field, language, object, unknown};
use crate::styles::style_name;

/// The fields of the form that creates a voice, besides the recording.
const VOICE_FIELDS: [&str; 7] = [
    "name",
    "ref_text",
    "x_vector_only_mode",
    "consent",
    "language",
    "description",
    "tags",
];

/// The fields of the form that adds a recording to a voice.
const PROMPT_FIELDS: [&str; 6] = [
    "style",
    "ref_text",
    "x_vector_only_mode",
    "consent",
    "language",
    "tags",
];

/// A voice to create.
pub(super) struct ValidatedNewVoice {
    pub(super) voice: NewVoice,
    pub(super) recorded: RecordedPrompt,
    pub(super) consent: Consent,
}

impl ValidatedNewVoice {
    pub(super) fn new(form: Form) -> Result<Self, ApiError> {
        let mut form = KnownForm::new(form, &VOICE_FIELDS)?;
        let name = form.text("name").ok_or(ApiError::Missing("name"))?;
        let name = VoiceName::new(&name).map_err(|error| ApiError::Voices(error.into()))?;
        Ok(Self {
            voice: NewVoice {
                description: form.text("description").unwrap_or_default(),
                tags: form.all("tags"),
                ..NewVoice::named(name)
            },
            consent: form.consent()?,
            recorded: form.recorded()?,
        })
    }
}

/// What a voice that is no person's is made of.
pub(super) enum SyntheticSource {
    /// A take.
    Take(ClipId),
    /// The id of an engine's preset.
    Speaker(String),
}

/// A voice that is no person's.
pub(super) fn new_voice(body: &Bytes) -> Result<(NewVoice, SyntheticSource), ApiError> {
    let sent: NewVoiceBody = object(body)?;
    let name = VoiceName::new(&sent.name).map_err(|error| ApiError::Voices(error.into()))?;
    let source = match (sent.origin, sent.clip, sent.speaker) {
        (VoiceOrigin::Recording, ..) => {
            let message =
                "a voice of a recording is made with a form, which has the recording in `audio`";
            return Err(ApiError::invalid("origin", message));
        }
        (VoiceOrigin::Description, Some(clip), None) => SyntheticSource::Take(take_id(&clip)?),
        (VoiceOrigin::Speaker, None, Some(speaker)) => SyntheticSource::Speaker(speaker),
        (VoiceOrigin::Description, None, _) => return Err(ApiError::Missing("clip")),
        (VoiceOrigin::Speaker, _, None) => return Err(ApiError::Missing("speaker")),
        (VoiceOrigin::Description, Some(_), Some(_)) => {
            let message = "`speaker` is for a voice of `origin` speaker";
            return Err(ApiError::invalid("speaker", message));
        }
        (VoiceOrigin::Speaker, Some(_), Some(_)) => {
            let message = "`clip` is for a voice of `origin` description";
            return Err(ApiError::invalid("clip", message));
        }
    };
    let voice = NewVoice {
        description: sent.description,
        languages: languages(&sent.languages)?,
        tags: sent.tags,
        speed: sent.speed.unwrap_or(1.0),
        ..NewVoice::named(name)
    };
    Ok((voice, source))
}

/// A take to add to a voice.
pub(super) fn new_prompt(body: &Bytes) -> Result<NewPromptOfTake, ApiError> {
    let sent: NewPromptBody = object(body)?;
    Ok(NewPromptOfTake {
        clip: take_id(&sent.clip)?,
        style: sent.style.as_ref().map(style_name).transpose()?,
        tags: sent.tags,
    })
}

/// The id of a clip in a body.
fn take_id(id: &str) -> Result<ClipId, ApiError> {
    id.parse()
        .map_err(|error| ApiError::invalid("clip", format!("`clip` {error}")))
}

fn languages(tags: &[String]) -> Result<Vec<Language>, ApiError> {
    let parsed = tags.iter().map(|tag| language("languages", tag));
    parsed.collect()
}

/// A recording to add to a voice.
pub(super) struct ValidatedNewPrompt {
    pub(super) prompt: NewPrompt,
    pub(super) consent: Consent,
}

impl ValidatedNewPrompt {
    pub(super) fn new(form: Form) -> Result<Self, ApiError> {
        let mut form = KnownForm::new(form, &PROMPT_FIELDS)?;
        let style = form.text("style").map(|text| {
            let param: StyleParam = field("style", text.as_bytes())?;
            style_name(&param)
        });
        Ok(Self {
            consent: form.consent()?,
            prompt: NewPrompt {
                style: style.transpose()?,
                tags: form.all("tags"),
                recorded: form.recorded()?,
            },
        })
    }
}

/// A form all of whose fields are known.
struct KnownForm(Form);

impl KnownForm {
    fn new(form: Form, fields: &[&str]) -> Result<Self, ApiError> {
        let is_unknown = |name: &&String| !fields.contains(&name.as_str());
        match form.texts.keys().find(is_unknown) {
            Some(name) => Err(unknown(name, fields)),
            None => Ok(Self(form)),
        }
    }

    /// All values of a field.
    fn all(&mut self, name: &str) -> Vec<String> {
        self.0.texts.remove(name).unwrap_or_default()
    }

    /// The last value of a field, unless it is blank.
    fn text(&mut self, name: &str) -> Option<String> {
        self.all(name).pop().filter(|text| !text.trim().is_empty())
    }

    fn consent(&mut self) -> Result<Consent, ApiError> {
        let consent = self.text("consent").ok_or(ApiError::Consent)?;
        let consent: NewConsent = field("consent", consent.as_bytes())?;
        valid_consent(&consent)
    }

    fn recorded(&mut self) -> Result<RecordedPrompt, ApiError> {
        let audio = self.0.file.take().ok_or(ApiError::Missing("audio"))?;
        let x_vector_only = match self.text("x_vector_only_mode").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "`x_vector_only_mode` must be true or false";
                return Err(ApiError::invalid("x_vector_only_mode", message));
            }
        };
        let language = self.text("language").map(|tag| language("language", &tag));
        Ok(RecordedPrompt {
            audio: audio.into(),
            transcript: self.text("ref_text"),
            x_vector_only,
            language: language.transpose()?,
        })
    }
}

/// A change of a prompt.
pub(super) fn prompt_change(body: &Bytes) -> Result<PromptChange, ApiError> {
    let change: KeptPromptChange = object(body)?;
    if change.anchor == Some(false) {
        let message = "`anchor` can only be true: make another prompt the anchor";
        return Err(ApiError::invalid("anchor", message));
    }
    let style = change
        .style
        .map(|style| style.as_ref().map(style_name).transpose());
    let language = change.language.map(|tag| language("language", &tag));
    Ok(PromptChange {
        style: style.transpose()?,
        tags: change.tags,
        transcript: change.transcript,
        language: language.transpose()?,
        anchor: change.anchor.is_some(),
    })
}

/// A change of a voice.
pub(super) fn change(body: &Bytes) -> Result<VoiceChange, ApiError> {
    let change: KeptVoiceChange = object(body)?;
    let name = change.name.as_deref().map(VoiceName::new).transpose();
    let languages = change.languages.as_deref().map(languages);
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
