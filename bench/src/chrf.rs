//! chrF2 of translations, as sacrebleu defines it by default (`chrF2|nc:6|nw:0|space:no|eff:yes`).
//!
//! Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015). n-grams of 1 to 6
//! characters, white space left out, case and punctuation kept. The counts of all segments are summed;
//! precision and recall are the means over the orders that both sides have; recall weighs β² = 4 times
//! as much as precision.

use std::collections::HashMap;

const MAX_ORDER: usize = 6;
const BETA_SQUARED: f64 = 4.0;

/// Counts over all segments that were added.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chrf {
    orders: [OrderCounts; MAX_ORDER],
}

/// n-grams of one length.
#[derive(Clone, Copy, Debug, Default)]
struct OrderCounts {
    hypothesis: usize,
    reference: usize,
    matches: usize,
}

impl Chrf {
    /// Adds a translation and its reference.
    pub(crate) fn add(&mut self, hypothesis: &str, reference: &str) {
        let (hypothesis, reference) = (characters(hypothesis), characters(reference));
        for (index, counts) in self.orders.iter_mut().enumerate() {
            let (ours, theirs) = (
                ngrams(&hypothesis, index + 1),
                ngrams(&reference, index + 1),
            );
            let common = |(ngram, count): (&&[char], &usize)| {
                theirs.get(*ngram).map_or(0, |other| *count.min(other))
            };
            counts.matches += ours.iter().map(common).sum::<usize>();
            counts.reference += theirs.values().sum::<usize>();
            // An n-gram of an order that the reference lacks is no wrong one.
            if !theirs.is_empty() {
                counts.hypothesis += ours.values().sum::<usize>();
            }
        }
    }

    /// The score, 0 to 100; 0 where nothing was added.
    pub(crate) fn score(&self) -> f64 {
        let effective: Vec<_> = self
            .orders
            .iter()
            .filter(|counts| counts.hypothesis > 0 && counts.reference > 0)
            .collect();
        let mean = |share: fn(&OrderCounts) -> f64| {
            effective.iter().map(|counts| share(counts)).sum::<f64>()
                / effective.len().max(1) as f64
        };
        let precision = mean(|counts| counts.matches as f64 / counts.hypothesis as f64);
        let recall = mean(|counts| counts.matches as f64 / counts.reference as f64);
        let weighted = BETA_SQUARED * precision + recall;
        if weighted == 0.0 {
            return 0.0;
        }
        100.0 * (1.0 + BETA_SQUARED) * precision * recall / weighted
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn ngrams(characters: &[char], order: usize) -> HashMap<&[char], usize> {
    let mut counts = HashMap::new();
    for ngram in characters.windows(order) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are those of sacrebleu 2.6.0, `CHRF().corpus_score`.
    #[test]
    fn scores_equal_those_of_sacrebleu() {
        let corpora: [(&[(&str, &str)], f64); 7] = [
            (
                &[("The cat sat on the mat.", "The cat sat on the mat.")],
                100.0,
            ),
            (
                &[("The cat is on the mat", "There is a cat on the mat.")],
                45.685_428_205_107_08,
            ),
            (
                &[
                    ("Hola, ¿cómo estás?", "Hola, ¿cómo está usted?"),
                    (
                        "Mi hermano trabaja en un gran hospital.",
                        "Mi hermano trabaja en un hospital grande.",
                    ),
                ],
                76.207_180_343_500_33,
            ),
            (
                &[("ab", "abc"), ("xyz", "xyz and more")],
                30.091_888_273_595_817,
            ),
            (&[("", "no"), ("yes", "yes")], 79.439_252_336_448_59),
            (&[("abc", "xyz")], 0.0),
            (
                &[
                    ("a", ""),
                    ("Bienvenidos a la ciudad", "Bienvenidos a nuestra ciudad."),
                ],
                61.972_128_527_799_46,
            ),
        ];
        for (pairs, expected) in corpora {
            let mut chrf = Chrf::default();
            for (hypothesis, reference) in pairs {
                chrf.add(hypothesis, reference);
            }
            assert!(
                (chrf.score() - expected).abs() < 1e-9,
                "{pairs:?}: {} is not {expected}",
                chrf.score()
            );
        }
        assert_eq!(Chrf::default().score(), 0.0);
    }
}
