//! Prefill and decode steps of a batch of utterances.

use mynah_speech::FinishReason;

use super::observer::Observer;
use super::utterance::Utterance;
use super::{Frame, GROUPS};
use crate::kernels::{ThreadPool, ops};
use crate::lm::{Predictor, PredictorWorkspace, Segment, Talker, TalkerWorkspace};

/// The two models and their buffers.
#[derive(Debug)]
pub struct Generator<'m> {
    pool: &'m ThreadPool,
    talker: &'m Talker,
    predictor: &'m Predictor,
    talker_workspace: TalkerWorkspace,
    predictor_workspace: PredictorWorkspace,
    /// Time spent in both models so far.
    pub timings: GenerationTimings,
}

/// Time spent in the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerationTimings {
    /// Reading prompts.
    pub prefill: std::time::Duration,
    /// The talker's part of frames.
    pub talker: std::time::Duration,
    /// The predictor's.
    pub predictor: std::time::Duration,
}

impl<'m> Generator<'m> {
    /// With empty buffers.
    pub fn new(pool: &'m ThreadPool, talker: &'m Talker, predictor: &'m Predictor) -> Self {
        Self {
            pool,
            talker,
            predictor,
            talker_workspace: talker.workspace(),
            predictor_workspace: predictor.workspace(),
            timings: GenerationTimings::default(),
        }
    }

    /// Prefills the prompts of utterances, at most `max_positions` of each; the next call continues
    /// with the rest. See [`Utterance::is_prefilled`].
    ///
    /// # Panics
    /// Where a prompt has no position left to prefill, or `max_positions` is 0.
    pub fn prefill(
        &mut self,
        utterances: &mut [&mut Utterance],
        max_positions: usize,
        observer: &mut dyn Observer,
    ) {
        let start = std::time::Instant::now();
        let hidden = self.talker.hidden();
        let mut rows = Vec::new();
        let mut counts = Vec::new();
        for utterance in &*utterances {
            let new = &utterance.prompt.rows[utterance.cache.len() * hidden..];
            let new = &new[..new.len().min(max_positions.saturating_mul(hidden))];
            assert!(!new.is_empty(), "a prompt with positions to prefill");
            rows.extend_from_slice(new);
            counts.push(new.len() / hidden);
        }
        self.forward(utterances, &counts, &mut rows);
        let mut from = 0;
        for (number, (utterance, count)) in utterances.iter_mut().zip(&counts).enumerate() {
            let utterance_rows = &rows[from * hidden..(from + count) * hidden];
            if observer.needs_prompt_logits() {
                let logits =
                    self.talker
                        .logits(self.pool, &mut self.talker_workspace, utterance_rows);
                observer.talker_logits(number, &logits);
            }
            if utterance.is_prefilled() {
                utterance.hidden = utterance_rows[utterance_rows.len() - hidden..].to_vec();
            }
            from += count;
        }
        self.timings.prefill += start.elapsed();
    }

    /// Generates the next frame of each utterance that has not ended; None where the utterance
    /// ends.
    ///
    /// # Panics
    /// Where a prompt was not prefilled.
    pub fn decode_step(
        &mut self,
        utterances: &mut [&mut Utterance],
        observer: &mut dyn Observer,
    ) -> Vec<Option<Frame>> {
        let hidden = self.talker.hidden();
        let mut frames = vec![None; utterances.len()];
        let start = std::time::Instant::now();

        // Utterances that have not ended, with their number in the batch.
        let mut active: Vec<(usize, &mut &mut Utterance)> = utterances
            .iter_mut()
            .enumerate()
            .filter(|(_, utterance)| utterance.finish_reason.is_none())
            .collect();
        let last: Vec<f32> = active
            .iter()
            .flat_map(|(_, utterance)| utterance.hidden.iter().copied())
            .collect();
        let mut logits = self
            .talker
            .logits(self.pool, &mut self.talker_workspace, &last);
        let firsts = logits
            .chunks_exact_mut(self.talker.codes().rows())
            .zip(&mut active);
        let mut first_codes = Vec::new();
        for (logits, (number, utterance)) in firsts {
            if utterance.frames > 0 || !observer.needs_prompt_logits() {
                observer.talker_logits(*number, logits);
            }
            utterance.apply_logit_mask(logits);
            let Utterance {
                parameters, random, ..
            } = &mut ***utterance;
            let code = parameters.talker.sample(logits, &mut random[0]);
            if code == parameters.end {
                utterance.finish_reason = Some(FinishReason::Stop);
            } else {
                first_codes.push(code);
            }
        }
        active.retain(|(_, utterance)| utterance.finish_reason.is_none());
        self.timings.talker += start.elapsed();

        let start = std::time::Instant::now();
        let mut new: Vec<Frame> = vec![[0; GROUPS]; active.len()];
        let mut rows = vec![0.0; 2 * hidden * active.len()];
        for (((_, utterance), rows), code) in active
            .iter()
            .zip(rows.chunks_exact_mut(2 * hidden))
            .zip(&first_codes)
        {
            let (state, first) = rows.split_at_mut(hidden);
            state.copy_from_slice(&utterance.hidden);
            self.talker.codes().lookup(*code as usize, first);
        }
        for (frame, code) in new.iter_mut().zip(&first_codes) {
            frame[0] = *code as u16;
        }
        if !active.is_empty() {
            let Self {
                pool,
                predictor,
                predictor_workspace,
                ..
            } = self;
            predictor.frame(
                pool,
                predictor_workspace,
                &rows,
                &mut |group, sequence, logits| {
                    let (number, utterance) = &mut active[sequence];
                    observer.predictor_logits(*number, group, logits);
                    let Utterance {
                        parameters, random, ..
                    } = &mut ***utterance;
                    let last = logits.len() - predictor.embedding(group).rows();
                    let code = parameters
                        .predictor
                        .sample(&mut logits[last..], &mut random[1]);
                    new[sequence][group] = code as u16;
                    code
                },
            );
        }
        for ((number, utterance), frame) in active.iter_mut().zip(&new) {
            utterance.push_frame(frame);
            frames[*number] = Some(*frame);
        }
        self.timings.predictor += start.elapsed();

        // The talker's output after the last frame is not used.
        let start = std::time::Instant::now();
        let mut rows = Vec::new();
        let mut reading: Vec<&mut Utterance> = Vec::new();
        for ((_, utterance), frame) in active.into_iter().zip(&new) {
            if utterance.finish_reason.is_none() {
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
        self.timings.talker += start.elapsed();
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
            .forward(self.pool, &mut self.talker_workspace, &mut segments, rows);
    }
}

/// The sum of the embeddings of a frame's codes.
///
/// # Panics
/// Where a code is not in its codebook; callers check frames that come from outside.
pub(crate) fn embed_frame(talker: &Talker, predictor: &Predictor, frame: &Frame) -> Vec<f32> {
    let mut row = vec![0.0; talker.hidden()];
    talker.codes().lookup(usize::from(frame[0]), &mut row);
    for (group, code) in frame.iter().enumerate().skip(1) {
        predictor
            .embedding(group)
            .lookup_add(usize::from(*code), &mut row);
    }
    row
}
