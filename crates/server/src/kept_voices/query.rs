//! Parameters of kept voices.

use mynah_speech::StyleName;

use crate::error::ApiError;
use crate::resource::{pairs, unknown};
use crate::styles::style_key;

/// Sets the style of a query: an `emotion` or a `mode`, not both.
pub(super) fn set_style(
    style: &mut Option<StyleName>,
    name: &str,
    value: &str,
) -> Result<(), ApiError> {
    if style.is_some() {
        let message = "send either an `emotion` or a `mode`, once";
        return Err(ApiError::invalid("mode", message));
    }
    *style = Some(match name {
        "emotion" => StyleName::Emotion {
            key: style_key("emotion", value)?,
            intensity: None,
        },
        _ => StyleName::Mode(style_key("mode", value)?),
    });
    Ok(())
}

/// Whether a voice is to be erased.
pub(super) fn is_purge(query: Option<&str>) -> Result<bool, ApiError> {
    let mut purge = false;
    for (name, value) in pairs(query) {
        if name != "purge" {
            return Err(unknown(&name, &["purge"]));
        }
        let message = "`purge` must be true or false";
        let parsed = value
            .parse()
            .map_err(|_| ApiError::invalid("purge", message));
        purge = parsed?;
    }
    Ok(purge)
}
