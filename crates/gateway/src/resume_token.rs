//! Resume tokens: what lets a client take up its session again on any gateway.
//!
//! A token is base64url, without padding, of: the version 2, the session's UUID, when it was
//! issued and until when it holds (milliseconds since 1970, big-endian), and the HMAC-SHA256 of
//! all that and of the id of the API key that the session was begun with. It needs no store, it
//! does not contain the id, and it is of no use with another API key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use mynah_bus::identity::SessionId;
use mynah_secret::Secret;
use sha2::Sha256;
use uuid::Uuid;

const VERSION: u8 = 2;
/// Version, session, two times.
const SIGNED: usize = 1 + 16 + 8 + 8;
const MAC: usize = 32;

/// A session that may be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResumeClaims {
    pub(crate) session: Uuid,
    /// When the session began, in milliseconds since 1970: nothing of it is older.
    pub(crate) issued_at: i64,
    /// Until when it may be resumed, likewise.
    pub(crate) expires_at: i64,
}

impl ResumeClaims {
    /// The session's name on the bus.
    pub(crate) fn session(&self) -> Option<SessionId> {
        SessionId::parse(&self.session.to_string())
    }
}

/// Makes and checks tokens.
#[derive(Clone)]
pub(crate) struct ResumeTokens(Hmac<Sha256>);

impl ResumeTokens {
    pub(crate) fn new(key: &Secret) -> Self {
        let own;
        let key = if key.is_empty() {
            own = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
            own.as_slice()
        } else {
            key.expose().as_bytes()
        };
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The token of a session that was begun with this API key, or without one.
    pub(crate) fn token(&self, claims: &ResumeClaims, api_key: Option<&str>) -> String {
        let mut bytes = Vec::with_capacity(SIGNED + MAC);
        bytes.push(VERSION);
        bytes.extend(claims.session.as_bytes());
        bytes.extend(claims.issued_at.to_be_bytes());
        bytes.extend(claims.expires_at.to_be_bytes());
        let mac = self.over(&bytes, api_key).finalize();
        bytes.extend(mac.into_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn over(&self, signed: &[u8], api_key: Option<&str>) -> Hmac<Sha256> {
        let mac = self.0.clone().chain_update(signed);
        // No key and an empty one are not the same.
        match api_key {
            None => mac.chain_update([0]),
            Some(id) => mac.chain_update([1]).chain_update(id),
        }
    }

    /// What a token opens at this time for a client with this API key; none where it is forged,
    /// signed by another gateway's secret, of another API key, or expired.
    pub(crate) fn open(
        &self,
        token: &str,
        now_ms: i64,
        api_key: Option<&str>,
    ) -> Option<ResumeClaims> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signed, mac) = bytes.split_at_checked(SIGNED)?;
        self.over(signed, api_key).verify_slice(mac).ok()?;
        let (version, rest) = signed.split_first()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (issued_at, rest) = rest.split_first_chunk::<8>()?;
        let claims = ResumeClaims {
            session: Uuid::from_bytes(*session),
            issued_at: i64::from_be_bytes(*issued_at),
            expires_at: i64::from_be_bytes(*rest.first_chunk::<8>()?),
        };
        (*version == VERSION && now_ms < claims.expires_at).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(key: &str) -> ResumeTokens {
        ResumeTokens::new(&Secret::from(key.to_owned()))
    }

    fn claims() -> ResumeClaims {
        ResumeClaims {
            session: Uuid::new_v4(),
            issued_at: 1_800_000_000_000,
            expires_at: 1_800_003_600_000,
        }
    }

    #[test]
    fn a_token_opens_at_every_gateway_of_the_same_key_until_it_expires() {
        let (ours, claims) = (tokens("a secret of all gateways"), claims());
        let token = ours.token(&claims, None);
        let other = tokens("a secret of all gateways");
        assert_eq!(
            other.open(&token, claims.expires_at - 1, None),
            Some(claims.clone())
        );
        assert_eq!(other.open(&token, claims.expires_at, None), None);
        assert_eq!(
            tokens("a secret of other gateways").open(&token, 0, None),
            None
        );
        // Without a key every process has its own.
        let (one, another) = (tokens(""), tokens(""));
        assert_eq!(another.open(&one.token(&claims, None), 0, None), None);
    }

    #[test]
    fn a_token_opens_only_with_the_api_key_it_was_made_for() {
        let (ours, claims) = (tokens("a secret of all gateways"), claims());
        let keys = [None, Some(""), Some("key_a"), Some("key_b")];
        for made_for in keys {
            let token = ours.token(&claims, made_for);
            for used_with in keys {
                let opened = ours.open(&token, 0, used_with);
                let expected = (made_for == used_with).then(|| claims.clone());
                assert_eq!(opened, expected, "{made_for:?} {used_with:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bit_can_be_changed(bit in 0..(SIGNED + MAC) * 8) {
            let ours = tokens("a secret of all gateways");
            let mut bytes = URL_SAFE_NO_PAD.decode(ours.token(&claims(), None)).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(ours.open(&URL_SAFE_NO_PAD.encode(bytes), 0, None), None);
        }

        #[test]
        fn anything_else_is_no_token(text in ".{0,120}") {
            prop_assert_eq!(tokens("a secret of all gateways").open(&text, 0, None), None);
        }
    }
}
