//! What a session is set to, and what `session.update` makes of it.

use std::sync::Arc;

use mynah_api::realtime::{
    Consent, InputPatch, OutputPatch, Session, SessionAudio, SessionInput, SessionOutput,
    SessionPatch, SessionType, SpeakerReference, Transcription,
};
use mynah_bus::identity::SessionId;
use mynah_speech::{InvalidConsent, LanguageChoice, Reference};
use mynah_speech_translation::SessionOptions;
use mynah_synthesis::VoiceChoice;
use serde_json::Value;
use uuid::Uuid;

use crate::backend::SessionDescription;
use crate::fault::Fault;
use crate::input_format::{InputFormat, check_output};
use crate::settings::GatewaySettings;

/// The configuration of a session.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Whether the recognized text is sent too, and the name that the client gave its model.
    pub(crate) transcription: Option<Transcription>,
    /// What the interpreter is to do.
    pub(crate) options: SessionOptions,
    /// What the client's audio is.
    pub(crate) format: InputFormat,
}

impl Config {
    /// What every session begins with.
    pub(crate) fn new(settings: &GatewaySettings) -> Self {
        let source = LanguageChoice::Is(settings.source_language.clone());
        let options = SessionOptions::new(source, settings.target_language.clone());
        Self {
            transcription: None,
            options,
            format: InputFormat::default(),
        }
    }

    /// The same with these changes, and the fields that change nothing.
    pub(crate) fn patched(&self, patch: SessionPatch) -> Result<(Self, Vec<String>), Fault> {
        let mut ignored = patch.unknown_fields();
        let mut config = self.clone();
        match (patch.speaker_reference, patch.consent) {
            (Some(Some(_)), None) => return Err(no_consent()),
            (Some(Some(sent)), Some(consent)) => {
                config.options.reference = Some(Arc::new(reference(sent, &consent)?));
            }
            (cleared, consent) => {
                if consent.is_some() {
                    ignored.push("consent".into());
                }
                if cleared.is_some() {
                    config.options.reference = None;
                }
            }
        }
        if let Some(asked) = patch.input_audio_format {
            config.receive(asked, &mut ignored)?;
        }
        if let Some(asked) = patch.output_audio_format {
            check_output(&asked.unwrap_or_default())?;
        }
        if let Some(audio) = patch.audio {
            if let Some(input) = audio.input {
                config.listen(input, &mut ignored)?;
            }
            if let Some(output) = audio.output {
                config.speak(output)?;
            }
        }
        Ok((config, ignored))
    }

    fn listen(&mut self, patch: InputPatch, ignored: &mut Vec<String>) -> Result<(), Fault> {
        if let Some(transcription) = patch.transcription {
            self.transcription = transcription;
        }
        if let Some(Some(_)) = patch.noise_reduction {
            ignored.push("audio.input.noise_reduction".into());
        }
        if let Some(tag) = patch.language {
            self.options.source = tag
                .parse()
                .map_err(|_| not_a_language("session.audio.input.language"))?;
        }
        if let Some(preview) = patch.preview {
            self.options.preview = preview;
        }
        if let Some(asked) = patch.format {
            self.receive(asked, ignored)?;
        }
        Ok(())
    }

    /// Takes the format of the audio that follows.
    fn receive(&mut self, asked: Option<Value>, ignored: &mut Vec<String>) -> Result<(), Fault> {
        let (format, unknown) = InputFormat::parse(&asked.unwrap_or_default())?;
        self.format = format;
        let named = |name| format!("audio.input.format.{name}");
        ignored.extend(unknown.into_iter().map(named));
        Ok(())
    }

    fn speak(&mut self, patch: OutputPatch) -> Result<(), Fault> {
        if let Some(tag) = patch.language {
            self.options.target = tag
                .parse()
                .map_err(|_| not_a_language("session.audio.output.language"))?;
        }
        if let Some(voice) = patch.voice {
            self.options.voice = voice.map_or(VoiceChoice::Best, VoiceChoice::Named);
        }
        if let Some(asked) = patch.format {
            check_output(&asked.unwrap_or_default())?;
        }
        Ok(())
    }

    /// The session as the client sees it: what the backend found, else what was asked for.
    pub(crate) fn describe(
        &self,
        identity: &Identity,
        description: Option<&SessionDescription>,
        ignored: Vec<String>,
    ) -> Session {
        let source = description.and_then(|own| own.source.clone());
        Session {
            id: identity.id.clone(),
            kind: SessionType::Translation,
            model: identity.model.clone(),
            expires_at: identity.expires_at,
            audio: SessionAudio {
                input: SessionInput {
                    transcription: self.transcription.clone(),
                    noise_reduction: None,
                    language: source.unwrap_or_else(|| self.options.source.to_string()),
                    preview: self.options.preview,
                    format: self.format.describe(),
                },
                output: SessionOutput {
                    language: self.options.target.to_string(),
                    voice: description.and_then(|own| own.voice.clone()),
                },
            },
            resume_token: identity.resume_token.clone(),
            ignored,
        }
    }
}

/// What never changes about a session.
#[derive(Clone)]
pub(crate) struct Identity {
    /// Its name on the bus.
    pub(crate) session: SessionId,
    /// Its name for the client.
    pub(crate) id: String,
    pub(crate) model: String,
    /// In seconds since 1970.
    pub(crate) expires_at: u64,
    /// What opens it again; none where it can't be resumed.
    pub(crate) resume_token: Option<String>,
    /// The id of the API key that its client came with.
    pub(crate) api_key: Option<String>,
}

impl Identity {
    /// The client's name of a session.
    pub(crate) fn shown(session: Uuid) -> String {
        format!("sess_{}", session.simple())
    }
}

fn not_a_language(param: &'static str) -> Fault {
    Fault::client(
        "invalid_language",
        "not a language tag; write BCP-47 such as en, en-US or zh-Hant",
    )
    .blaming(param)
}

fn no_consent() -> Fault {
    let message = "a speaker_reference needs consent: {\"speaker\": …, \"statement\": …}";
    Fault::client("consent_required", message).blaming("session.consent")
}

/// A recording as it was sent, with all that belongs to it.
fn reference(sent: SpeakerReference, consent: &Consent) -> Result<Reference, Fault> {
    let consent =
        mynah_speech::Consent::now(&consent.speaker, &consent.statement).map_err(|error| {
            match error {
                InvalidConsent::Missing => no_consent(),
                InvalidConsent::Malformed { .. } => {
                    Fault::client("invalid_event", error.to_string()).blaming("session.consent")
                }
            }
        })?;
    let wrong = |message: &str| {
        Fault::client("unsupported_speaker_reference", message).blaming("session.speaker_reference")
    };
    let audio = sent
        .bytes()
        .ok_or_else(|| wrong("\"audio\" is not base64 of a sound file"))?;
    if audio.is_empty() || audio.len() > Reference::MAX_BYTES {
        return Err(wrong("\"audio\" is empty or larger than 10 MiB"));
    }
    let text = sent.text.filter(|text| !text.trim().is_empty());
    if let Some(text) = &text
        && text.chars().count() > Reference::MAX_TEXT_CHARS
    {
        return Err(wrong("\"text\" has more than 4096 characters"));
    }
    Ok(Reference {
        audio: audio.into(),
        x_vector_only: text.is_none(),
        text,
        provenance: consent.into(),
    })
}
