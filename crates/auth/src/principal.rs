//! An authenticated client.

use std::time::Duration;

use mynah_admission::ClientKey;
use tokio_util::sync::CancellationToken;

use crate::{AudioBudgetExceeded, AuthError, Authenticator, Caller};

/// An authenticated client: the owner of a key, or an address where no key is needed. Cheap to
/// clone.
#[derive(Clone)]
pub struct Principal {
    pub(crate) caller: Caller,
    /// Cancelled once the key is no longer valid; none where no key was needed.
    pub(crate) revoked: Option<CancellationToken>,
    pub(crate) authenticator: Authenticator,
}

impl Principal {
    /// Whether this client has audio left.
    ///
    /// # Errors
    /// [`AudioBudgetExceeded`], with the time until there is.
    pub fn check_audio_budget(&self) -> Result<(), AudioBudgetExceeded> {
        self.authenticator.audio_budget().check(&self.caller)
    }

    /// Charges audio that was received or synthesized for this client.
    pub fn charge_audio(&self, audio: Duration) {
        self.authenticator
            .audio_budget()
            .charge(&self.caller, audio);
    }

    /// Waits until the key is no longer valid, and returns the reason; never returns where no key
    /// was needed. Requests and sessions of the client end then.
    pub async fn revoked(&self) -> AuthError {
        match &self.revoked {
            Some(revoked) => revoked.cancelled().await,
            None => std::future::pending().await,
        }
        if self.authenticator.keys().is_available() {
            AuthError::RevokedKey
        } else {
            AuthError::KeysUnavailable
        }
    }

    /// The token that is cancelled once the key is no longer valid; one that is never cancelled
    /// where no key was needed.
    pub fn revocation(&self) -> CancellationToken {
        self.revoked.clone().unwrap_or_default()
    }

    /// Whether the client was authenticated by a key, which can be revoked.
    pub const fn has_key(&self) -> bool {
        self.revoked.is_some()
    }

    /// The key under which its work is counted, and its share of each limit.
    pub fn client_key(&self) -> ClientKey {
        self.authenticator.client_key(&self.caller)
    }

    /// The client that limits are counted for.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
}
