//! A resolver that knows only some addresses.

use std::net::SocketAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Another resolver whose answer counts only if every address in it is allowed. ureq asks once for
/// a connection, bare addresses included, and connects to what it is told and to nothing else.
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
            // The same as for a name that does not exist: callers learn nothing of our networks.
            Err(Error::HostNotFound)
        }
    }
}
