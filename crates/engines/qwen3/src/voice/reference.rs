//! A recording that a voice is cloned from.

use std::time::Duration;

use mynah_audio::{Clip, DecodeError, DecodeLimits, SampleRate, decode, resample};
use mynah_speech::VoiceScorer;

use crate::Qwen3Error;

use super::quality::{QualityReport, clipped_fraction};
use super::speech::SpeechActivity;

/// The shortest recording, in seconds, without silence at its ends.
pub const MIN_SECONDS: f32 = 3.0;

/// The longest, in seconds. More makes prompts long and voices no better.
pub const MAX_SECONDS: f32 = 60.0;

/// The longest file, in seconds: silence around the words is removed.
pub const MAX_FILE_SECONDS: u64 = 120;

/// The least speech in it, in seconds.
pub const MIN_SPEECH_SECONDS: f32 = 1.0;

/// The largest fraction of clipped samples.
pub const MAX_CLIPPED_FRACTION: f32 = 0.02;

/// Padding before the first word and after the last: soft consonants are easily missed.
const PADDING_SECONDS: f64 = 0.25;

const PARAM: &str = "ref_audio";

/// Mono sound at 24 kHz, from shortly before the first word to shortly after the last, good enough
/// to be cloned.
#[derive(Clone, PartialEq)]
pub struct Recording {
    samples: Vec<f32>,
    quality: QualityReport,
}

impl Recording {
    /// Reads a file of any format that `mynah-audio` decodes, with `scorer` as the voice activity
    /// detector; its state is reset.
    ///
    /// # Errors
    /// `Invalid` with the parameter `ref_audio`: no sound file, one that is too long, or as
    /// [`Recording::from_clip`].
    pub fn read(bytes: &[u8], scorer: &mut dyn VoiceScorer) -> Result<Self, Qwen3Error> {
        let limits = DecodeLimits {
            max_duration: Duration::from_secs(MAX_FILE_SECONDS),
            ..DecodeLimits::default()
        };
        let decoded = decode(bytes, &limits).map_err(|error| match error {
            DecodeError::TooLong { max_seconds } => invalid(format!(
                "the reference is longer than {max_seconds} seconds; {}",
                accepted_length()
            )),
            error => invalid(format!("the reference cannot be decoded: {error}")),
        })?;
        Self::from_clip(&decoded.clip, scorer)
    }

    /// The same from decoded audio at any rate.
    ///
    /// # Errors
    /// `Invalid` with the parameter `ref_audio`: there is no speech in it, too little or too much,
    /// or too much clipping.
    pub fn from_clip(clip: &Clip, scorer: &mut dyn VoiceScorer) -> Result<Self, Qwen3Error> {
        let frames = SpeechActivity::of(clip, scorer);
        let spoken = frames.speech_seconds();
        let bounds = frames
            .bounds()
            .filter(|_| spoken >= f64::from(MIN_SPEECH_SECONDS))
            .ok_or_else(|| {
                invalid(format!(
                    "the reference has {spoken:.1} seconds of speech in {:.1} seconds; {}",
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

/// Without the audio, which must not reach logs.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording")
            .field("quality", &self.quality)
            .finish_non_exhaustive()
    }
}

fn check(quality: &QualityReport) -> Result<(), Qwen3Error> {
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
            "{:.0} % of the reference is clipped, and up to {:.0} % is accepted; record it again with less gain",
            clipped_fraction * 100.0,
            MAX_CLIPPED_FRACTION * 100.0
        )));
    }
    Ok(())
}

/// The end of every refusal.
fn accepted_length() -> String {
    format!("{MIN_SECONDS} to {MAX_SECONDS} seconds of one person speaking are right, best 5 to 20")
}

fn invalid(message: String) -> Qwen3Error {
    Qwen3Error::invalid(PARAM, message)
}
