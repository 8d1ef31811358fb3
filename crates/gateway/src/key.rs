//! Who may come in. The server knows the keys; the gateway only asks.

/// Who somebody is, as far as a key tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// The owner of a key, by the key's public name. Never the key itself.
    Key(String),
    /// Anybody: no key is needed.
    Anyone,
}

/// Why a key opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// None was sent, and one is needed.
    Missing,
    /// It is unknown or was revoked.
    Unknown,
}

/// Checks keys, in constant time. Called before a connection is taken.
pub trait KeyCheck: Send + Sync + 'static {
    /// Who comes with this key, or without one.
    ///
    /// # Errors
    /// The caller's fault: a key is missing or unknown.
    fn check(&self, key: Option<&str>) -> Result<Caller, KeyRefusal>;
}

impl<F> KeyCheck for F
where
    F: Fn(Option<&str>) -> Result<Caller, KeyRefusal> + Send + Sync + 'static,
{
    fn check(&self, key: Option<&str>) -> Result<Caller, KeyRefusal> {
        self(key)
    }
}

/// No key is needed: for a server that listens on loopback alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeyCheck for NoKeys {
    fn check(&self, _key: Option<&str>) -> Result<Caller, KeyRefusal> {
        Ok(Caller::Anyone)
    }
}
