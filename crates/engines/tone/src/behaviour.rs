//! How the engine behaves in one call.

use std::time::Duration;

/// Delays and faults of one call. The default has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Before anything else, until [`crate::CallScript::release`] is called or the call is cancelled.
    pub hold: bool,
    /// Time before the first sound or the result.
    pub first_audio: Duration,
    /// Time added before every chunk of sound, the first included. Speech only.
    pub per_chunk: Duration,
    /// Time spent after the last chunk and before the end. Speech only.
    pub after: Duration,
    /// At most this much more before the first sound, drawn from the script's seed.
    pub jitter: Duration,
    /// The duration of a chunk. Speech only.
    pub chunk: Duration,
    /// The fault, if any.
    pub fault: Option<Fault>,
    /// The number of sound chunks before the fault. Speech only.
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
    /// A behaviour with this delay before the first sound or the result.
    pub fn with_latency(time: Duration) -> Self {
        Self {
            first_audio: time,
            ..Self::default()
        }
    }

    /// A behaviour that waits to be released.
    pub fn held() -> Self {
        Self {
            hold: true,
            ..Self::default()
        }
    }

    /// A behaviour that fails at once.
    pub fn failing(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::default()
        }
    }

    /// The same, failing only after this many chunks of sound.
    #[must_use]
    pub const fn after_chunks(mut self, chunks: usize) -> Self {
        self.fault_after_chunks = chunks;
        self
    }
}

/// Faults that a test can inject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing more happens until the call is cancelled.
    Stall,
    /// Nothing more happens for this long, and cancellation is ignored: a broken engine.
    IgnoresCancel(Duration),
    /// The engine reports that it failed.
    Crash,
    /// The engine's code panics.
    Panic,
    /// Sound without end, until the sink refuses it. In other work the same as [`Self::Stall`].
    Runaway,
    /// The engine detects a runaway and reports it. In other work the same as
    /// [`Self::Crash`].
    ReportedRunaway,
    /// Samples that are not numbers. In other work the same as [`Self::Crash`].
    NotANumber,
    /// Silence in place of speech. In other work an empty text.
    Silence,
}
