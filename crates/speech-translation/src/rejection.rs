//! Rejection of segments without speech: the recognizer is not sure of any word.

use mynah_speech::Transcript;

/// Whether the mean confidence of the words is at least `min`. Words without confidences pass.
pub(crate) fn is_confident(transcript: &Transcript, min: f32) -> bool {
    let mean = transcript.mean_confidence();
    mean.is_none_or(|mean| mean >= min)
}

#[cfg(test)]
mod tests {
    use mynah_speech::Word;

    use super::*;

    #[test]
    fn transcripts_of_low_confidence_are_rejected() {
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
