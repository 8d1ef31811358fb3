//! Who wants to see what passes.

/// Sees the numbers on their way, under the names of the official package's modules. All methods
/// do nothing unless they are written.
pub trait Observer {
    /// Logits of the talker for rows of one utterance: all of the prompt at first, one a frame
    /// then.
    fn talker_logits(&mut self, _utterance: usize, _logits: &[f32]) {}

    /// Logits of predictor head `group`, 1 … 15, in a frame: of both rows that it begins with for
    /// the first head, of one for the others.
    fn predictor_logits(&mut self, _utterance: usize, _group: usize, _logits: &[f32]) {}

    /// Whether the logits of all prompt positions shall be computed, which nobody else needs.
    fn needs_prompt_logits(&self) -> bool {
        false
    }
}

/// Looks away.
impl Observer for () {}
