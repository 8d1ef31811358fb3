//! Sound of a piece that was not let go, so that the piece can still be begun again.

use std::time::Duration;

use mynah_audio::Clip;

use crate::{Delivery, Plan, SynthesisSettings};

/// A piece is let go when its listener has less than this left to hear of what came before it:
/// the time in which the engine's next sound comes for sure, and goes through encoder and network.
const MARGIN: Duration = Duration::from_secs(2);

/// How long the sound of a piece is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Not at all: nothing would be gained.
    Never,
    /// While the listener is still busy with what came before, which costs nobody any time.
    WhileAhead,
    /// Until all of it is there.
    Whole,
}

impl Hold {
    /// How the pieces of a plan are held.
    pub(crate) fn of(plan: &Plan, settings: &SynthesisSettings) -> Self {
        // An engine that does not sample would run away again.
        if settings.most_retries() == 0 || !plan.samples {
            return Self::Never;
        }
        match plan.delivery {
            Delivery::Live => Self::WhileAhead,
            Delivery::Whole => Self::Whole,
        }
    }
}

/// The sound of one piece that was not let go.
pub(crate) struct Draft {
    hold: Hold,
    held: Vec<Clip>,
    let_go: bool,
}

impl Draft {
    pub(crate) const fn new(hold: Hold) -> Self {
        Self {
            hold,
            held: Vec::new(),
            let_go: false,
        }
    }

    /// Takes the next clip and gives those that leave now, while the listener has so much `ahead`
    /// of what came before the piece. Once a clip has left, all leave as they come.
    pub(crate) fn push(&mut self, clip: Clip, ahead: Duration) -> Vec<Clip> {
        self.held.push(clip);
        let holds = match self.hold {
            Hold::Never => false,
            Hold::WhileAhead => ahead >= MARGIN,
            Hold::Whole => true,
        };
        if holds && !self.let_go {
            return Vec::new();
        }
        self.rest()
    }

    /// Gives all that was held, at the piece's good end.
    pub(crate) fn rest(&mut self) -> Vec<Clip> {
        self.let_go = true;
        std::mem::take(&mut self.held)
    }

    /// Whether nothing has left.
    pub(crate) const fn is_whole(&self) -> bool {
        !self.let_go
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
        let mut draft = Draft::new(Hold::WhileAhead);
        assert!(draft.push(clip(), MARGIN * 2).is_empty());
        assert!(draft.push(clip(), MARGIN).is_empty());
        assert!(draft.is_whole());
        let late = MARGIN - Duration::from_millis(1);
        assert_eq!(draft.push(clip(), late).len(), 3);
        // What has begun to leave goes on.
        assert_eq!(draft.push(clip(), MARGIN * 2).len(), 1);
        assert!(!draft.is_whole() && draft.rest().is_empty());
    }

    #[test]
    fn a_file_is_held_to_the_end_and_what_gains_nothing_is_not_held() {
        let mut draft = Draft::new(Hold::Whole);
        assert!(draft.push(clip(), Duration::ZERO).is_empty());
        assert_eq!(draft.rest().len(), 1);
        let mut draft = Draft::new(Hold::Never);
        assert_eq!(draft.push(clip(), MARGIN * 2).len(), 1);
    }
}
