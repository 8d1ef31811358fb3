//! Text in one language to text in another.

use crate::{Cancel, EngineHealth, EngineInfo, Language, SpeechError};

/// An engine that translates.
pub trait Translator: Send + Sync {
    /// What it is.
    fn info(&self) -> &EngineInfo;

    /// Whether it can run here now.
    fn health(&self) -> EngineHealth;

    /// The directions it offers, source first. Empty where it cannot run.
    fn pairs(&self) -> Vec<(Language, Language)>;

    /// Translates some sentences. Blocking.
    ///
    /// # Errors
    /// `Unsupported` for a direction that it lacks, `Unavailable` where it is not installed,
    /// `Failed` when it breaks, `Cancelled` after the token.
    fn translate(
        &self,
        text: &str,
        from: &Language,
        to: &Language,
        cancel: &Cancel,
    ) -> Result<String, SpeechError>;
}
