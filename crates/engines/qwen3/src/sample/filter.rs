//! The steps of sampling.

/// Index of the first maximum. NaN is never chosen, unless there is nothing else.
pub(super) fn argmax(logits: &[f32]) -> u32 {
    let mut best = 0;
    for (at, logit) in logits.iter().enumerate() {
        if *logit > logits[best] || logits[best].is_nan() {
            best = at;
        }
    }
    best as u32
}

/// Codes and logits of the `k` largest, most likely first, with all that tie with the last of them;
/// 0 means all that are possible.
pub(super) fn top_k(logits: &[f32], k: usize) -> Vec<(u32, f32)> {
    let possible = (0..).zip(logits.iter().copied());
    let mut kept: Vec<_> = possible
        .filter(|(_, logit)| *logit > f32::NEG_INFINITY)
        .collect();
    if k > 0 && k < kept.len() {
        let (_, last, _) = kept.select_nth_unstable_by(k - 1, |a, b| b.1.total_cmp(&a.1));
        let min = last.1;
        kept.retain(|(_, logit)| *logit >= min);
    }
    // Codes break ties, so that the order does not depend on the selection's.
    kept.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    kept
}

/// The most likely codes that together reach the probability `p`, at least one.
pub(super) fn top_p(mut sorted: Vec<(u32, f32)>, p: f32) -> Vec<(u32, f32)> {
    if p >= 1.0 {
        return sorted;
    }
    let weights = weights(&sorted);
    let sum: f64 = weights.iter().sum();
    let mut before = 0.0;
    let mut kept = 0;
    for weight in weights {
        if kept > 0 && before >= f64::from(p) * sum {
            break;
        }
        before += weight;
        kept += 1;
    }
    sorted.truncate(kept);
    sorted
}

/// Draws a code by a number from 0 to 1.
pub(super) fn draw(sorted: &[(u32, f32)], unit: f64) -> u32 {
    let weights = weights(sorted);
    let mut remaining = unit * weights.iter().sum::<f64>();
    for ((code, _), weight) in sorted.iter().zip(&weights) {
        remaining -= weight;
        if remaining < 0.0 {
            return *code;
        }
    }
    // Rounding may leave a remainder; the most likely code is drawn then.
    sorted.first().map_or(0, |(code, _)| *code)
}

/// Exponentials, the first as 1.
fn weights(sorted: &[(u32, f32)]) -> Vec<f64> {
    let max = sorted.first().map_or(0.0, |(_, logit)| *logit);
    let weight = |(_, logit): &(u32, f32)| f64::from(logit - max).exp();
    sorted.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_with_the_last_are_kept() {
        let kept = top_k(&[1.0, 3.0, 2.0, 2.0, f32::NEG_INFINITY, 2.0], 2);
        assert_eq!(kept, [(1, 3.0), (2, 2.0), (3, 2.0), (5, 2.0)]);
        assert_eq!(top_k(&[1.0, 2.0], 0), [(1, 2.0), (0, 1.0)]);
    }

    #[test]
    fn top_p_keeps_the_most_likely() {
        let sorted = vec![(4, 5.0), (1, 4.0), (0, -1.0)];
        assert_eq!(top_p(sorted.clone(), 0.01), [(4, 5.0)]);
        // 5 has 73 %, 5 and 4 have 99.8 %.
        assert_eq!(top_p(sorted.clone(), 0.9), [(4, 5.0), (1, 4.0)]);
        assert_eq!(top_p(sorted.clone(), 1.0), sorted);
    }

    #[test]
    fn argmax_takes_the_first_of_equals() {
        assert_eq!(argmax(&[1.0, 2.0, 2.0]), 1);
        assert_eq!(argmax(&[f32::NAN, 0.5, f32::NAN]), 1);
    }
}
