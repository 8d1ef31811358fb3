//! A target for a source: the likeliest token each time, or several candidates at once.
//!
//! Source: `generate()` of transformers 5, with one sequence, no sampling, one end token.

mod beams;
mod scores;

use mynah_speech::Cancel;

use crate::config::Generation;
use crate::error::MarianError;
use crate::model::{Model, start};

use scores::Scores;

/// The tokens of a target, the start's first; and, where it ended by itself, the end's last. One
/// that has [`Generation::max_length`] tokens did not: its end is missing.
///
/// # Errors
/// `Cancelled` at the step after the token; a computation that failed.
pub fn generate(
    model: &Model,
    generation: &Generation,
    source: &[u32],
    cancel: &Cancel,
) -> Result<Vec<u32>, MarianError> {
    if generation.num_beams > 1 {
        return beams::search(model, generation, source, cancel);
    }
    let scores = Scores(generation);
    let mut state = model.encode(source)?;
    let mut written = start(generation, 1);
    while let Some(&last) = written.last() {
        if written.len() > 1 && last == generation.eos_token_id
            || written.len() >= generation.max_length
        {
            break;
        }
        if cancel.is_cancelled() {
            return Err(MarianError::Cancelled);
        }
        let mut logits = model.step(&mut state, &[last])?;
        let logits = logits
            .first_mut()
            .ok_or_else(|| MarianError::Compute("no logits".into()))?;
        scores.process(logits, written.len());
        written.push(first_highest(logits));
    }
    Ok(written)
}

/// The place of the highest number, and of several the first.
fn first_highest(numbers: &[f32]) -> u32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (place, &number) in numbers.iter().enumerate() {
        if number > best.1 {
            best = (place, number);
        }
    }
    best.0 as u32
}
