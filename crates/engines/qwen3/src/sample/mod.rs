//! From logits to a code: the processors of the official package, in their order.

mod filter;
mod random;

pub use random::Random;

/// How a code is sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Draw from the distribution; else take the most likely.
    pub do_sample: bool,
    /// Logits are divided by it; above 0.
    pub temperature: f32,
    /// Only this many of the most likely are kept, with all that tie with the last; 0 keeps all.
    pub top_k: usize,
    /// Only the most likely that together have this probability are kept; 1 keeps all.
    pub top_p: f32,
}

impl Sampler {
    /// Always the most likely.
    pub const GREEDY: Self = Self {
        do_sample: false,
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
    };

    /// Samples a code. The logits are changed.
    ///
    /// # Panics
    /// Where there are no logits.
    pub fn sample(&self, logits: &mut [f32], random: &mut Random) -> u32 {
        if !self.do_sample {
            return filter::argmax(logits);
        }
        for logit in logits.iter_mut() {
            *logit /= self.temperature;
        }
        let candidates = filter::top_k(logits, self.top_k);
        let candidates = filter::top_p(candidates, self.top_p);
        filter::draw(&candidates, random.unit())
    }
}

/// Repetition penalty: the logit of a code that was generated before is multiplied by the penalty
/// where it is negative, divided where it is not. Each code counts once.
pub fn apply_repetition_penalty(logits: &mut [f32], generated: &[bool], penalty: f32) {
    for (logit, _) in logits
        .iter_mut()
        .zip(generated)
        .filter(|(_, generated)| **generated)
    {
        if *logit < 0.0 {
            *logit *= penalty;
        } else {
            *logit /= penalty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn penalties_lower_every_logit() {
        let mut logits = [2.0, -2.0, 2.0];
        apply_repetition_penalty(&mut logits, &[true, true, false], 2.0);
        assert_eq!(logits, [1.0, -4.0, 2.0]);
    }

    #[test]
    fn equal_seeds_sample_equal_codes() {
        let sampler = Sampler {
            do_sample: true,
            temperature: 0.9,
            top_k: 50,
            top_p: 0.95,
        };
        let draw = |seed| {
            let mut random = Random::new(seed, 0);
            (0..100)
                .map(|step| {
                    let mut logits: Vec<_> = (0..300)
                        .map(|at| ((at * 37 + step) % 101) as f32 / 20.0)
                        .collect();
                    sampler.sample(&mut logits, &mut random)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn samples_follow_the_distribution() {
        let sampler = Sampler {
            do_sample: true,
            temperature: 0.5,
            top_k: 3,
            top_p: 1.0,
        };
        let mut random = Random::new(1, 0);
        let mut counts = [0_u32; 5];
        for _ in 0..20_000 {
            let mut logits = [0.0, 0.5, 1.0, -3.0, 0.25];
            counts[sampler.sample(&mut logits, &mut random) as usize] += 1;
        }
        // e^(2 × 1), e^(2 × 0.5), e^(2 × 0.25): the third is kept, 0.0 is not.
        let weights = [0.0, 1.0_f64.exp(), 2.0_f64.exp(), 0.0, 0.5_f64.exp()];
        let sum: f64 = weights.iter().sum();
        for (count, weight) in counts.iter().zip(weights) {
            let expected = weight / sum;
            let got = f64::from(*count) / 20_000.0;
            assert!((got - expected).abs() < 0.015, "{got} for {expected}");
        }
    }
}
