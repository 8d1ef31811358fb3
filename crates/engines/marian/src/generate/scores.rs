//! What is done to scores before a token is chosen.

use crate::config::Generation;

pub(super) struct Scores<'a>(pub(super) &'a Generation);

impl Scores<'_> {
    /// Forbids tokens that are never written, and forces the end where a target of `length` tokens has room for
    /// no other.
    pub(super) fn process(&self, scores: &mut [f32], length: usize) {
        for &token in &self.0.bad_words {
            if let Some(score) = scores.get_mut(token as usize) {
                *score = f32::NEG_INFINITY;
            }
        }
        if let Some(end) = self.0.forced_eos_token_id
            && length + 1 == self.0.max_length
        {
            scores.fill(f32::NEG_INFINITY);
            if let Some(score) = scores.get_mut(end as usize) {
                *score = 0.0;
            }
        }
        if self.0.renormalize_logits {
            log_softmax(scores);
        }
    }
}

/// Logarithms of the probabilities that logits stand for.
pub(super) fn log_softmax(logits: &mut [f32]) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !highest.is_finite() {
        return;
    }
    let sum: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    let whole = sum.ln();
    for logit in logits {
        *logit = *logit - highest - whole;
    }
}
