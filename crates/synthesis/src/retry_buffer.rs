//! Audio of a chunk that is held back, so that the chunk can still be retried.

use std::time::Duration;

use mynah_audio::Clip;

use crate::{Delivery, SynthesisSettings};

/// A chunk is released when less than this is buffered for playback: enough for the engine's next
/// clip to be produced, encoded and sent.
const HOLD_MARGIN: Duration = Duration::from_secs(2);

/// How long the audio of a chunk is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldPolicy {
    /// Not at all: a retry would not help.
    Never,
    /// While earlier audio is still buffered for playback, which adds no latency.
    WhileAhead,
    /// Until the chunk is complete.
    Whole,
}

impl HoldPolicy {
    /// The policy for the chunks of an engine that samples or does not.
    pub(crate) fn of(samples: bool, delivery: Delivery, settings: &SynthesisSettings) -> Self {
        // An engine that does not sample would repeat the runaway.
        if settings.retries == 0 || !samples {
            return Self::Never;
        }
        match delivery {
            Delivery::Live => Self::WhileAhead,
            Delivery::Whole => Self::Whole,
        }
    }
}

/// The audio of one chunk that is held back.
pub(crate) struct RetryBuffer {
    hold_policy: HoldPolicy,
    held: Vec<Clip>,
    released: bool,
}

impl RetryBuffer {
    pub(crate) const fn new(hold_policy: HoldPolicy) -> Self {
        Self {
            hold_policy,
            held: Vec::new(),
            released: false,
        }
    }

    /// Takes the next clip and returns those that are released now, with `ahead` of earlier audio
    /// buffered for playback. Once a clip was released, all are released at once.
    pub(crate) fn push(&mut self, clip: Clip, ahead: Duration) -> Vec<Clip> {
        self.held.push(clip);
        let holds = match self.hold_policy {
            HoldPolicy::Never => false,
            HoldPolicy::WhileAhead => ahead >= HOLD_MARGIN,
            HoldPolicy::Whole => true,
        };
        if holds && !self.released {
            return Vec::new();
        }
        self.drain()
    }

    /// Releases all audio, at the successful end of the chunk.
    pub(crate) fn drain(&mut self) -> Vec<Clip> {
        self.released = true;
        std::mem::take(&mut self.held)
    }

    /// Whether nothing was released.
    pub(crate) const fn is_unreleased(&self) -> bool {
        !self.released
    }
}

#[cfg(test)]
mod tests {
    use mynah_audio::SampleRate;

    use super::*;

    fn clip() -> Clip {
        Clip::new(SampleRate::HZ_24000, vec![0.1; 240])
    }

    #[test]
    fn live_chunks_are_held_while_audio_is_buffered() {
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::WhileAhead);
        assert!(retry_buffer.push(clip(), HOLD_MARGIN * 2).is_empty());
        assert!(retry_buffer.push(clip(), HOLD_MARGIN).is_empty());
        assert!(retry_buffer.is_unreleased());
        let late = HOLD_MARGIN - Duration::from_millis(1);
        assert_eq!(retry_buffer.push(clip(), late).len(), 3);
        // A chunk that is partly released is not held again.
        assert_eq!(retry_buffer.push(clip(), HOLD_MARGIN * 2).len(), 1);
        assert!(!retry_buffer.is_unreleased() && retry_buffer.drain().is_empty());
    }

    #[test]
    fn files_are_held_to_the_end_and_never_without_retries() {
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::Whole);
        assert!(retry_buffer.push(clip(), Duration::ZERO).is_empty());
        assert_eq!(retry_buffer.drain().len(), 1);
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::Never);
        assert_eq!(retry_buffer.push(clip(), HOLD_MARGIN * 2).len(), 1);
    }
}
