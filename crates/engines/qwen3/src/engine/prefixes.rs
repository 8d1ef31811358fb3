//! What the talker made of the beginning of a voice's prompts, which is the same whatever is said.

use std::sync::Arc;

use crate::codec::State;
use crate::lm::Cache;
use crate::model::Prepared;
use crate::prompt::Position;
use crate::request::ClonePrompt;

/// Positions that are kept, of all voices together; each takes about 230 kB in released models.
const POSITIONS: usize = 512;

/// Beginnings, the one used last at the end.
#[derive(Debug, Default)]
pub(super) struct Prefixes(Vec<Prefix>);

#[derive(Debug)]
struct Prefix {
    positions: Vec<Position>,
    clone: Option<Arc<ClonePrompt>>,
    cache: Cache,
    /// The codec after the reference of a cloned voice, which its speech goes on from.
    codec: Option<State>,
}

/// What is remembered for an utterance.
pub(super) struct Remembered {
    /// The talker's memory.
    pub(super) cache: Cache,
    /// The codec's, where the voice has a reference and was heard to its end.
    pub(super) codec: Option<State>,
}

impl Prefix {
    fn fits(&self, prepared: &Prepared) -> bool {
        let same = match (&self.clone, prepared.shared_clone()) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other) || own == other,
            _ => false,
        };
        same && self.positions == prepared.layout().constant()
    }
}

impl Prefixes {
    /// What is remembered of the beginning of a prompt, with room for so many positions.
    pub(super) fn find(&mut self, prepared: &Prepared, capacity: usize) -> Option<Remembered> {
        let at = self.0.iter().position(|prefix| prefix.fits(prepared))?;
        let prefix = self.0.remove(at);
        let remembered = Remembered {
            cache: prefix.cache.first(prefix.cache.len(), capacity),
            codec: prefix.codec.clone(),
        };
        self.0.push(prefix);
        Some(remembered)
    }

    /// Keeps the codec after the reference of a voice whose beginning is kept.
    pub(super) fn keep_codec(&mut self, prepared: &Prepared, codec: &State) {
        let prefix = self.0.iter_mut().find(|prefix| prefix.fits(prepared));
        if let Some(prefix) = prefix.filter(|prefix| prefix.codec.is_none()) {
            prefix.codec = Some(codec.clone());
        }
    }

    /// Keeps the beginning of a prompt that was read.
    pub(super) fn keep(&mut self, prepared: &Prepared, read: &Cache) {
        let constant = prepared.layout().constant();
        let known = self.0.iter().any(|prefix| prefix.fits(prepared));
        if known || constant.len() > POSITIONS {
            return;
        }
        self.0.push(Prefix {
            positions: constant.to_vec(),
            clone: prepared.shared_clone().cloned(),
            cache: read.first(constant.len(), constant.len()),
            codec: None,
        });
        let mut kept: usize = self.0.iter().map(|prefix| prefix.positions.len()).sum();
        while kept > POSITIONS {
            kept -= self.0.remove(0).positions.len();
        }
    }
}
