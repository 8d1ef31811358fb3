//! A recording of a person that a voice is made of, and how good it is.

mod activity;
mod error;
mod quality;

use std::time::Duration;

use mynah_audio::{Clip, DecodeError, DecodeLimits, SampleRate, decode, loudness, resample};

use crate::VoiceScorer;

use activity::SpeechActivity;
pub use error::InvalidRecording;
pub use quality::QualityReport;
use quality::clipped_fraction;

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
    /// No sound file, one that is too long, or as [`Recording::from_clip`].
    pub fn read(bytes: &[u8], scorer: &mut dyn VoiceScorer) -> Result<Self, InvalidRecording> {
        let limits = DecodeLimits {
            max_duration: Duration::from_secs(MAX_FILE_SECONDS),
            ..DecodeLimits::default()
        };
        let decoded = decode(bytes, &limits).map_err(|error| match error {
            DecodeError::TooLong { max_seconds } => InvalidRecording::FileTooLong { max_seconds },
            error => InvalidRecording::Undecodable(error.to_string()),
        })?;
        Self::from_clip(&decoded.clip, scorer)
    }

    /// The same from decoded audio at any rate.
    ///
    /// # Errors
    /// There is no speech in it, too little or too much, or too much clipping.
    pub fn from_clip(clip: &Clip, scorer: &mut dyn VoiceScorer) -> Result<Self, InvalidRecording> {
        let frames = SpeechActivity::of(clip, scorer);
        let spoken = frames.speech_seconds();
        let bounds = frames
            .bounds()
            .filter(|_| spoken >= f64::from(MIN_SPEECH_SECONDS))
            .ok_or_else(|| InvalidRecording::NoSpeech {
                spoken,
                seconds: clip.duration().as_secs_f64(),
            })?;
        let mut sound = resample(clip, SampleRate::HZ_24000).samples;
        let at = |seconds: f64| (seconds.max(0.0) * f64::from(SampleRate::HZ_24000.hz())) as usize;
        sound.truncate(at(bounds.end + PADDING_SECONDS));
        sound.drain(..at(bounds.start - PADDING_SECONDS).min(sound.len()));

        let kept = Clip::new(SampleRate::HZ_24000, sound);
        let quality = quality(&frames, clipped_fraction(clip), &kept);
        check(&quality)?;
        Ok(Self {
            samples: kept.samples,
            quality,
        })
    }

    /// The quality of a clip that [`Recording::from_clip`] made earlier: mono sound at 24 kHz that is kept as
    /// it is, so that silence at its ends counts.
    ///
    /// # Errors
    /// It is too short or too long, or there is no speech in it. What was measured before the silence at the
    /// ends was removed can differ a little now, so that clipping is not judged again, and less speech is
    /// enough.
    pub fn measure(
        clip: &Clip,
        scorer: &mut dyn VoiceScorer,
    ) -> Result<QualityReport, InvalidRecording> {
        let frames = SpeechActivity::of(clip, scorer);
        let quality = quality(&frames, clipped_fraction(clip), clip);
        check_length(quality.seconds)?;
        match frames.speech_seconds() >= f64::from(MIN_SPEECH_SECONDS) / 2.0 {
            true => Ok(quality),
            false => Err(InvalidRecording::NoSpeech {
                spoken: frames.speech_seconds(),
                seconds: clip.duration().as_secs_f64(),
            }),
        }
    }

    /// The sound: mono, 24 kHz.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The sound as a clip.
    pub fn into_clip(self) -> Clip {
        Clip::new(SampleRate::HZ_24000, self.samples)
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

/// The quality of what is kept of a recording.
fn quality(frames: &SpeechActivity, clipped_fraction: f32, kept: &Clip) -> QualityReport {
    let seconds = kept.duration().as_secs_f64();
    QualityReport {
        seconds: seconds as f32,
        signal_to_noise_db: frames.signal_to_noise_db() as f32,
        clipped_fraction,
        speech_fraction: (frames.speech_seconds() / seconds).min(1.0) as f32,
        loudness_lufs: loudness(kept).integrated_lufs.map(|lufs| lufs as f32),
    }
}

fn check(quality: &QualityReport) -> Result<(), InvalidRecording> {
    check_length(quality.seconds)?;
    let clipped_fraction = quality.clipped_fraction;
    if clipped_fraction > MAX_CLIPPED_FRACTION {
        return Err(InvalidRecording::Clipped { clipped_fraction });
    }
    Ok(())
}

const fn check_length(seconds: f32) -> Result<(), InvalidRecording> {
    if seconds < MIN_SECONDS {
        return Err(InvalidRecording::TooShort { seconds });
    }
    if seconds > MAX_SECONDS {
        return Err(InvalidRecording::TooLong { seconds });
    }
    Ok(())
}
