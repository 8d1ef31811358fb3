//! From several channels to one.
//!
//! The mean of all channels, except where they cancel each other: a microphone wired the wrong way
//! round gives R = −L, whose mean is silence. The share of the channels' energy that the mean keeps
//! shows that, and then a channel that is among the loudest is taken alone.

/// How many samples per channel are looked at together.
const BLOCK_FRAMES: usize = 4096;

/// Over how many samples per channel the energies are remembered.
const MEMORY_FRAMES: f64 = 2400.0;

/// Unrelated channels leave this share of their energy in their mean: 1 by definition. Below this,
/// they cancel. Two channels with R = −0.4 L leave 0.31, with R = −0.5 L 0.2.
const CANCELLING: f64 = 0.25;

/// Above this they no longer do.
const ADDING: f64 = 0.5;

/// A channel of this many times the energy of another is louder: by 3 dB.
const LOUDER: f64 = 2.0;

/// Energy per sample below which the channels are not compared (−80 dBFS).
const SILENCE: f64 = 1e-8;

/// Mixes the channels of one stream.
#[derive(Default)]
pub(super) struct Mixer {
    /// Decaying sums of squares, by channel.
    energies: Vec<f64>,
    /// Decaying sum of squares of the mean.
    of_mean: f64,
    /// Decaying number of samples that the sums are over.
    frames: f64,
    /// The channel that is taken alone.
    alone: Option<usize>,
    /// Whether something was louder than silence.
    begun: bool,
}

impl Mixer {
    /// Appends the mix of interleaved samples to `out`.
    pub(super) fn mix(&mut self, channels: usize, interleaved: &[f32], out: &mut Vec<f32>) {
        if channels <= 1 {
            out.extend_from_slice(interleaved);
            return;
        }
        if self.energies.len() != channels {
            *self = Self {
                energies: vec![0.0; channels],
                ..Self::default()
            };
        }
        for block in interleaved.chunks(BLOCK_FRAMES * channels) {
            let before = self.alone;
            let changed = self.measure(channels, block);
            let frames = block.len() / channels;
            let step = 1.0 / frames.max(1) as f32;
            let source = block.chunks_exact(channels).enumerate();
            out.extend(source.map(|(at, frame)| {
                let now = weighed(self.alone, frame);
                if !changed {
                    return now;
                }
                // From one mix to the other without a click.
                let share = at as f32 * step;
                share * now + (1.0 - share) * weighed(before, frame)
            }));
        }
    }

    /// Looks at a block; returns whether the mix changes within it.
    fn measure(&mut self, channels: usize, block: &[f32]) -> bool {
        let frames = (block.len() / channels) as f64;
        let keep = (-frames / MEMORY_FRAMES).exp();
        let mut energies = vec![0.0_f64; channels];
        let mut of_mean = 0.0;
        for frame in block.chunks_exact(channels) {
            let mut sum = 0.0;
            for (energy, &sample) in energies.iter_mut().zip(frame) {
                *energy += f64::from(sample) * f64::from(sample);
                sum += f64::from(sample);
            }
            of_mean += sum * sum;
        }
        of_mean /= (channels * channels) as f64;
        for (sum, new) in self.energies.iter_mut().zip(&energies) {
            *sum = *sum * keep + new;
        }
        self.of_mean = self.of_mean * keep + of_mean;
        self.frames = self.frames * keep + frames;

        let total: f64 = self.energies.iter().sum();
        if total.is_nan() || total <= SILENCE * self.frames {
            return false;
        }
        let kept = self.of_mean * (channels * channels) as f64 / total;
        let most = self.energies.iter().copied().fold(0.0, f64::max);
        // The first of those that are about as loud as the loudest.
        let loudest = (0..channels)
            .find(|&channel| self.energies[channel] * LOUDER > most)
            .unwrap_or(0);
        let next = match self.alone {
            None if kept < CANCELLING => Some(loudest),
            None => None,
            Some(_) if kept > ADDING => None,
            Some(now) if most > LOUDER * self.energies[now] => Some(loudest),
            Some(now) => Some(now),
        };
        let changed = next != self.alone;
        self.alone = next;
        std::mem::replace(&mut self.begun, true) && changed
    }
}

fn weighed(alone: Option<usize>, frame: &[f32]) -> f32 {
    match alone {
        Some(channel) => frame[channel],
        None => frame.iter().sum::<f32>() / frame.len() as f32,
    }
}
