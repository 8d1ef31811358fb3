//! The names of the stages.

/// The stages that work on one segment at a time. The detector, which has the state of a session,
/// comes before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StageName {
    Recognize,
    Translate,
    Synthesize,
}

impl StageName {
    /// The name in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Recognize => "recognize",
            Self::Translate => "translate",
            Self::Synthesize => "speak",
        }
    }
}
