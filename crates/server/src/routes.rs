//! Routes, each with its access policy.

use axum::Router;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt as _};

use crate::state::AppState;
use mynah_http::AccessPolicy;

/// A list of routes. None can be added without an access policy.
#[derive(Default)]
pub(crate) struct Routes(Vec<Entry>);

struct Entry {
    policy: AccessPolicy,
    route: UtoipaMethodRouter<AppState>,
    /// The path, if the document does not describe the route.
    path: Option<&'static str>,
}

impl Routes {
    /// Adds a route that the document describes.
    pub(crate) fn add(mut self, policy: AccessPolicy, route: UtoipaMethodRouter<AppState>) -> Self {
        self.0.push(Entry {
            policy,
            route,
            path: None,
        });
        self
    }

    /// Adds a route that the document does not describe.
    pub(crate) fn add_plain(
        mut self,
        policy: AccessPolicy,
        path: &'static str,
        route: MethodRouter<AppState>,
    ) -> Self {
        let route = (Vec::new(), utoipa::openapi::Paths::new(), route);
        self.0.push(Entry {
            policy,
            route,
            path: Some(path),
        });
        self
    }

    /// Every path and its access policy.
    #[cfg(test)]
    pub(crate) fn decisions(&self) -> Vec<(String, AccessPolicy)> {
        let decide = |entry: &Entry| {
            let paths = entry.route.1.paths.keys().cloned();
            let paths: Vec<_> = paths.chain(entry.path.map(str::to_owned)).collect();
            let policy = entry.policy;
            paths.into_iter().map(move |path| (path, policy))
        };
        self.0.iter().flat_map(decide).collect()
    }

    /// Builds the router and completes the document. `guard` applies a policy.
    pub(crate) fn build(
        self,
        document: OpenApi,
        guard: impl Fn(AccessPolicy, MethodRouter<AppState>) -> MethodRouter<AppState>,
    ) -> (Router<AppState>, OpenApi) {
        let mut router = OpenApiRouter::with_openapi(document);
        for Entry {
            policy,
            route,
            path,
        } in self.0
        {
            let route = route.map(|route| guard(policy, route));
            router = match path {
                Some(path) => router.route(path, route.2),
                None => router.routes(route),
            };
        }
        router.split_for_parts()
    }
}
