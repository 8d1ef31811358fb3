//! Several candidates at once.
//!
//! Source: `_beam_search` of transformers 5, whose rules are kept where they are odd: only the first
//! half of the best continuations may be finished ones, and a finished one's score is divided by a
//! power of its length without the start.

use mynah_speech::Cancel;

use crate::config::{EarlyStopping, Generation};
use crate::error::MarianError;
use crate::model::{Model, start};

use super::scores::{Scores, log_softmax};

/// The score of what can't be.
const IMPOSSIBLE: f32 = -1e9;

#[derive(Clone)]
struct Candidate {
    tokens: Vec<u32>,
    score: f32,
}

/// A continuation of a candidate by one token.
#[derive(Clone, Copy)]
struct Next {
    beam: usize,
    token: u32,
    score: f32,
    ends: bool,
}

struct Search<'a> {
    rules: &'a Generation,
    open: Vec<Candidate>,
    /// The best finished ones so far and whether each really is one.
    done: Vec<(Candidate, bool)>,
    /// Whether an open one may yet be better.
    hopeful: bool,
}

pub(super) fn search(
    model: &Model,
    rules: &Generation,
    source: &[u32],
    cancel: &Cancel,
) -> Result<Vec<u32>, MarianError> {
    let mut state = model.encode(source)?;
    let mut search = Search::new(rules);
    loop {
        if cancel.is_cancelled() {
            return Err(MarianError::Cancelled);
        }
        let last = search
            .open
            .iter()
            .filter_map(|open| open.tokens.last().copied());
        let logits = model.step(&mut state, &last.collect::<Vec<_>>())?;
        let nexts = search.continuations(logits);
        let all_end = nexts.iter().all(|next| next.ends);
        let kept = search.advance(&nexts);
        if !search.goes_on(all_end) {
            break;
        }
        state.select_beams(&kept)?;
    }
    let best = search.done.into_iter().next();
    let (best, _) = best.ok_or_else(|| MarianError::Compute("no candidate".into()))?;
    Ok(best.tokens)
}

impl<'a> Search<'a> {
    fn new(rules: &'a Generation) -> Self {
        let candidate = |score| Candidate {
            tokens: start(rules, 1),
            score,
        };
        // All are the same at first; only one may go on, or all would for ever.
        let mut open = vec![candidate(IMPOSSIBLE); rules.num_beams];
        open[0].score = 0.0;
        Self {
            rules,
            open,
            done: vec![(candidate(IMPOSSIBLE), false); rules.num_beams],
            hopeful: true,
        }
    }

    /// Tokens of each open candidate, the start's among them.
    fn length(&self) -> usize {
        self.open.first().map_or(0, |open| open.tokens.len())
    }

    /// The best continuations of all, twice as many as beams, best first.
    fn continuations(&self, logits: Vec<Vec<f32>>) -> Vec<Next> {
        let length = self.length();
        let keep = 2 * self.rules.num_beams;
        let mut nexts: Vec<Next> = Vec::new();
        for (beam, mut scores) in logits.into_iter().enumerate() {
            log_softmax(&mut scores);
            Scores(self.rules).process(&mut scores, length);
            let so_far = self.open.get(beam).map_or(IMPOSSIBLE, |open| open.score);
            let of_beam = scores.iter().enumerate().map(|(token, score)| {
                let token = token as u32;
                Next {
                    beam,
                    token,
                    score: score + so_far,
                    ends: token == self.rules.eos_token_id || length + 1 >= self.rules.max_length,
                }
            });
            nexts.extend(of_beam);
            if nexts.len() > keep {
                nexts.select_nth_unstable_by(keep - 1, better);
                nexts.truncate(keep);
            }
        }
        nexts.sort_by(better);
        nexts
    }

    /// Takes the continuations in; gives the beams that the open candidates come from.
    fn advance(&mut self, nexts: &[Next]) -> Vec<u32> {
        let beams = self.rules.num_beams;
        let longer = |open: &[Candidate], next: &Next, score| {
            let mut tokens = open[next.beam].tokens.clone();
            tokens.push(next.token);
            Candidate { tokens, score }
        };
        let power = (self.length() as f32).powf(self.rules.length_penalty);
        let full =
            self.rules.early_stopping == EarlyStopping::Full && self.done.iter().all(|(_, is)| *is);
        for (place, next) in nexts.iter().enumerate() {
            let finished = next.ends && place < beams;
            let mut score = next.score / power;
            for worthless in [full, !self.hopeful, !finished] {
                score += if worthless { IMPOSSIBLE } else { 0.0 };
            }
            self.done.push((longer(&self.open, next, score), finished));
        }
        self.done
            .sort_by(|(a, _), (b, _)| b.score.total_cmp(&a.score));
        self.done.truncate(beams);

        let mut running: Vec<Next> = nexts.to_vec();
        for next in &mut running {
            next.score += if next.ends { IMPOSSIBLE } else { 0.0 };
        }
        running.sort_by(|a, b| b.score.total_cmp(&a.score));
        running.truncate(beams);
        self.open = running
            .iter()
            .map(|next| longer(&self.open, next, next.score))
            .collect();
        running.iter().map(|next| next.beam as u32).collect()
    }

    /// Whether there is another step.
    fn goes_on(&mut self, all_end: bool) -> bool {
        let rules = self.rules;
        let longest = rules.early_stopping == EarlyStopping::Never && rules.length_penalty > 0.0;
        let length = if longest {
            rules.max_length
        } else {
            self.length()
        } - 1;
        let highest = self.open.first().map_or(IMPOSSIBLE, |open| open.score);
        let highest = highest / (length as f32).powf(rules.length_penalty);
        let lowest = self
            .done
            .iter()
            .map(|(done, _)| done.score)
            .fold(f32::INFINITY, f32::min);
        self.hopeful &= self
            .done
            .iter()
            .any(|(_, is)| highest > if *is { lowest } else { IMPOSSIBLE });
        let full =
            rules.early_stopping == EarlyStopping::Full && self.done.iter().all(|(_, is)| *is);
        self.hopeful && !full && !all_end
    }
}

/// By score, then as they stand in one row of all.
fn better(a: &Next, b: &Next) -> std::cmp::Ordering {
    b.score
        .total_cmp(&a.score)
        .then((a.beam, a.token).cmp(&(b.beam, b.token)))
}
