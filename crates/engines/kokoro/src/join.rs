//! The edges of the graph's audio: silence is trimmed, edges are faded, pauses are put between.

use std::f32::consts::PI;
use std::time::Duration;

use mynah_audio::SampleRate;

use crate::split::ChunkEnd;

/// The rate of the model's audio.
pub(crate) const RATE: SampleRate = SampleRate::HZ_24000;

/// Below this peak a sample is silence: −48 dBFS.
const SILENT_PEAK: f32 = 0.004;

/// Audio kept before the first sample that is not silent.
const KEPT_BEFORE: Duration = Duration::from_millis(25);

/// Audio kept after the last sample that is not silent.
const KEPT_AFTER: Duration = Duration::from_millis(60);

/// The length of the fades at both edges, within what is kept: no edge clicks.
const FADE: Duration = Duration::from_millis(10);

/// The silence after a chunk that is not the last.
const fn pause(end: ChunkEnd) -> Duration {
    match end {
        ChunkEnd::Inside => Duration::ZERO,
        ChunkEnd::Word => Duration::from_millis(20),
        ChunkEnd::Clause => Duration::from_millis(150),
        ChunkEnd::Sentence => Duration::from_millis(320),
    }
}

/// Finishes the audio of a chunk: trims silence at its edges, fades them, and adds the pause before
/// the next chunk, if there is one.
pub(crate) fn finish(mut samples: Vec<f32>, end: ChunkEnd, has_next: bool) -> Vec<f32> {
    let loud = |sample: &f32| sample.abs() > SILENT_PEAK;
    let first = samples.iter().position(loud);
    let last = samples.iter().rposition(loud);
    if let (Some(first), Some(last)) = (first, last) {
        let stop = (last + 1 + RATE.samples_in(KEPT_AFTER)).min(samples.len());
        samples.truncate(stop);
        samples.drain(..first.saturating_sub(RATE.samples_in(KEPT_BEFORE)));
    }
    let fade = RATE.samples_in(FADE).min(samples.len() / 2);
    let length = samples.len();
    for at in 0..fade {
        let gain = 0.5 - 0.5 * (PI * at as f32 / fade as f32).cos();
        samples[at] *= gain;
        samples[length - 1 - at] *= gain;
    }
    if has_next {
        samples.resize(samples.len() + RATE.samples_in(pause(end)), 0.0);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(before: usize, loud: usize, after: usize) -> Vec<f32> {
        let mut samples = vec![0.001; before];
        samples.resize(before + loud, 0.5);
        samples.resize(before + loud + after, -0.001);
        samples
    }

    #[test]
    fn silence_at_the_edges_is_trimmed() {
        let samples = finish(tone(6000, 4800, 9000), ChunkEnd::Sentence, false);
        assert_eq!(samples.len(), 600 + 4800 + 1440);
        let short = finish(tone(10, 4800, 20), ChunkEnd::Sentence, false);
        assert_eq!(short.len(), 4830);
    }

    #[test]
    fn edges_begin_and_end_at_zero() {
        for samples in [tone(0, 4800, 0), tone(6000, 4800, 9000), vec![0.5; 3]] {
            let samples = finish(samples, ChunkEnd::Word, false);
            assert_eq!(samples[0], 0.0);
            assert_eq!(samples[samples.len() - 1], 0.0);
        }
        assert_eq!(finish(Vec::new(), ChunkEnd::Word, false), Vec::<f32>::new());
    }

    #[test]
    fn pauses_follow_all_chunks_but_the_last() {
        let length = |end, has_next| finish(vec![0.5; 4800], end, has_next).len();
        assert_eq!(length(ChunkEnd::Sentence, false), 4800);
        assert_eq!(length(ChunkEnd::Clause, true), 4800 + 3600);
        assert!(length(ChunkEnd::Sentence, true) > length(ChunkEnd::Clause, true));
        assert!(length(ChunkEnd::Word, true) > length(ChunkEnd::Inside, true));
    }
}
