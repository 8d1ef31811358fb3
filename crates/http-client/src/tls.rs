//! One cryptography for every connection of this process.

/// Makes ring the TLS provider of this process, unless another one is set.
pub fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
