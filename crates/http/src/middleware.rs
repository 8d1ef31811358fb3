//! The middleware that every server's requests pass through.

use axum::Router;
use axum::http::HeaderName;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::after_panic;
use crate::host::{HostPolicy, check_host};
use crate::observe::observe;
use crate::origin::{OriginPolicy, check_origin};
use crate::security_headers::security_headers;
use crate::trailing_slash::without_trailing_slashes;

/// What differs between servers.
#[derive(Clone, Debug)]
pub struct Middleware {
    /// The hosts that are served; none where the transport checks them.
    pub hosts: Option<HostPolicy>,
    /// The origins whose pages may send requests.
    pub origins: OriginPolicy,
    /// Response headers that pages of other origins may read.
    pub exposed_headers: Vec<HeaderName>,
}

impl Middleware {
    /// Wraps a router. A request passes, in this order: trailing slashes, its id with log and
    /// metrics, security headers, panics, the Host check, CORS, the Origin check, the route.
    pub fn wrap(self, router: Router) -> Router {
        let cors = self.origins.cors(self.exposed_headers);
        // The layer that is added last is the first that a request meets.
        let router = router
            .layer(from_fn_with_state(self.origins, check_origin))
            .layer(cors)
            .layer(from_fn_with_state(self.hosts, check_host))
            .layer(CatchPanicLayer::custom(after_panic))
            .layer(from_fn(security_headers))
            .layer(from_fn(observe));
        without_trailing_slashes(router)
    }
}
