//! Names of parameters and fields under `/api/v1`, where one that is unknown is an error.

use mynah_speech::{Language, StyleName};

use crate::error::ApiError;
use crate::styles::style_key;

/// How many objects a list has, unless the request says.
const DEFAULT_LIMIT: usize = 50;
/// The most objects that a list has.
const MAX_LIMIT: usize = 200;

/// Which part of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

impl Page {
    /// Takes a parameter; false where it is another one.
    pub(super) fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            // One that is no number is none of those that are allowed.
            "limit" => self.limit = Some(value.parse().unwrap_or(0)),
            "cursor" => self.cursor = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    /// How many objects it has.
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        match (1..=MAX_LIMIT).contains(&limit) {
            true => Ok(limit),
            false => {
                let message = format!("`limit` must be 1 to {MAX_LIMIT}");
                Err(ApiError::invalid("limit", message))
            }
        }
    }
}

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

/// The language of a query.
pub(super) fn language(tag: &str) -> Result<Language, ApiError> {
    tag.parse()
        .map_err(|error| ApiError::invalid("language", format!("`language`: {error}")))
}

/// The parameters of a query.
pub(super) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.into_owned().collect()
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

/// The error of a field or parameter that is unknown; it names the nearest one that is known.
pub(super) fn unknown(name: &str, known: &[&str]) -> ApiError {
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro(name, a).total_cmp(&strsim::jaro(name, b)));
    let shown: String = name.chars().take(64).filter(|c| !c.is_control()).collect();
    ApiError::UnknownField(match nearest {
        Some(nearest) => format!("the field `{shown}` is unknown; did you mean `{nearest}`?"),
        None => format!("the field `{shown}` is unknown"),
    })
}
