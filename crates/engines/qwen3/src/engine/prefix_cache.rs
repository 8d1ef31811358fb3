//! A cache of prompt prefixes: the positions of a voice's prompt that do not depend on the text.

use std::sync::Arc;

use crate::codec::CodecState;
use crate::lm::KvCache;
use crate::model::Prepared;
use crate::prompt::Position;
use crate::request::ClonePrompt;

/// Cached positions of all voices together; each takes about 230 kB in released models.
const MAX_CACHED_POSITIONS: usize = 512;

/// Prefixes, the most recently used last.
#[derive(Debug, Default)]
pub(super) struct PrefixCache(Vec<CachedPrefix>);

#[derive(Debug)]
struct CachedPrefix {
    positions: Vec<Position>,
    clone: Option<Arc<ClonePrompt>>,
    cache: KvCache,
    /// The codec's state after the reference of a cloned voice.
    codec: Option<CodecState>,
}

/// The cached state for an utterance.
pub(super) struct PrefixHit {
    /// The talker's cache.
    pub(super) cache: KvCache,
    /// The codec's state, where the voice has a reference that was decoded before.
    pub(super) codec: Option<CodecState>,
}

impl CachedPrefix {
    fn fits(&self, prepared: &Prepared) -> bool {
        let same = match (&self.clone, prepared.shared_clone()) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other) || own == other,
            _ => false,
        };
        same && self.positions == prepared.layout().constant()
    }
}

impl PrefixCache {
    /// The cached prefix of a prompt of so many positions, with capacity for `capacity`. The last position is
    /// always left to prefill, also where none depends on the text: the first frame is sampled from it.
    pub(super) fn get(
        &mut self,
        prepared: &Prepared,
        positions: usize,
        capacity: usize,
    ) -> Option<PrefixHit> {
        let at = self.0.iter().position(|prefix| prefix.fits(prepared))?;
        let prefix = self.0.remove(at);
        let hit = PrefixHit {
            cache: prefix.cache.prefix(
                prefix.cache.len().min(positions.saturating_sub(1)),
                capacity,
            ),
            codec: prefix.codec.clone(),
        };
        self.0.push(prefix);
        Some(hit)
    }

    /// Adds the codec's state after the reference to a cached prefix.
    pub(super) fn insert_codec_state(&mut self, prepared: &Prepared, codec: &CodecState) {
        let prefix = self.0.iter_mut().find(|prefix| prefix.fits(prepared));
        if let Some(prefix) = prefix.filter(|prefix| prefix.codec.is_none()) {
            prefix.codec = Some(codec.clone());
        }
    }

    /// Adds the prefix of a prompt that was prefilled.
    pub(super) fn insert(&mut self, prepared: &Prepared, prompt_cache: &KvCache) {
        let constant = prepared.layout().constant();
        let is_cached = self.0.iter().any(|prefix| prefix.fits(prepared));
        if is_cached || constant.len() > MAX_CACHED_POSITIONS {
            return;
        }
        self.0.push(CachedPrefix {
            positions: constant.to_vec(),
            clone: prepared.shared_clone().cloned(),
            cache: prompt_cache.prefix(constant.len(), constant.len()),
            codec: None,
        });
        let mut positions: usize = self.0.iter().map(|prefix| prefix.positions.len()).sum();
        while positions > MAX_CACHED_POSITIONS {
            positions -= self.0.remove(0).positions.len();
        }
    }
}
