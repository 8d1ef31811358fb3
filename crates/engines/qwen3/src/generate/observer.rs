//! Observers of intermediate results.

/// Receives intermediate results, named after the official package's modules. The default methods
/// do nothing.
pub trait Observer {
    /// Logits of the talker for rows of one utterance: all of the prompt at first, one a frame
    /// then.
    fn talker_logits(&mut self, _utterance: usize, _logits: &[f32]) {}

    /// Logits of predictor head `group`, 1 … 15, in a frame: of both rows that it begins with for
    /// the first head, of one for the others.
    fn predictor_logits(&mut self, _utterance: usize, _group: usize, _logits: &[f32]) {}

    /// Whether the logits of all prompt positions are computed, which decoding does not need.
    fn needs_prompt_logits(&self) -> bool {
        false
    }
}

/// Ignores everything.
impl Observer for () {}
