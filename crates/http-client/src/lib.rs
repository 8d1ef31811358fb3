//! The configuration that all outgoing requests share.

pub mod tls;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// The configuration of a client, for a caller to add its timeouts: TLS with the system's
/// certificates, no redirect followed, and every HTTP status a response.
pub fn config() -> ConfigBuilder<AgentScope> {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("mynah/", env!("CARGO_PKG_VERSION")))
}
