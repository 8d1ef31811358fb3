//! Carries utterances forward.

use mynah_speech::Finish;

use super::observer::Observer;
use super::utterance::Utterance;
use super::{Frame, GROUPS};
use crate::kernels::{Team, ops};
use crate::lm::{Predictor, PredictorWorkspace, Segment, Talker, TalkerWorkspace};

/// The two models and their buffers.
#[derive(Debug)]
pub struct Generator<'m> {
    team: &'m Team,
    talker: &'m Talker,
    predictor: &'m Predictor,
    talker_work: TalkerWorkspace,
    predictor_work: PredictorWorkspace,
    /// What was spent in either, since it was last asked for.
    pub spent: Spent,
}

/// Time spent in the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Reading prompts.
    pub prompt: std::time::Duration,
    /// The talker's part of frames.
    pub talker: std::time::Duration,
    /// The predictor's.
    pub predictor: std::time::Duration,
}

impl<'m> Generator<'m> {
    /// With empty buffers.
    pub fn new(team: &'m Team, talker: &'m Talker, predictor: &'m Predictor) -> Self {
        Self {
            team,
            talker,
            predictor,
            talker_work: talker.workspace(),
            predictor_work: predictor.workspace(),
            spent: Spent::default(),
        }
    }

    /// Reads the prompts of utterances that have not begun, at most so many positions of each: who
    /// is not done is read on by the next call. See [`Utterance::is_read`].
    ///
    /// # Panics
    /// Where a prompt has no position that its cache lacks, or `most` is 0.
    pub fn read(
        &mut self,
        utterances: &mut [&mut Utterance],
        most: usize,
        observer: &mut dyn Observer,
    ) {
        let start = std::time::Instant::now();
        let hidden = self.talker.hidden();
        let mut rows = Vec::new();
        let mut counts = Vec::new();
        for utterance in &*utterances {
            let new = &utterance.prompt.rows[utterance.cache.len() * hidden..];
            let new = &new[..new.len().min(most.saturating_mul(hidden))];
            assert!(!new.is_empty(), "a prompt has something to read");
            rows.extend_from_slice(new);
            counts.push(new.len() / hidden);
        }
        self.forward(utterances, &counts, &mut rows);
        let mut from = 0;
        for (number, (utterance, count)) in utterances.iter_mut().zip(&counts).enumerate() {
            let own = &rows[from * hidden..(from + count) * hidden];
            if observer.wants_prompt() {
                let logits = self.talker.logits(self.team, &mut self.talker_work, own);
                observer.talker_logits(number, &logits);
            }
            if utterance.is_read() {
                utterance.hidden = own[own.len() - hidden..].to_vec();
            }
            from += count;
        }
        self.spent.prompt += start.elapsed();
    }

    /// Says the next frame of each utterance that has not ended; none where it ends instead.
    ///
    /// # Panics
    /// Where a prompt was not read.
    pub fn say(
        &mut self,
        utterances: &mut [&mut Utterance],
        observer: &mut dyn Observer,
    ) -> Vec<Option<Frame>> {
        let hidden = self.talker.hidden();
        let mut frames = vec![None; utterances.len()];
        let start = std::time::Instant::now();

        // Who goes on, with its number in the batch.
        let mut going: Vec<(usize, &mut &mut Utterance)> = utterances
            .iter_mut()
            .enumerate()
            .filter(|(_, utterance)| utterance.finish.is_none())
            .collect();
        let last: Vec<f32> = going
            .iter()
            .flat_map(|(_, utterance)| utterance.hidden.iter().copied())
            .collect();
        let mut logits = self.talker.logits(self.team, &mut self.talker_work, &last);
        let firsts = logits
            .chunks_exact_mut(self.talker.codes().rows())
            .zip(&mut going);
        let mut first_codes = Vec::new();
        for (logits, (number, utterance)) in firsts {
            if utterance.frames > 0 || !observer.wants_prompt() {
                observer.talker_logits(*number, logits);
            }
            utterance.restrain(logits);
            let Utterance { rules, random, .. } = &mut ***utterance;
            let code = rules.talker.choose(logits, &mut random[0]);
            if code == rules.end {
                utterance.finish = Some(Finish::Stop);
            } else {
                first_codes.push(code);
            }
        }
        going.retain(|(_, utterance)| utterance.finish.is_none());
        self.spent.talker += start.elapsed();

        let start = std::time::Instant::now();
        let mut new: Vec<Frame> = vec![[0; GROUPS]; going.len()];
        let mut rows = vec![0.0; 2 * hidden * going.len()];
        for (((_, utterance), rows), code) in going
            .iter()
            .zip(rows.chunks_exact_mut(2 * hidden))
            .zip(&first_codes)
        {
            let (state, first) = rows.split_at_mut(hidden);
            state.copy_from_slice(&utterance.hidden);
            self.talker.codes().read(*code as usize, first);
        }
        for (frame, code) in new.iter_mut().zip(&first_codes) {
            frame[0] = *code as u16;
        }
        if !going.is_empty() {
            let Self {
                team,
                predictor,
                predictor_work,
                ..
            } = self;
            predictor.frame(
                team,
                predictor_work,
                &rows,
                &mut |group, sequence, logits| {
                    let (number, utterance) = &mut going[sequence];
                    observer.predictor_logits(*number, group, logits);
                    let Utterance { rules, random, .. } = &mut ***utterance;
                    let last = logits.len() - predictor.table(group).rows();
                    let code = rules.predictor.choose(&mut logits[last..], &mut random[1]);
                    new[sequence][group] = code as u16;
                    code
                },
            );
        }
        for ((number, utterance), frame) in going.iter_mut().zip(&new) {
            utterance.take(frame);
            frames[*number] = Some(*frame);
        }
        self.spent.predictor += start.elapsed();

        // Nobody reads what comes after the last frame.
        let start = std::time::Instant::now();
        let mut rows = Vec::new();
        let mut reading: Vec<&mut Utterance> = Vec::new();
        for ((_, utterance), frame) in going.into_iter().zip(&new) {
            if utterance.finish.is_none() {
                rows.extend(self.embed(frame, utterance.text()));
                reading.push(utterance);
            }
        }
        if !reading.is_empty() {
            let counts = vec![1; reading.len()];
            self.forward(&mut reading, &counts, &mut rows);
            for (utterance, row) in reading.iter_mut().zip(rows.chunks_exact(hidden)) {
                utterance.hidden.copy_from_slice(row);
            }
        }
        self.spent.talker += start.elapsed();
        frames
    }

    /// The row that a frame becomes: the sum of its codes' embeddings and the text beside it.
    fn embed(&self, frame: &Frame, text: &[f32]) -> Vec<f32> {
        let mut row = embed_frame(self.talker, self.predictor, frame);
        ops::add(&mut row, text);
        row
    }

    fn forward(&mut self, utterances: &mut [&mut Utterance], counts: &[usize], rows: &mut [f32]) {
        let mut segments: Vec<_> = utterances
            .iter_mut()
            .zip(counts)
            .map(|(utterance, rows)| Segment {
                cache: &mut utterance.cache,
                rows: *rows,
            })
            .collect();
        self.talker
            .forward(self.team, &mut self.talker_work, &mut segments, rows);
    }
}

/// The sum of the embeddings of a frame's codes.
///
/// # Panics
/// Where a code is not in its table; whoever takes frames from outside checks them.
pub(crate) fn embed_frame(talker: &Talker, predictor: &Predictor, frame: &Frame) -> Vec<f32> {
    let mut row = vec![0.0; talker.hidden()];
    talker.codes().read(usize::from(frame[0]), &mut row);
    for (group, code) in frame.iter().enumerate().skip(1) {
        predictor.table(group).add_to(usize::from(*code), &mut row);
    }
    row
}
