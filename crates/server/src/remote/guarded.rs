//! A resolver that returns only allowed addresses.

use std::net::SocketAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// A resolver that fails unless every address of the inner one's answer is allowed. ureq resolves
/// once per connection, bare addresses included, and connects only to the returned addresses.
#[derive(Debug)]
pub(super) struct Guarded<R> {
    pub(super) inner: R,
    pub(super) allowed: fn(SocketAddr) -> bool,
}

impl<R: Resolver> Resolver for Guarded<R> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = match self.inner.resolve(uri, config, timeout) {
            Err(Error::Io(_)) => return Err(Error::HostNotFound),
            found => found?,
        };
        if found.iter().all(|address| (self.allowed)(*address)) {
            Ok(found)
        } else {
            // The same as for a name that does not exist: clients learn nothing about the network.
            Err(Error::HostNotFound)
        }
    }
}
