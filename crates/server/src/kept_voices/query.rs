//! Names of parameters and fields under `/api/v1`, where one that is unknown is an error.

use crate::error::ApiError;

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
