//! Protection against pages of other origins that a browser lets send requests here.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mynah_api::{ErrorCode, Origins};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::error::ErrorResponse;

/// Which pages may send requests: the server's own, those served on this machine, and those of
/// configured origins. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OriginPolicy {
    origins: Origins,
}

impl OriginPolicy {
    /// Pages of this machine and of these origins, each such as `https://example.org`.
    pub fn new(origins: &[String]) -> Self {
        Self {
            origins: Origins::new(origins),
        }
    }

    /// Whether the sender of these headers is allowed: a program, which sends no Origin, or a page
    /// of an allowed origin. No browser sends two.
    pub fn allows(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(ORIGIN).iter();
        let Some(origin) = sent.next() else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        sent.next().is_none() && self.origins.allows(origin, host)
    }

    /// CORS for the pages that [`OriginPolicy::allows`], so that a preflight is answered as its
    /// request is.
    pub(crate) fn cors(&self, expose: impl IntoIterator<Item = HeaderName>) -> CorsLayer {
        let policy = self.clone();
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |_, request| {
                policy.allows(&request.headers)
            }))
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(expose.into_iter().collect::<Vec<_>>())
    }
}

/// Refuses requests of other pages that change something or cost work. Reading is safe: without
/// CORS the page cannot see the response. A `WebSocket` is checked by its own route.
pub(crate) async fn check_origin(
    State(policy): State<OriginPolicy>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // Browsers send one.
    let two = request.headers().get_all(ORIGIN).iter().count() > 1;
    if two || (!reads && !policy.allows(request.headers())) {
        return origin_not_allowed().into_response();
    }
    next.run(request).await
}

/// The response to a page of an origin that is not allowed.
pub fn origin_not_allowed() -> ErrorResponse {
    let message = "pages of this origin may not send requests to this server; the operator can add \
                   it to the setting `origins`";
    ErrorResponse::new(ErrorCode::OriginNotAllowed, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn programs_own_pages_and_configured_pages_are_allowed() {
        let policy = OriginPolicy::new(&["https://Studio.example/".into()]);
        let allows = |origins: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "mynah.example:8080".parse().unwrap());
            for origin in origins {
                headers.append(ORIGIN, origin.parse().unwrap());
            }
            policy.allows(&headers)
        };
        assert!(allows(&[]));
        assert!(allows(&["http://mynah.example:8080"]) && allows(&["https://MYNAH.example:8080"]));
        assert!(allows(&["http://localhost:5173"]) && allows(&["http://[::1]"]));
        assert!(allows(&["https://studio.example"]));
        for foreign in [
            "null",
            "localhost",
            "http://mynah.example",
            "https://evil.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "mynah.example:8080",
        ] {
            assert!(!allows(&[foreign]), "{foreign}");
        }
        assert!(!allows(&["http://localhost", "https://evil.example"]));
    }
}
