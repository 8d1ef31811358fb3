//! The request after validation.

use mynah_api::limits::{INSTRUCTIONS_CHARS, NAME_BYTES, SPEED_MAX, SPEED_MIN};
use mynah_api::{AudioFormat, StreamFormat, TaskType, VoiceParam};
use mynah_audio::{Format, Speed};
use mynah_speech::text::normalize_control_chars;
use mynah_speech::{LanguageChoice, SpeechError, VoiceKind};
use mynah_synthesis::{Plan, SpeechJob, Synthesis, VoiceChoice};

use super::raw_request::RawSpeechRequest;
use super::reference::PendingReference;
use crate::ServerSettings;
use crate::arriving_bodies::ArrivingBody;
use crate::blocking::holding;
use crate::error::ApiError;
use crate::family::is_speech_alias;
use crate::remote::Remote;
use crate::styles::style_name;
use crate::uploads::{UploadLimit, UploadSlot};

/// A speech request whose values are valid.
pub(super) struct ValidatedSpeechRequest {
    pub(super) job: SpeechJob,
    pub(super) format: Format,
    pub(super) stream: StreamFormat,
    /// Whether the speech is kept.
    pub(super) keep: bool,
    /// The names of unknown fields.
    pub(super) unknown: Vec<String>,
    /// The recording of the voice to speak in, not yet read.
    pending_reference: Option<PendingReference>,
    /// The slot to hold it in memory.
    slot: Option<UploadSlot>,
    /// Whether the model is an alias such as OpenAI's names, so that the server selects the engine.
    by_alias: bool,
    /// The name of the model, in lower case.
    model: String,
}

impl ValidatedSpeechRequest {
    /// Checks every field.
    pub(super) fn new(raw: RawSpeechRequest, settings: &ServerSettings) -> Result<Self, ApiError> {
        let RawSpeechRequest {
            mut body,
            mut unknown,
            file,
            slot,
        } = raw;
        check_length("input", &body.input, settings.limits.speech_chars)?;
        if normalize_control_chars(&body.input).trim().is_empty() {
            return Err(ApiError::invalid(
                "input",
                "`input` is empty; send the text to be spoken",
            ));
        }
        if let Some(instructions) = &mut body.instructions {
            check_length("instructions", instructions, INSTRUCTIONS_CHARS)?;
            *instructions = normalize_control_chars(instructions);
        }
        let named = [
            ("model", body.model.as_str()),
            ("voice", body.voice.as_ref().map_or("", VoiceParam::name)),
            ("language", body.language.as_deref().unwrap_or_default()),
        ];
        for (param, name) in named {
            if name.len() > NAME_BYTES {
                let message =
                    format!("`{param}` has more than {NAME_BYTES} bytes; it names nothing");
                return Err(ApiError::Invalid { param, message });
            }
        }
        let speed = body.speed.map(Speed::try_from).transpose();
        let speed = speed.map_err(|_| {
            ApiError::invalid(
                "speed",
                format!("`speed` must be {SPEED_MIN} to {SPEED_MAX}"),
            )
        })?;
        let language = match &body.language {
            None => LanguageChoice::Auto,
            Some(tag) => tag
                .parse()
                .map_err(|error| ApiError::invalid("language", format!("{error}, or auto")))?,
        };
        let style = body.style.as_ref().map(style_name).transpose()?;
        let pending_reference = PendingReference::take(&mut body, file, &mut unknown)?;
        let voice = match (body.voice, body.task_type) {
            (Some(voice), _) => VoiceChoice::Named(voice.name().to_owned()),
            (None, Some(TaskType::VoiceDesign | TaskType::Base)) => VoiceChoice::Best,
            (None, None) if pending_reference.is_some() => VoiceChoice::Best,
            (None, _) => return Err(ApiError::Missing("voice")),
        };
        let by_alias = is_speech_alias(&body.model, &settings.speech_models);
        Ok(Self {
            format: format(body.response_format.unwrap_or_default()),
            stream: body.stream_format.unwrap_or_default(),
            keep: body.keep.unwrap_or_default(),
            unknown,
            pending_reference,
            slot,
            by_alias,
            model: body.model.trim().to_ascii_lowercase(),
            job: SpeechJob {
                engine: (!by_alias).then(|| body.model.trim().to_ascii_lowercase()),
                voice,
                kind: body.task_type.map(kind),
                language,
                speed,
                instruct: body.instructions,
                tags: body.markup,
                style,
                style_strict: body.style_strict.unwrap_or_default(),
                seed: body.seed,
                ..SpeechJob::new(body.input)
            },
        })
    }

    /// Reads the recording, if there is one. Returns the slot to hold it.
    pub(super) async fn fetch(
        &mut self,
        remote: &Remote,
        uploads: &UploadLimit,
        arrival: &ArrivingBody,
        max_bytes: usize,
    ) -> Result<Option<UploadSlot>, ApiError> {
        let Some(mut reference) = self.pending_reference.take() else {
            return Ok(self.slot.take());
        };
        reference.fetch(remote, arrival, max_bytes).await?;
        let slot = match self.slot.take() {
            Some(slot) => slot,
            None => uploads.try_acquire().map_err(ApiError::Full)?,
        };
        let held = (arrival.clone(), slot);
        let (reference, (_, slot)) = holding(held, move |_| reference.read(max_bytes)).await?;
        self.job.reference = Some(reference?);
        Ok(Some(slot))
    }

    /// Selects voice and language. Returns the plan and every field that had no effect. Blocking:
    /// the first plan opens engines.
    pub(super) fn plan(mut self, synthesis: &Synthesis) -> Result<(Plan, Vec<String>), ApiError> {
        if self.by_alias && synthesis.engines().synthesizer(&self.model).is_some() {
            // An installed engine takes precedence over the family of its name.
            self.by_alias = false;
            self.job.engine = Some(self.model.clone());
        }
        if let Some(engine) = &self.job.engine
            && synthesis.engines().synthesizer(engine).is_none()
        {
            let engines = synthesis.engines().synthesizers().iter();
            let names = engines
                .map(|engine| engine.info().id.as_str())
                .collect::<Vec<_>>();
            return Err(ApiError::Model(names.join(", ")));
        }
        let mut ignored = std::mem::take(&mut self.unknown);
        let plan = match synthesis.plan(self.job.clone()) {
            Err(SpeechError::Unsupported {
                param: "instructions",
                ..
            }) if self.by_alias => {
                self.job.instruct = None;
                ignored.push("instructions".into());
                synthesis.plan(self.job)
            }
            plan => plan,
        }?;
        ignored.extend(plan.ignored().iter().map(ToString::to_string));
        ignored.sort_unstable();
        // By byte range, since a header holds no text.
        let skipped = plan.skipped().iter();
        ignored.extend(skipped.map(|range| format!("input[{}..{}]", range.start, range.end)));
        Ok((plan, ignored))
    }
}

/// Refuses a text that is too long.
pub(super) fn check_length(
    param: &'static str,
    text: &str,
    max_chars: usize,
) -> Result<(), ApiError> {
    // Counting stops at the limit: the text may be a megabyte.
    if text.chars().take(max_chars.saturating_add(1)).count() > max_chars {
        let message = format!("`{param}` has more than {max_chars} characters; send it in parts");
        return Err(ApiError::Invalid { param, message });
    }
    Ok(())
}

/// The kind of voice of a task.
const fn kind(task: TaskType) -> VoiceKind {
    match task {
        TaskType::CustomVoice => VoiceKind::Preset,
        TaskType::VoiceDesign => VoiceKind::Designed,
        TaskType::Base => VoiceKind::Cloned,
    }
}

const fn format(format: AudioFormat) -> Format {
    match format {
        AudioFormat::Mp3 => Format::Mp3,
        AudioFormat::Opus => Format::Opus,
        AudioFormat::Aac => Format::Aac,
        AudioFormat::Flac => Format::Flac,
        AudioFormat::Wav => Format::Wav,
        AudioFormat::Pcm => Format::Pcm,
    }
}

#[cfg(test)]
mod tests {
    use mynah_api::SpeechBody;
    use serde_json::{Value, json};

    use super::*;

    fn validated(change: impl FnOnce(&mut Value)) -> Result<ValidatedSpeechRequest, ApiError> {
        let mut body = json!({"input": "Hello.", "model": "tts-1", "voice": "alloy"});
        change(&mut body);
        let (body, unknown) = SpeechBody::from_json(body)?;
        let raw = RawSpeechRequest {
            body,
            unknown,
            file: None,
            slot: None,
        };
        ValidatedSpeechRequest::new(raw, &ServerSettings::default())
    }

    fn invalid_param(change: impl FnOnce(&mut Value)) -> String {
        validated(change)
            .err()
            .unwrap()
            .body()
            .error
            .param
            .unwrap_or_default()
    }

    #[test]
    fn defaults_are_those_of_openai() {
        let request = validated(|_| ()).unwrap();
        assert_eq!(
            (request.format, request.stream),
            (Format::Mp3, StreamFormat::Audio)
        );
        assert_eq!(request.job.speed, None);
        assert_eq!(request.job.engine, None);
        assert_eq!(request.job.language, LanguageChoice::Auto);
    }

    #[test]
    fn limits_hold_at_their_boundary_and_count_characters() {
        assert!(validated(|body| body["input"] = json!("ü".repeat(4096))).is_ok());
        assert_eq!(
            invalid_param(|body| body["input"] = json!("ü".repeat(4097))),
            "input"
        );
        assert!(validated(|body| body["instructions"] = json!("a".repeat(4096))).is_ok());
        assert_eq!(
            invalid_param(|body| body["instructions"] = json!("a".repeat(4097))),
            "instructions"
        );
        for right in [0.25, 4.0] {
            assert!(validated(|body| body["speed"] = json!(right)).is_ok());
        }
        for wrong in [0.24, 4.01, -1.0, 1e300] {
            assert_eq!(invalid_param(|body| body["speed"] = json!(wrong)), "speed");
        }
        assert_eq!(
            invalid_param(|body| body["voice"] = json!("v".repeat(NAME_BYTES + 1))),
            "voice"
        );
    }

    #[test]
    fn control_characters_are_white_space() {
        for text in [
            "One\r\n\ttwo\n\nthree",
            "a\0b",
            "a\u{1b}[0m",
            "a\u{b}b\u{c}c\u{85}d\u{7f}",
        ] {
            let request = validated(|body| {
                body["input"] = json!(text);
                body["instructions"] = json!(text);
            });
            let instructions = request.unwrap().job.instruct.unwrap();
            let left = instructions
                .chars()
                .filter(|&c| c.is_control() && !c.is_whitespace());
            assert_eq!(left.count(), 0, "{text:?}");
        }
        for empty in ["", " \n\t ", "\u{feff}", "\0\u{b}\u{85}\u{1b} "] {
            assert_eq!(invalid_param(|body| body["input"] = json!(empty)), "input");
        }
    }
}
