//! A slash at the end of a path means nothing.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use tower::ServiceExt as _;

/// A router that takes `/v1/models/` for `/v1/models`, query and all. The interactive
/// documentation stays where it is: its files lie below `/docs/`.
pub(crate) fn without_trailing_slashes(router: Router) -> Router {
    Router::new().fallback_service(router.map_request(|mut request: Request| {
        if let Some(uri) = trimmed(request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// A target without the slashes that its path ends with; none where it is to stay.
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
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_of_a_path_are_taken_off() {
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
