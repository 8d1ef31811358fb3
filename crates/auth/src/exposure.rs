//! A server that other machines can reach needs a key, or it does not start.

use std::net::SocketAddr;

use crate::KeyStore;

/// The operator: an address that other machines can reach, and no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} can be reached from other machines and there is no key yet: create one with `mynah keys add NAME`, or listen on 127.0.0.1"
)]
pub struct Exposed(pub SocketAddr);

/// Refuses an address that other machines can reach while there is no key.
///
/// # Errors
/// [`Exposed`], which names the command that fixes it.
pub fn check_exposure(address: SocketAddr, keys: &KeyStore) -> Result<(), Exposed> {
    if is_loopback(address) || !keys.list().is_empty() {
        Ok(())
    } else {
        Err(Exposed(address))
    }
}

/// Whether only this machine can reach an address.
pub const fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_needs_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(folder.path().join("keys.json")).unwrap();
        let check = |address: &str| check_exposure(address.parse().unwrap(), &keys);
        for local in [
            "127.0.0.1:0",
            "127.8.8.8:1",
            "[::1]:80",
            "[::ffff:127.0.0.1]:80",
        ] {
            assert_eq!(check(local), Ok(()), "{local}");
        }
        for open in [
            "0.0.0.0:80",
            "[::]:80",
            "192.168.1.2:80",
            "[::ffff:10.0.0.1]:80",
        ] {
            let error = check(open).unwrap_err().to_string();
            assert!(error.contains("mynah keys add"), "{error}");
        }
        keys.add("Ada").unwrap();
        assert_eq!(check("0.0.0.0:80"), Ok(()));
    }
}
