//! The keys as last read, each with a token that is cancelled when it is revoked.

use std::sync::Arc;

use subtle::{Choice, ConditionallySelectable as _};
use tokio_util::sync::CancellationToken;

use crate::api_key::hash;
use crate::{KeyId, KeyRecord};

/// A key that is valid.
#[derive(Clone, Debug)]
pub struct ActiveKey {
    /// Its id.
    pub id: KeyId,
    /// Cancelled once the key is no longer valid.
    pub revoked: CancellationToken,
}

/// All keys as last read.
#[derive(Debug)]
pub(crate) struct KeySnapshot {
    pub(crate) records: Arc<[KeyRecord]>,
    /// In the order of the records.
    revoked: Vec<CancellationToken>,
}

impl KeySnapshot {
    pub(crate) fn new(records: Vec<KeyRecord>) -> Self {
        let revoked = records.iter().map(|_| CancellationToken::new()).collect();
        Self {
            records: records.into(),
            revoked,
        }
    }

    /// Replaces the list. Requests of keys that are not in it end.
    pub(crate) fn replace(&mut self, records: Vec<KeyRecord>) {
        let mut newer = Self::new(records);
        for (at, record) in self.records.iter().enumerate() {
            let kept = newer
                .records
                .iter()
                .position(|own| own.sha256 == record.sha256 && own.id == record.id);
            match kept.filter(|_| !self.revoked[at].is_cancelled()) {
                Some(kept) => newer.revoked[kept] = self.revoked[at].clone(),
                None => self.revoked[at].cancel(),
            }
        }
        *self = newer;
    }

    /// Ends the requests of all keys. The keys are valid again after [`KeySnapshot::renew`].
    pub(crate) fn cancel_all(&self) {
        self.revoked.iter().for_each(CancellationToken::cancel);
    }

    /// Gives keys whose token was cancelled a new one.
    pub(crate) fn renew(&mut self) {
        for revoked in &mut self.revoked {
            if revoked.is_cancelled() {
                *revoked = CancellationToken::new();
            }
        }
    }

    /// The key that was presented. Compares with every key, in constant time.
    pub(crate) fn find(&self, presented: &str) -> Option<ActiveKey> {
        let presented = hash(presented);
        let mut found = 0_u64;
        for (position, key) in (1..).zip(self.records.iter()) {
            let same: Choice = key.matches(&presented);
            found.conditional_assign(&position, same);
        }
        let at = usize::try_from(found).ok()?.checked_sub(1)?;
        Some(ActiveKey {
            id: self.records.get(at)?.id.clone(),
            revoked: self.revoked.get(at)?.clone(),
        })
    }
}
