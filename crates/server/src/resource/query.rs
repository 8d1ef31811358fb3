//! The parameters of queries, and the error of a name that is unknown.

use mynah_speech::Language;

use crate::error::ApiError;

/// How many objects a list has, unless the request says.
const DEFAULT_LIMIT: usize = 50;
/// The most objects that a list has.
const MAX_LIMIT: usize = 200;

/// Which part of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    limit: Option<usize>,
    pub(crate) cursor: Option<String>,
}

impl Page {
    /// Takes a parameter; false where it is another one.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> bool {
        match name {
            // One that is no number is none of those that are allowed.
            "limit" => self.limit = Some(value.parse().unwrap_or(0)),
            "cursor" => self.cursor = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    /// How many objects it has.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
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

/// The language of a parameter or field.
pub(crate) fn language(param: &'static str, tag: &str) -> Result<Language, ApiError> {
    tag.parse()
        .map_err(|error| ApiError::invalid(param, format!("`{param}`: {error}")))
}

/// The parameters of a query.
pub(crate) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.into_owned().collect()
}

/// The error of a field or parameter that is unknown; it names the nearest one that is known.
pub(crate) fn unknown(name: &str, known: &[&str]) -> ApiError {
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro(name, a).total_cmp(&strsim::jaro(name, b)));
    let shown: String = name.chars().take(64).filter(|c| !c.is_control()).collect();
    ApiError::UnknownField(match nearest {
        Some(nearest) => format!("the field `{shown}` is unknown; did you mean `{nearest}`?"),
        None => format!("the field `{shown}` is unknown"),
    })
}
