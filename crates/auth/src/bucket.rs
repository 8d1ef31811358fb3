//! The bucket in which a client is counted, in bounded memory.

use std::hash::{BuildHasher as _, RandomState};

use crate::{Caller, KeyId};

/// Buckets for addresses, at most. Several addresses can share one; a client cannot choose with
/// which, since the hash has a secret seed.
const MAX_ADDRESS_BUCKETS: u64 = 1 << 16;

/// One bucket. There are no more than keys and [`MAX_ADDRESS_BUCKETS`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// Of a key.
    Key(KeyId),
    /// Of addresses, by their hash.
    Addresses(u64),
}

/// Finds the bucket of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct BucketHasher(RandomState);

impl BucketHasher {
    /// The bucket of a client, always the same.
    pub(crate) fn bucket_of(&self, caller: &Caller) -> Bucket {
        match caller {
            Caller::Key(id) => Bucket::Key(id.clone()),
            Caller::Address(address) => {
                Bucket::Addresses(self.0.hash_one(address) % MAX_ADDRESS_BUCKETS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv6Addr};

    use super::*;

    #[test]
    fn a_million_networks_take_bounded_memory() {
        let buckets = BucketHasher::default();
        let network = |n: u128| Caller::at(IpAddr::V6(Ipv6Addr::from(n << 64)));
        assert_eq!(
            buckets.bucket_of(&network(7)),
            buckets.bucket_of(&network(7))
        );
        let used: HashSet<_> = (0..1_000_000)
            .map(|n| buckets.bucket_of(&network(n)))
            .collect();
        assert!(used.len() as u64 <= MAX_ADDRESS_BUCKETS);
        assert!(used.len() > 60_000, "they are spread: {}", used.len());
    }
}
