//! One cryptography for every connection.

/// Makes ring the provider of TLS for this process. Whoever was first stays.
pub(crate) fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
