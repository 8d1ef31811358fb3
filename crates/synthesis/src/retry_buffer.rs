//! Sound of a piece that was not let go, so that the piece can still be begun again.

use std::time::Duration;

use mynah_audio::Clip;

use crate::{Delivery, Plan, SynthesisSettings};

/// A piece is let go when its listener has less than this left to hear of what came before it:
/// the time in which the engine's next sound comes for sure, and goes through encoder and network.
const HOLD_MARGIN: Duration = Duration::from_secs(2);

/// How long the sound of a piece is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldPolicy {
    /// Not at all: nothing would be gained.
    Never,
    /// While the listener is still busy with what came before, which costs nobody any time.
    WhileAhead,
    /// Until all of it is there.
    Whole,
}

impl HoldPolicy {
    /// How the pieces of a plan are held.
    pub(crate) fn of(plan: &Plan, settings: &SynthesisSettings) -> Self {
        // An engine that does not sample would run away again.
        if settings.max_retries() == 0 || !plan.samples {
            return Self::Never;
        }
        match plan.delivery {
            Delivery::Live => Self::WhileAhead,
            Delivery::Whole => Self::Whole,
        }
    }
}

/// The sound of one piece that was not let go.
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

    /// Takes the next clip and gives those that leave now, while the listener has so much `ahead`
    /// of what came before the piece. Once a clip has left, all leave as they come.
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

    /// Gives all that was held, at the piece's good end.
    pub(crate) fn drain(&mut self) -> Vec<Clip> {
        self.released = true;
        std::mem::take(&mut self.held)
    }

    /// Whether nothing has left.
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
    fn a_piece_is_held_while_the_listener_has_something_to_hear() {
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::WhileAhead);
        assert!(retry_buffer.push(clip(), HOLD_MARGIN * 2).is_empty());
        assert!(retry_buffer.push(clip(), HOLD_MARGIN).is_empty());
        assert!(retry_buffer.is_unreleased());
        let late = HOLD_MARGIN - Duration::from_millis(1);
        assert_eq!(retry_buffer.push(clip(), late).len(), 3);
        // What has begun to leave goes on.
        assert_eq!(retry_buffer.push(clip(), HOLD_MARGIN * 2).len(), 1);
        assert!(!retry_buffer.is_unreleased() && retry_buffer.drain().is_empty());
    }

    #[test]
    fn a_file_is_held_to_the_end_and_what_gains_nothing_is_not_held() {
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::Whole);
        assert!(retry_buffer.push(clip(), Duration::ZERO).is_empty());
        assert_eq!(retry_buffer.drain().len(), 1);
        let mut retry_buffer = RetryBuffer::new(HoldPolicy::Never);
        assert_eq!(retry_buffer.push(clip(), HOLD_MARGIN * 2).len(), 1);
    }
}
