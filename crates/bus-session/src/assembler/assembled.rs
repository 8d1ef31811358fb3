//! What an assembler returns.

use mynah_api::realtime::SegmentEngines;
use mynah_bus::event::{AudioSynthesis, SegmentRange};

use super::segment::StageVisits;

/// An event for the client. `R` is the permit that a record holds until then.
#[derive(Debug)]
pub(crate) enum Assembled<R> {
    Preview {
        segment: u32,
        text: String,
    },
    Recognized {
        range: SegmentRange,
        text: String,
        language: String,
    },
    Translated {
        range: SegmentRange,
        text: String,
        language: String,
    },
    Speech {
        speech: Box<AudioSynthesis>,
        permit: R,
    },
    Done {
        range: SegmentRange,
        source: String,
        source_language: String,
        translation: String,
        engines: Box<SegmentEngines>,
        spent: StageVisits,
    },
    Failed {
        range: SegmentRange,
        code: String,
        message: String,
    },
    Ended {
        segments: u32,
    },
    Aborted {
        code: String,
    },
}

/// The result of adding an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acceptance {
    /// It is the first of its identity.
    Kept,
    /// It was received before, or its segment has ended.
    Repeated,
    /// It is not a result.
    Foreign,
}
