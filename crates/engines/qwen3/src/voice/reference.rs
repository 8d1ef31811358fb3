//! A recording that a voice is cloned from.

use std::time::Duration;

use mynah_audio::{Clip, DecodeError, DecodeLimits, SampleRate, decode, resample};
use mynah_speech::VoiceScorer;

use crate::{Qwen3Error, Result};

use super::quality::{QualityReport, clipped_fraction};
use super::scorer::Earshot;
use super::speech::SpeechActivity;

/// The shortest recording, in seconds, when silence is cut off its ends.
pub const MIN_SECONDS: f32 = 3.0;

/// The longest, in seconds. More makes prompts long and voices no better.
pub const MAX_SECONDS: f32 = 60.0;

/// The longest file, in seconds: silence around the words is cut off.
pub const MAX_FILE_SECONDS: u64 = 120;

/// The least speech in it, in seconds.
pub const MIN_SPEECH_SECONDS: f32 = 1.0;

/// The largest share of samples that may be cut off for being too loud.
pub const MAX_CLIPPED_FRACTION: f32 = 0.02;

/// What is left before the first word and behind the last: soft consonants are easily missed.
const PADDING_SECONDS: f64 = 0.25;

const PARAM: &str = "ref_audio";

/// Mono sound at 24 kHz, from a little before the first word to a little behind the last, good
/// enough to be cloned.
#[derive(Clone, PartialEq)]
pub struct Recording {
    samples: Vec<f32>,
    quality: QualityReport,
}

impl Recording {
    /// Reads a file of any format that `mynah-audio` knows by its content.
    ///
    /// # Errors
    /// `Invalid` with the parameter `ref_audio`: no sound file, one that is too long, or as
    /// [`Recording::from_clip`].
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Self::read_with(bytes, &mut Earshot::new())
    }

    /// The same where `scorer` tells where somebody speaks; its state is reset.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn read_with(bytes: &[u8], scorer: &mut dyn VoiceScorer) -> Result<Self> {
        let limits = DecodeLimits {
            max_duration: Duration::from_secs(MAX_FILE_SECONDS),
            ..DecodeLimits::default()
        };
        let decoded = decode(bytes, &limits).map_err(|error| match error {
            DecodeError::TooLong { max_seconds } => invalid(format!(
                "the reference is longer than {max_seconds} seconds; {}",
                accepted_length()
            )),
            error => invalid(format!("the reference cannot be heard: {error}")),
        })?;
        Self::from_clip(&decoded.clip, scorer)
    }

    /// The same of sound that was decoded already, at any rate.
    ///
    /// # Errors
    /// `Invalid` with the parameter `ref_audio`: nobody speaks in it, too little or too much is
    /// said, or too much is cut off for being too loud.
    pub fn from_clip(clip: &Clip, scorer: &mut dyn VoiceScorer) -> Result<Self> {
        let frames = SpeechActivity::of(clip, scorer);
        let spoken = frames.spoken_seconds();
        let bounds = frames
            .bounds()
            .filter(|_| spoken >= f64::from(MIN_SPEECH_SECONDS))
            .ok_or_else(|| {
                invalid(format!(
                    "somebody speaks for {spoken:.1} of the reference's {:.1} seconds; {}",
                    clip.duration().as_secs_f64(),
                    accepted_length()
                ))
            })?;
        let clipped = clipped_fraction(clip);
        let mut sound = resample(clip, SampleRate::HZ_24000).samples;
        let at = |seconds: f64| (seconds.max(0.0) * f64::from(SampleRate::HZ_24000.hz())) as usize;
        sound.truncate(at(bounds.end + PADDING_SECONDS));
        sound.drain(..at(bounds.start - PADDING_SECONDS).min(sound.len()));

        let kept = Clip::new(SampleRate::HZ_24000, sound);
        let seconds = kept.duration().as_secs_f64();
        let quality = QualityReport {
            seconds: seconds as f32,
            signal_to_noise_db: frames.signal_to_noise_db() as f32,
            clipped_fraction: clipped,
            speech_fraction: (spoken / seconds).min(1.0) as f32,
        };
        check(&quality)?;
        Ok(Self {
            samples: kept.samples,
            quality,
        })
    }

    /// The sound: mono, 24 kHz.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// How good it is.
    pub const fn quality(&self) -> &QualityReport {
        &self.quality
    }
}

/// Without the sound: it is somebody's.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording")
            .field("quality", &self.quality)
            .finish_non_exhaustive()
    }
}

fn check(quality: &QualityReport) -> Result<()> {
    let QualityReport {
        seconds,
        clipped_fraction,
        ..
    } = *quality;
    if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) {
        return Err(invalid(format!(
            "the reference has {seconds:.1} seconds without the silence at its ends; {}",
            accepted_length()
        )));
    }
    if clipped_fraction > MAX_CLIPPED_FRACTION {
        return Err(invalid(format!(
            "{:.0} % of the reference is cut off for being too loud, and up to {:.0} % is taken; record it again with less gain",
            clipped_fraction * 100.0,
            MAX_CLIPPED_FRACTION * 100.0
        )));
    }
    Ok(())
}

/// What every refusal ends with.
fn accepted_length() -> String {
    format!("{MIN_SECONDS} to {MAX_SECONDS} seconds of one person speaking are right, best 5 to 20")
}

fn invalid(message: String) -> Qwen3Error {
    Qwen3Error::invalid(PARAM, message)
}
