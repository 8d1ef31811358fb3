//! How the engine behaves in one call.

use std::time::Duration;

/// Delays and faults of one call. The default is none of them: work is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Before anything else, until [`crate::Stage::release`] is called or the call is cancelled.
    pub hold: bool,
    /// Time before the first sound or the result.
    pub first_audio: Duration,
    /// Time added before every chunk of sound, the first included. Speech only.
    pub per_chunk: Duration,
    /// Time spent after the last chunk and before the end. Speech only.
    pub after: Duration,
    /// At most this much more before the first sound, drawn from the script's seed.
    pub jitter: Duration,
    /// How much sound a chunk holds. Speech only.
    pub chunk: Duration,
    /// What goes wrong, if anything.
    pub fault: Option<Fault>,
    /// After how many sound chunks it goes wrong. Speech only.
    pub fault_after_chunks: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            hold: false,
            first_audio: Duration::ZERO,
            per_chunk: Duration::ZERO,
            after: Duration::ZERO,
            jitter: Duration::ZERO,
            chunk: Duration::from_millis(100),
            fault: None,
            fault_after_chunks: 0,
        }
    }
}

impl Behaviour {
    /// One that works for so long before its first sound or its result.
    pub fn working(time: Duration) -> Self {
        Self {
            first_audio: time,
            ..Self::default()
        }
    }

    /// One that waits to be released.
    pub fn held() -> Self {
        Self {
            hold: true,
            ..Self::default()
        }
    }

    /// One that goes wrong at once.
    pub fn failing(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// The same, going wrong only after so many chunks of sound.
    #[must_use]
    pub const fn after_chunks(mut self, chunks: usize) -> Self {
        self.fault_after_chunks = chunks;
        self
    }
}

/// What can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing more happens until the call is cancelled.
    Stall,
    /// Nothing more happens for this long, and cancelling does not help: a broken engine.
    Deaf(Duration),
    /// The engine reports that it failed.
    Crash,
    /// The engine's code panics.
    Panic,
    /// Sound without end, until nobody takes it. In other work the same as [`Self::Stall`].
    Runaway,
    /// The engine notices that it goes on without end, and says so. In other work the same as
    /// [`Self::Crash`].
    CaughtRunaway,
    /// Samples that are not numbers. In other work the same as [`Self::Crash`].
    NotANumber,
    /// Silence in place of speech. In other work an empty text.
    Silence,
}
