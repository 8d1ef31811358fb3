//! The recordings of voices that were fetched last, so that each is fetched, and its voice worked
//! out, once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use mynah_bus::event::VoiceRecording;
use mynah_speech::Reference;

/// The most bytes of recordings that are kept.
const MAX_CACHED_BYTES: usize = 64 << 20;

/// What all sessions of a replica share.
#[derive(Clone, Default)]
pub(crate) struct ReferenceCache(Arc<Mutex<VecDeque<Known>>>);

struct Known {
    recording: VoiceRecording,
    reference: Arc<Reference>,
}

impl ReferenceCache {
    /// This recording's voice, if it is at hand.
    pub(crate) fn find(&self, recording: &VoiceRecording) -> Option<Arc<Reference>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|own| own.recording == *recording)?;
        let dedup_cache = all.remove(at)?;
        let reference = Arc::clone(&dedup_cache.reference);
        all.push_front(dedup_cache);
        Some(reference)
    }

    /// Keeps it, and forgets those that were not asked for the longest.
    pub(crate) fn keep(&self, recording: VoiceRecording, reference: Arc<Reference>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_front(Known {
            recording,
            reference,
        });
        let mut bytes = 0;
        all.retain(|own| {
            bytes += own.reference.audio.len();
            bytes <= MAX_CACHED_BYTES
        });
    }
}

#[cfg(test)]
mod tests {
    use mynah_bus::event::AudioPayload;
    use mynah_speech::Consent;

    use super::*;

    fn voice(name: &str, bytes: usize) -> (VoiceRecording, Arc<Reference>) {
        let recording = VoiceRecording {
            audio: AudioPayload::Inline(name.to_owned().into()),
            text: None,
            consent: None,
        };
        let reference = Reference {
            audio: vec![0; bytes].into(),
            text: None,
            x_vector_only: true,
            consent: Consent {
                speaker: name.into(),
                statement: "yes".into(),
                given_at: 0,
            },
        };
        (recording, Arc::new(reference))
    }

    #[test]
    fn those_that_are_asked_for_stay_within_the_bound() {
        let voices = ReferenceCache::default();
        let third = MAX_CACHED_BYTES / 3;
        let all = ["a", "b", "c", "d"].map(|name| voice(name, third));
        for (recording, reference) in &all[..3] {
            voices.keep(recording.clone(), Arc::clone(reference));
        }
        let found = voices.find(&all[0].0).unwrap();
        assert!(Arc::ptr_eq(&found, &all[0].1));
        voices.keep(all[3].0.clone(), Arc::clone(&all[3].1));
        let there = all.each_ref().map(|own| voices.find(&own.0).is_some());
        assert_eq!(there, [true, false, true, true]);
    }
}
