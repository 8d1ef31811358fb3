//! Response headers beyond HTTP's own.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The engine that did the work.
pub(crate) const ENGINE: HeaderName = HeaderName::from_static("mynah-engine");
/// The full id of the voice.
pub(crate) const VOICE: HeaderName = HeaderName::from_static("mynah-voice");
/// How a style was realized.
pub(crate) const STYLE: HeaderName = HeaderName::from_static("mynah-style");
/// The clip that the speech is kept as.
pub(crate) const CLIP: HeaderName = HeaderName::from_static("mynah-clip");
/// The fields that had no effect.
pub(crate) const IGNORED: HeaderName = HeaderName::from_static("mynah-ignored");
/// What was left out of the result.
pub(crate) const WARNINGS: HeaderName = HeaderName::from_static("mynah-warnings");
/// `1`: the audio is synthetic.
pub(crate) const SYNTHETIC: HeaderName = HeaderName::from_static("mynah-synthetic");
/// Timings (W3C Server Timing).
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The headers that allowed pages of other origins may read.
pub(crate) const EXPOSED: [HeaderName; 10] = [
    ENGINE,
    VOICE,
    STYLE,
    CLIP,
    IGNORED,
    WARNINGS,
    SYNTHETIC,
    SERVER_TIMING,
    mynah_http::REQUEST_ID,
    axum::http::header::RETRY_AFTER,
];

/// The most ignored fields that are named: clients choose their number.
const MAX_IGNORED_NAMES: usize = 16;
/// The most characters of each name.
const MAX_NAME_CHARS: usize = 48;

/// Names the fields that had no effect, if there are any.
pub(crate) fn ignored(headers: &mut HeaderMap, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut list: Vec<String> = names
        .iter()
        .take(MAX_IGNORED_NAMES)
        .map(|name| plain(name))
        .collect();
    if names.len() > MAX_IGNORED_NAMES {
        list.push("...".into());
    }
    insert(headers, IGNORED, list.join(", "));
}

/// Names what was left out of the result, if anything was. The sentences are ASCII.
pub(crate) fn warnings(headers: &mut HeaderMap, warnings: &[String]) {
    if !warnings.is_empty() {
        insert(headers, WARNINGS, warnings.join("; "));
    }
}

/// Sets a header to a text made of visible ASCII.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// The name of a field, made safe for a list in a header, or for a message.
pub(crate) fn plain(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_graphic() && c != ',' {
            c
        } else {
            '?'
        }
    };
    name.chars().take(MAX_NAME_CHARS).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        ignored(
            &mut headers,
            &names.iter().map(ToString::to_string).collect::<Vec<_>>(),
        );
        headers
            .get(IGNORED)
            .map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn field_names_cannot_break_the_header() {
        assert_eq!(header(&[]), None);
        assert_eq!(
            header(&["cfg", "a\r\nset-cookie: x"]).unwrap(),
            "cfg, a??set-cookie:?x"
        );
        assert_eq!(header(&["é,"]).unwrap(), "??");
        assert!(header(&["x".repeat(1000).as_str(); 100]).unwrap().len() < 1000);
    }
}
