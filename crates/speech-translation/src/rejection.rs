//! Rejection of segments without speech: the detector took music or a signal for it.

use std::borrow::Cow;

use mynah_audio::{Clip, resample};
use mynah_speech::{Engines, Transcript};

/// Whether a whole segment may be speech. Blocking.
pub(crate) fn may_be_speech(engines: &Engines, segment: &Clip) -> bool {
    let scorer = engines.scorer();
    let at_its_rate = if segment.rate == scorer.rate() {
        Cow::Borrowed(segment)
    } else {
        Cow::Owned(resample(segment, scorer.rate()))
    };
    scorer.may_be_speech(&at_its_rate.samples)
}

/// Whether the mean confidence of the words is at min `min`. Words without confidences pass.
pub(crate) fn is_confident(transcript: &Transcript, min: f32) -> bool {
    let known = transcript.words.iter().filter_map(|word| word.confidence);
    let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), own| (sum + own, count + 1));
    count == 0 || sum / count as f32 >= min
}

#[cfg(test)]
mod tests {
    use mynah_speech::Word;

    use super::*;

    #[test]
    fn words_of_too_little_confidence_are_none() {
        let of = |confidences: &[Option<f32>]| Transcript {
            words: confidences
                .iter()
                .map(|confidence| Word {
                    text: "word".into(),
                    start_ms: 0,
                    end_ms: 1,
                    confidence: *confidence,
                })
                .collect(),
            ..Transcript::default()
        };
        for (confidences, min, expected) in [
            (vec![], 1.0, true),
            (vec![None, None], 1.0, true),
            (vec![Some(0.0)], 0.0, true),
            (vec![Some(0.2), Some(0.4)], 0.29, true),
            (vec![Some(0.2), Some(0.4), None], 0.31, false),
        ] {
            assert_eq!(
                is_confident(&of(&confidences), min),
                expected,
                "{confidences:?}"
            );
        }
    }
}
