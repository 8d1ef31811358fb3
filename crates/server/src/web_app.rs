//! The web app, embedded at build time.

use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use mynah_http::WEB_APP_POLICY;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiError;

/// The files of the built front end; none if it was not built.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct FrontEnd;

/// The page at `/` without a built front end: the command that builds it.
const NOT_BUILT: &str = include_str!("not_built.html");

/// The files of the web app at their paths; for all other paths, 404.
pub(crate) async fn web_app(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let is_read = matches!(method, Method::GET | Method::HEAD);
    match FrontEnd::get(path) {
        Some(_) if !is_read => {
            let allow = [(ALLOW, HeaderValue::from_static("GET, HEAD"))];
            (allow, ApiError::Method).into_response()
        }
        Some(file) => serve(path, file, &headers),
        None if path == "index.html" && is_read => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CONTENT_SECURITY_POLICY, WEB_APP_POLICY),
            ];
            (headers, NOT_BUILT).into_response()
        }
        None => ApiError::NotFound.into_response(),
    }
}

fn serve(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    // The names of files below assets/ hold a hash of their content.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(WEB_APP_POLICY),
    );
    if let Ok(kind) = HeaderValue::try_from(content_type(path, file.metadata.mimetype())) {
        answer.insert(CONTENT_TYPE, kind);
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.insert(ETAG, tag);
    }
    response
}

/// The content type, with the charset of text.
fn content_type(path: &str, guessed: &str) -> String {
    let text = guessed.starts_with("text/") || path.ends_with(".js") || path.ends_with(".svg");
    if text && !guessed.contains("charset") {
        format!("{guessed}; charset=utf-8")
    } else {
        guessed.to_owned()
    }
}
