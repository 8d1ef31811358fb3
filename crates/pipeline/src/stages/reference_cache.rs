//! A cache of reference audio, so that each file is fetched, and its voice computed, once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mynah_bus::event::VoiceRecording;
use mynah_speech::Reference;

/// The maximum size of the cached reference audio, in bytes.
const MAX_CACHED_BYTES: usize = 64 << 20;

/// The maximum number of rejected recordings that are kept.
const MAX_REJECTED: usize = 64;

/// Shared by all sessions of a replica. The least recently used reference is dropped first.
#[derive(Clone, Default)]
pub(crate) struct ReferenceCache(Arc<Mutex<Cached>>);

#[derive(Default)]
struct Cached {
    references: VecDeque<(VoiceRecording, Arc<Reference>)>,
    /// Recordings whose decoding has crashed a replica.
    rejected: VecDeque<VoiceRecording>,
}

impl ReferenceCache {
    fn lock(&self) -> MutexGuard<'_, Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reference of this recording, if it is cached.
    pub(crate) fn find(&self, recording: &VoiceRecording) -> Option<Arc<Reference>> {
        let all = &mut self.lock().references;
        let index = all.iter().position(|(own, _)| own == recording)?;
        let entry = all.remove(index)?;
        let reference = Arc::clone(&entry.1);
        all.push_front(entry);
        Some(reference)
    }

    /// Caches a reference that was decoded; its recording is no longer rejected.
    pub(crate) fn insert(&self, recording: VoiceRecording, reference: Arc<Reference>) {
        let cached = &mut *self.lock();
        cached.rejected.retain(|own| *own != recording);
        let all = &mut cached.references;
        all.push_front((recording, reference));
        let mut bytes = 0;
        all.retain(|(_, reference)| {
            bytes += reference.audio.len_in_memory();
            bytes <= MAX_CACHED_BYTES
        });
    }

    /// Rejects a recording until a decode of it succeeds.
    pub(crate) fn reject(&self, recording: VoiceRecording) {
        let rejected = &mut self.lock().rejected;
        rejected.retain(|own| *own != recording);
        rejected.push_front(recording);
        rejected.truncate(MAX_REJECTED);
    }

    pub(crate) fn is_rejected(&self, recording: &VoiceRecording) -> bool {
        self.lock().rejected.contains(recording)
    }
}

#[cfg(test)]
mod tests {
    use mynah_bus::event::AudioPayload;
    use mynah_speech::{Consent, ConsentBasis, Provenance};

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
            provenance: Provenance::Person(Consent {
                speaker: name.into(),
                statement: "yes".into(),
                basis: ConsentBasis::Permission,
                given_at: 0,
            }),
        };
        (recording, Arc::new(reference))
    }

    #[test]
    fn recently_used_references_stay_within_the_bound() {
        let cache = ReferenceCache::default();
        let third = MAX_CACHED_BYTES / 3;
        let all = ["a", "b", "c", "d"].map(|name| voice(name, third));
        for (recording, reference) in &all[..3] {
            cache.insert(recording.clone(), Arc::clone(reference));
        }
        let found = cache.find(&all[0].0).unwrap();
        assert!(Arc::ptr_eq(&found, &all[0].1));
        cache.insert(all[3].0.clone(), Arc::clone(&all[3].1));
        let cached = all.each_ref().map(|own| cache.find(&own.0).is_some());
        assert_eq!(cached, [true, false, true, true]);
    }

    #[test]
    fn rejected_recordings_are_bounded() {
        let cache = ReferenceCache::default();
        let all: Vec<_> = (0..=MAX_REJECTED)
            .map(|number| voice(&number.to_string(), 1).0)
            .collect();
        for recording in &all {
            cache.reject(recording.clone());
        }
        assert!(!cache.is_rejected(&all[0]));
        assert!(cache.is_rejected(&all[MAX_REJECTED]));
    }

    #[test]
    fn a_decoded_recording_is_no_longer_rejected() {
        let cache = ReferenceCache::default();
        let (recording, reference) = voice("a", 1);
        cache.reject(recording.clone());
        cache.reject(recording.clone());
        assert!(cache.is_rejected(&recording));
        cache.insert(recording.clone(), reference);
        assert!(!cache.is_rejected(&recording));
    }
}
