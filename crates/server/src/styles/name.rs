//! The style of a request.

use mynah_api::StyleParam;
use mynah_speech::{StyleKey, StyleName};

use crate::error::ApiError;

/// The style that a request names, in any case of letters.
pub(crate) fn style_name(param: &StyleParam) -> Result<StyleName, ApiError> {
    let StyleParam {
        emotion,
        intensity,
        mode,
    } = param;
    let intensity = intensity
        .as_deref()
        .map(|text| style_key("style.intensity", text))
        .transpose()?;
    match (emotion, mode, intensity) {
        (Some(emotion), None, intensity) => Ok(StyleName::Emotion {
            key: style_key("style.emotion", emotion)?,
            intensity,
        }),
        (None, Some(mode), None) => Ok(StyleName::Mode(style_key("style.mode", mode)?)),
        (None, Some(_), Some(_)) => {
            let message = "a mode has no `intensity`; leave it out, or send an `emotion`";
            Err(ApiError::invalid("style.intensity", message))
        }
        _ => {
            let message = "`style` has either an `emotion` or a `mode`";
            Err(ApiError::invalid("style", message))
        }
    }
}

/// The key of a style, in any case of letters.
pub(crate) fn style_key(param: &'static str, text: &str) -> Result<StyleKey, ApiError> {
    let text = text.trim().to_ascii_lowercase();
    text.parse()
        .map_err(|error| ApiError::invalid(param, format!("`{param}` names no style: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn named(style: Value) -> Result<StyleName, ApiError> {
        style_name(&serde_json::from_value(style).unwrap())
    }

    #[test]
    fn a_style_is_an_emotion_or_a_mode() {
        let intense = named(json!({"emotion": "Sad ", "intensity": "INTENSE"})).unwrap();
        assert_eq!(intense.key().as_str(), "sad");
        assert!(matches!(
            named(json!({"mode": "radio"})),
            Ok(StyleName::Mode(_))
        ));
        for wrong in [
            json!({}),
            json!({"intensity": "medium"}),
            json!({"emotion": "sad", "mode": "radio"}),
            json!({"mode": "radio", "intensity": "medium"}),
            json!({"emotion": ""}),
            json!({"emotion": "très triste"}),
        ] {
            assert!(named(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
