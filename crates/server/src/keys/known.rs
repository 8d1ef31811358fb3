//! The keys as last read, each with the signal that it was revoked.

use std::sync::Arc;

use subtle::{Choice, ConditionallySelectable as _};
use tokio_util::sync::CancellationToken;

use super::key::hash;
use super::{KeyId, KeyRecord};

/// A key that opens.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Its public name.
    pub id: KeyId,
    /// Cancelled once it opens nothing any more.
    pub revoked: CancellationToken,
}

/// All keys.
#[derive(Debug)]
pub(super) struct KnownKeys {
    pub(super) records: Arc<[KeyRecord]>,
    /// In the order of the records.
    revoked: Vec<CancellationToken>,
}

impl KnownKeys {
    pub(super) fn new(records: Vec<KeyRecord>) -> Self {
        let revoked = records.iter().map(|_| CancellationToken::new()).collect();
        Self {
            records: records.into(),
            revoked,
        }
    }

    /// Takes over a newer list. What was opened by keys that are not in it ends.
    pub(super) fn replace(&mut self, records: Vec<KeyRecord>) {
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

    /// Ends what was opened by any key. The keys themselves are valid again once they are renewed.
    pub(super) fn withdraw(&self) {
        self.revoked.iter().for_each(CancellationToken::cancel);
    }

    /// Gives keys that were withdrawn a signal of their own again.
    pub(super) fn renew(&mut self) {
        for revoked in &mut self.revoked {
            if revoked.is_cancelled() {
                *revoked = CancellationToken::new();
            }
        }
    }

    /// The key that was presented. Compares with every key there is, in constant time.
    pub(super) fn find(&self, presented: &str) -> Option<KnownKey> {
        let presented = hash(presented);
        let mut found = 0_u64;
        for (place, key) in (1..).zip(self.records.iter()) {
            let same: Choice = key.matches(&presented);
            found.conditional_assign(&place, same);
        }
        let at = usize::try_from(found).ok()?.checked_sub(1)?;
        Some(KnownKey {
            id: self.records.get(at)?.id.clone(),
            revoked: self.revoked.get(at)?.clone(),
        })
    }
}
