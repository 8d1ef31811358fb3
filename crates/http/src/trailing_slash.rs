//! Slashes at the end of a path are ignored.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use tower::ServiceExt as _;

/// A router that serves `/v1/models/` as `/v1/models`, with its query. `/docs/` is kept: the files of
/// the interactive documentation are below it.
pub(crate) fn without_trailing_slashes(router: Router) -> Router {
    Router::new().fallback_service(router.map_request(|mut request: Request| {
        if let Some(uri) = trimmed(request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// A target without the slashes at the end of its path; none if it stays as it is.
fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let bare = path.trim_end_matches('/');
    if bare.len() == path.len() || bare.is_empty() || bare == "/docs" {
        return None;
    }
    let target = match uri.query() {
        Some(query) => format!("{bare}?{query}"),
        None => bare.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn trailing_slashes_are_removed() {
        for (given, expected) in [
            ("/v1/models/", Some("/v1/models")),
            ("/v1/audio/speech//", Some("/v1/audio/speech")),
            ("/v1/models/?a=/", Some("/v1/models?a=/")),
            ("http://x.org/livez/", Some("http://x.org/livez")),
            ("/", None),
            ("//", None),
            ("/docs/", None),
            ("/v1/models", None),
        ] {
            let target = trimmed(&given.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(target.as_deref(), expected, "{given}");
        }
    }
}
