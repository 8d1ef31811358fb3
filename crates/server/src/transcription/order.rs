//! From the form as sent to an order that can be carried out.

use mynah_api::limits::NAME_BYTES;
use mynah_api::{Granularity, TextFormat};
use mynah_speech::LanguageChoice;
use serde::de::DeserializeOwned;

use crate::ServerSettings;
use crate::error::ApiError;
use crate::form::Form;

/// What a caller ordered, its values sound.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) file: Vec<u8>,
    /// The engine, where the model names one.
    pub(super) engine: Option<String>,
    pub(super) language: LanguageChoice,
    pub(super) format: TextFormat,
    /// Whether the times of words are wanted.
    pub(super) words: bool,
    pub(super) stream: bool,
    /// The fields that nobody knows.
    pub(super) ignored: Vec<String>,
}

/// Fields of the original that no engine here can honour, and what to do instead.
const UNSUPPORTED: [(&str, &str); 5] = [
    ("prompt", "no engine here takes a prompt; leave it out"),
    ("keywords", "no engine here takes keywords; leave them out"),
    (
        "include",
        "no engine here tells log probabilities; leave `include` out",
    ),
    (
        "known_speaker_names",
        "no engine here tells speakers apart; leave their names out",
    ),
    (
        "known_speaker_references",
        "no engine here tells speakers apart; leave their references out",
    ),
];

impl Order {
    /// Checks every field.
    pub(super) fn new(mut form: Form, settings: &ServerSettings) -> Result<Self, ApiError> {
        let file = form.file.take().ok_or(ApiError::Missing("file"))?;
        let model = form.take("model").ok_or(ApiError::Missing("model"))?;
        for (param, message) in UNSUPPORTED {
            if !form.take_all(param).is_empty() {
                return Err(unsupported(param, message));
            }
        }
        check_temperature(form.take("temperature").as_deref())?;
        check_chunking(form.take("chunking_strategy").as_deref())?;
        let language = language(&mut form)?;
        let format = format(form.take("response_format").as_deref())?;
        let words = granularities(&form.take_all("timestamp_granularities"), format)?;
        let stream = match form.take("stream").as_deref() {
            None | Some("false" | "False" | "0") => false,
            Some("true" | "True" | "1") => true,
            Some(_) => return Err(invalid("stream", "`stream` must be true or false")),
        };
        let alias = settings.transcription_models.contains(&model);
        Ok(Self {
            file,
            engine: (!alias).then_some(model),
            language,
            format,
            words,
            stream,
            ignored: form.texts.into_keys().collect(),
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
            .map_err(|error| invalid("language", format!("{error}, or auto"))),
        [_] => Err(invalid("language", "`language` is too long to name one")),
        _ => Err(unsupported(
            "languages",
            "engines here listen for one language; send one",
        )),
    }
}

fn format(value: Option<&str>) -> Result<TextFormat, ApiError> {
    match value {
        None => Ok(TextFormat::default()),
        Some("diarized_json") => Err(unsupported(
            "response_format",
            "no engine here tells speakers apart; take json, text, srt, vtt or verbose_json",
        )),
        Some(name) => named(name).ok_or_else(|| {
            invalid(
                "response_format",
                "`response_format` must be json, text, srt, vtt or verbose_json",
            )
        }),
    }
}

/// Whether the times of words are wanted. Only one shape of answer has room for them.
fn granularities(values: &[String], format: TextFormat) -> Result<bool, ApiError> {
    let param = "timestamp_granularities";
    let mut words = false;
    for value in values {
        match named(value) {
            Some(Granularity::Word) => words = true,
            Some(Granularity::Segment) => {}
            None => return Err(invalid(param, "a granularity must be word or segment")),
        }
    }
    if !values.is_empty() && format != TextFormat::VerboseJson {
        let message = "timestamp granularities need `response_format` verbose_json";
        return Err(invalid(param, message));
    }
    Ok(words)
}

fn check_temperature(value: Option<&str>) -> Result<(), ApiError> {
    let Some(value) = value else { return Ok(()) };
    match value.parse::<f32>() {
        Ok(0.0) => Ok(()),
        Ok(freedom) if freedom > 0.0 && freedom <= 1.0 => Err(unsupported(
            "temperature",
            "engines here do not guess; send 0 or leave it out",
        )),
        _ => Err(invalid("temperature", "`temperature` must be 0 to 1")),
    }
}

fn check_chunking(value: Option<&str>) -> Result<(), ApiError> {
    match value {
        None | Some("auto") => Ok(()),
        Some(_) => Err(unsupported(
            "chunking_strategy",
            "the detector's thresholds are set by the operator; send auto or leave it out",
        )),
    }
}

/// A value of a closed set, by its name on the wire.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

fn invalid(param: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::Invalid {
        param,
        message: message.into(),
    }
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

    fn order(fields: &[(&str, &str)]) -> Result<Order, ApiError> {
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
        Order::new(form, &ServerSettings::default())
    }

    fn refused(name: &str, value: &str) -> (u16, String) {
        let error = order(&[(name, value)]).unwrap_err();
        (
            error.code().status(),
            error.body().error.param.unwrap_or_default(),
        )
    }

    #[test]
    fn what_clients_send_by_habit_is_heeded() {
        let order = order(&[
            ("temperature", "0"),
            ("chunking_strategy", "auto"),
            ("prompt", ""),
            ("stream", "true"),
            ("user", "x"),
        ]);
        let order = order.unwrap();
        assert!(order.stream && order.engine.is_none() && !order.words);
        assert_eq!(order.ignored, ["user"]);
    }

    #[test]
    fn wrong_values_are_400_and_impossible_ones_422() {
        for (name, value) in [
            ("temperature", "2"),
            ("temperature", "NaN"),
            ("stream", "yes"),
            ("response_format", "xml"),
            ("language", "english"),
            ("timestamp_granularities", "word"),
        ] {
            assert_eq!(refused(name, value), (400, name.to_owned()), "{value}");
        }
        for (name, value) in [
            ("temperature", "0.5"),
            ("prompt", "Hm"),
            ("response_format", "diarized_json"),
            ("include", "logprobs"),
            ("chunking_strategy", "{}"),
            ("keywords", "x"),
        ] {
            assert_eq!(refused(name, value), (422, name.to_owned()), "{value}");
        }
    }

    #[test]
    fn words_need_the_shape_that_has_room_for_them() {
        let fields = [
            ("response_format", "verbose_json"),
            ("timestamp_granularities", "word"),
            ("timestamp_granularities", "segment"),
        ];
        assert!(order(&fields).unwrap().words);
    }
}
