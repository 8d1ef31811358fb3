//! The headers that are ours.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Which engine did the work.
pub(crate) const ENGINE: HeaderName = HeaderName::from_static("mynah-engine");
/// Which voice spoke, by its full id.
pub(crate) const VOICE: HeaderName = HeaderName::from_static("mynah-voice");
/// Which fields changed nothing.
pub(crate) const IGNORED: HeaderName = HeaderName::from_static("mynah-ignored");
/// What was left out of the result.
pub(crate) const WARNINGS: HeaderName = HeaderName::from_static("mynah-warnings");
/// `1`: a machine made this sound.
pub(crate) const SYNTHETIC: HeaderName = HeaderName::from_static("mynah-synthetic");
/// Where the time went (W3C Server Timing).
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What pages of other origins may read, where any may.
pub(crate) const EXPOSED: [HeaderName; 8] = [
    ENGINE,
    VOICE,
    IGNORED,
    WARNINGS,
    SYNTHETIC,
    SERVER_TIMING,
    crate::observe::REQUEST_ID,
    axum::http::header::RETRY_AFTER,
];

/// How many ignored fields are named, and how much of each name: callers choose both.
const IGNORED_NAMES: usize = 16;
const IGNORED_BYTES: usize = 48;

/// Names the fields that changed nothing, where there are any.
pub(crate) fn ignored(headers: &mut HeaderMap, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut list: Vec<String> = names
        .iter()
        .take(IGNORED_NAMES)
        .map(|name| plain(name))
        .collect();
    if names.len() > IGNORED_NAMES {
        list.push("...".into());
    }
    insert(headers, IGNORED, list.join(", "));
}

/// Names what was left out of the result, where anything was. The sentences are ASCII.
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

/// A field's name as it can stand in a list in a header, or in a message.
pub(crate) fn plain(name: &str) -> String {
    let sound = |c: char| {
        if c.is_ascii_graphic() && c != ',' {
            c
        } else {
            '?'
        }
    };
    name.chars().take(IGNORED_BYTES).map(sound).collect()
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
    fn names_from_outside_cannot_break_the_header() {
        assert_eq!(header(&[]), None);
        assert_eq!(
            header(&["cfg", "a\r\nset-cookie: x"]).unwrap(),
            "cfg, a??set-cookie:?x"
        );
        assert_eq!(header(&["é,"]).unwrap(), "??");
        assert!(header(&["x".repeat(1000).as_str(); 100]).unwrap().len() < 1000);
    }
}
