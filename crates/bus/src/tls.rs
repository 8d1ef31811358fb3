//! One cryptography for every connection of this process.

/// Makes ring the provider of TLS for this process. Whoever was first stays.
pub fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
