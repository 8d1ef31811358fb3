//! The request after validation.

use mynah_api::limits::NAME_BYTES;
use mynah_api::{Granularity, TextFormat};
use mynah_settings::InvalidSettings;
use mynah_speech::{LanguageChoice, RecognitionHints};
use mynah_speech_translation::subtitles::SubtitleSettings;
use serde::de::DeserializeOwned;

use crate::ServerSettings;
use crate::error::ApiError;
use crate::family::is_transcription_alias;
use crate::form::Form;

/// A transcription request whose values are valid.
#[derive(Debug)]
pub(super) struct ValidatedTranscriptionRequest {
    pub(super) file: Vec<u8>,
    /// The engine, if the model names one.
    pub(super) engine: Option<String>,
    pub(super) language: LanguageChoice,
    /// The number of the audio track, from 1; none means the file's default.
    pub(super) track: Option<usize>,
    pub(super) format: TextFormat,
    /// Whether word timestamps are requested.
    pub(super) words: bool,
    pub(super) stream: bool,
    /// The limits of subtitles, if they are requested.
    pub(super) subtitles: Option<SubtitleSettings>,
    /// What tunes an engine that takes hints. With another engine they are ignored.
    pub(super) hints: RecognitionHints,
    /// The fields without an effect: hints that no engine supports, and unknown ones.
    pub(super) ignored: Vec<String>,
}

/// Hints of OpenAI's API that no engine supports: each is named as ignored.
const HINTS: [&str; 4] = [
    "keywords",
    "include",
    "known_speaker_names",
    "known_speaker_references",
];

impl ValidatedTranscriptionRequest {
    /// Checks every field.
    pub(super) fn new(
        mut form: Form,
        settings: &ServerSettings,
        subtitles: SubtitleSettings,
    ) -> Result<Self, ApiError> {
        let file = form.file.take().ok_or(ApiError::Missing("file"))?;
        let model = form.take("model").ok_or(ApiError::Missing("model"))?;
        let mut ignored = Vec::new();
        for hint in HINTS {
            if !form.take_all(hint).is_empty() {
                ignored.push(hint.to_owned());
            }
        }
        let hints = RecognitionHints {
            prompt: form.take("prompt").filter(|text| !text.trim().is_empty()),
            temperature: temperature(form.take("temperature").as_deref())?,
        };
        if !is_default_chunking(form.take("chunking_strategy").as_deref())? {
            ignored.push("chunking_strategy".into());
        }
        let language = language(&mut form)?;
        let track = track(form.take("track").as_deref())?;
        let format = format(form.take("response_format").as_deref())?;
        let words = granularities(&form.take_all("timestamp_granularities"), format)?;
        let wants_subtitles = matches!(format, TextFormat::Srt | TextFormat::Vtt);
        let (subtitles, sent) = subtitle_limits(&mut form, subtitles)?;
        if !wants_subtitles {
            ignored.extend(sent.into_iter().map(str::to_owned));
        }
        let stream = match form.take("stream").as_deref() {
            None | Some("false" | "False" | "0") => false,
            Some("true" | "True" | "1") => true,
            Some(_) => {
                return Err(ApiError::invalid(
                    "stream",
                    "`stream` must be true or false",
                ));
            }
        };
        ignored.extend(form.texts.into_keys());
        let alias = is_transcription_alias(&model, &settings.transcription_models);
        Ok(Self {
            file,
            engine: (!alias).then_some(model),
            language,
            track,
            format,
            words,
            stream,
            subtitles: wants_subtitles.then_some(subtitles),
            hints,
            ignored,
        })
    }
}

fn language(form: &mut Form) -> Result<LanguageChoice, ApiError> {
    let mut languages = form.take_all("languages");
    languages.extend(form.take("language"));
    match languages.as_slice() {
        [] => Ok(LanguageChoice::Auto),
        [tag] if tag.len() <= NAME_BYTES => tag
            .parse()
            .map_err(|error| ApiError::invalid("language", format!("{error}, or auto"))),
        [_] => Err(ApiError::invalid(
            "language",
            "`language` is too long to name one",
        )),
        _ => Err(unsupported(
            "languages",
            "engines recognize one language; send one",
        )),
    }
}

/// The number of an audio track. The tracks are known once the file is decoded.
fn track(value: Option<&str>) -> Result<Option<usize>, ApiError> {
    let number = |value: &str| {
        let number = value.parse::<usize>().ok();
        number.filter(|number| (1..=64).contains(number))
    };
    value
        .map(|value| {
            number(value).ok_or_else(|| ApiError::invalid("track", "`track` must be 1 to 64"))
        })
        .transpose()
}

fn format(value: Option<&str>) -> Result<TextFormat, ApiError> {
    match value {
        None => Ok(TextFormat::default()),
        Some("diarized_json") => Err(unsupported(
            "response_format",
            "no engine distinguishes speakers; use json, text, srt, vtt or verbose_json",
        )),
        Some(name) => named(name).ok_or_else(|| {
            ApiError::invalid(
                "response_format",
                "`response_format` must be json, text, srt, vtt or verbose_json",
            )
        }),
    }
}

/// Whether word timestamps are requested. Only one format has a field for them.
fn granularities(values: &[String], format: TextFormat) -> Result<bool, ApiError> {
    let param = "timestamp_granularities";
    let mut words = false;
    for value in values {
        match named(value) {
            Some(Granularity::Word) => words = true,
            Some(Granularity::Segment) => {}
            None => {
                return Err(ApiError::invalid(
                    param,
                    "a granularity must be word or segment",
                ));
            }
        }
    }
    if !values.is_empty() && format != TextFormat::VerboseJson {
        let message = "timestamp granularities need `response_format` verbose_json";
        return Err(ApiError::invalid(param, message));
    }
    Ok(words)
}

/// The sampling temperature; 0, the default, takes the likeliest text.
fn temperature(value: Option<&str>) -> Result<f32, ApiError> {
    let Some(value) = value else { return Ok(0.0) };
    let parsed = value.trim().parse::<f32>().ok();
    parsed
        .filter(|temperature| (0.0..=1.0).contains(temperature))
        .ok_or_else(|| ApiError::invalid("temperature", "`temperature` must be 0 to 1"))
}

/// Whether the server's segmentation is requested: its thresholds are settings of the operator.
fn is_default_chunking(value: Option<&str>) -> Result<bool, ApiError> {
    let Some(value) = value else { return Ok(true) };
    let value = value.trim();
    let object = || serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(value);
    if value == "auto" {
        Ok(true)
    } else if object().is_ok() {
        Ok(false)
    } else {
        let message = "`chunking_strategy` must be auto or a JSON object";
        Err(ApiError::invalid("chunking_strategy", message))
    }
}

/// The limits of subtitles, and the fields that were sent: the others are the operator's settings.
fn subtitle_limits(
    form: &mut Form,
    mut limits: SubtitleSettings,
) -> Result<(SubtitleSettings, Vec<&'static str>), ApiError> {
    let mut sent = Vec::new();
    for (param, limit) in [
        ("max_line_width", &mut limits.max_line_width),
        ("max_line_count", &mut limits.max_line_count),
        ("max_cue_seconds", &mut limits.max_cue_seconds),
    ] {
        if let Some(value) = form.take(param) {
            let parsed = value.trim().parse();
            *limit = parsed
                .map_err(|_| ApiError::invalid(param, format!("`{param}` must be a number")))?;
            sent.push(param);
        }
    }
    let wrong = mynah_settings::check(&limits).err();
    for problem in wrong.iter().flat_map(InvalidSettings::problems) {
        // The settings themselves are valid, so only what was sent can be wrong.
        if let Some(param) = sent.iter().find(|param| **param == problem.setting) {
            return Err(ApiError::invalid(param, problem.to_string()));
        }
    }
    Ok((limits, sent))
}

/// A value of a closed set, by its name on the wire.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

fn unsupported(param: &'static str, message: &str) -> ApiError {
    ApiError::Unsupported {
        param,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validated(fields: &[(&str, &str)]) -> Result<ValidatedTranscriptionRequest, ApiError> {
        let mut form = Form {
            file: Some(vec![1]),
            ..Form::default()
        };
        form.texts.insert("model".into(), vec!["whisper-1".into()]);
        for (name, value) in fields {
            form.texts
                .entry((*name).into())
                .or_default()
                .push((*value).into());
        }
        ValidatedTranscriptionRequest::new(
            form,
            &ServerSettings::default(),
            SubtitleSettings::default(),
        )
    }

    fn refused(name: &str, value: &str) -> (u16, String) {
        let error = validated(&[(name, value)]).unwrap_err();
        (
            error.code().status(),
            error.body().error.param.unwrap_or_default(),
        )
    }

    #[test]
    fn default_values_of_clients_are_accepted() {
        let validated = validated(&[
            ("temperature", "0"),
            ("chunking_strategy", "auto"),
            ("prompt", ""),
            ("stream", "true"),
            ("user", "x"),
        ]);
        let validated = validated.unwrap();
        assert!(validated.stream && validated.engine.is_none() && !validated.words);
        assert_eq!(validated.ignored, ["user"]);
    }

    #[test]
    fn invalid_values_are_400_and_unsupported_ones_422() {
        for (name, value) in [
            ("temperature", "2"),
            ("temperature", "NaN"),
            ("stream", "yes"),
            ("track", "0"),
            ("track", "65"),
            ("track", "first"),
            ("response_format", "xml"),
            ("temperature", "warm"),
            ("chunking_strategy", "server_vad"),
            ("max_line_width", "9"),
            ("max_line_width", "wide"),
            ("max_line_count", "0"),
            ("max_cue_seconds", "61"),
            ("language", "klingonese"),
            ("timestamp_granularities", "word"),
        ] {
            assert_eq!(refused(name, value), (400, name.to_owned()), "{value}");
        }
        assert_eq!(
            refused("response_format", "diarized_json"),
            (422, "response_format".into())
        );
        let two = validated(&[("languages", "en"), ("languages", "es")]);
        assert_eq!(two.unwrap_err().code().status(), 422);
    }

    #[test]
    fn hints_without_effect_are_named_as_ignored() {
        for (name, value) in [
            ("keywords", "x"),
            ("include", "logprobs"),
            ("known_speaker_names", "Ana"),
            ("known_speaker_references", "data:audio/wav;base64,AA=="),
            ("chunking_strategy", "{\"type\": \"server_vad\"}"),
            ("chunking_strategy[type]", "server_vad"),
            ("max_line_width", "30"),
            ("user", "x"),
        ] {
            assert_eq!(
                validated(&[(name, value)]).unwrap().ignored,
                [name],
                "{value}"
            );
        }
    }

    #[test]
    fn prompt_and_temperature_are_hints_for_the_engine() {
        let fields = [("temperature", "0.2"), ("prompt", "Hm"), ("best_of", "5")];
        let validated = validated(&fields).unwrap();
        assert_eq!(validated.ignored, ["best_of"]);
        assert_eq!(validated.hints.names(), ["prompt", "temperature"]);
        let none = self::validated(&[("temperature", "0"), ("prompt", " ")]).unwrap();
        assert_eq!(none.hints, RecognitionHints::default());
    }

    #[test]
    fn languages_are_accepted_in_many_forms() {
        for (value, expected) in [
            ("en-GB", "en-GB"),
            ("EN_gb", "en-GB"),
            ("English", "en"),
            ("Brazilian Portuguese", "pt-BR"),
            ("auto", "auto"),
            ("", "auto"),
        ] {
            let validated = validated(&[("language", value)]).unwrap();
            assert_eq!(validated.language.to_string(), expected, "{value}");
        }
    }

    #[test]
    fn form_sets_the_limits_of_subtitles() {
        let fields = [
            ("response_format", "srt"),
            ("max_line_width", "30"),
            ("max_line_count", "1"),
        ];
        let validated = validated(&fields).unwrap();
        let limits = validated.subtitles.unwrap();
        assert_eq!(
            (
                limits.max_line_width,
                limits.max_line_count,
                limits.max_cue_seconds
            ),
            (30, 1, 7)
        );
        assert!(validated.ignored.is_empty());
    }

    #[test]
    fn word_timestamps_need_verbose_json() {
        let fields = [
            ("response_format", "verbose_json"),
            ("timestamp_granularities", "word"),
            ("timestamp_granularities", "segment"),
        ];
        assert!(validated(&fields).unwrap().words);
    }
}
