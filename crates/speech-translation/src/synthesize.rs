//! Synthesis: the translation of a segment to speech.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::text::Markup;
use mynah_speech::{EngineId, Language, LanguageChoice, Reference, SpeechError};
use mynah_synthesis::{Delivery, Permit, Plan, SpeechJob, SpeechStream, Synthesis, VoiceChoice};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::failure::{SegmentError, StageError};
use crate::stage::StageName;
use crate::{Interpreter, SessionOptions};

/// The maximum length of a clip of a segment's speech.
const MAX_CLIP: Duration = Duration::from_millis(500);

/// The voice of a segment's speech.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechOptions {
    /// Which voice.
    pub voice: VoiceChoice,
    /// The reference audio of a cloned voice.
    pub reference: Option<Arc<Reference>>,
    /// Whether the speech is played while it is synthesized.
    pub delivery: Delivery,
    /// Makes the speech of engines that sample repeatable.
    pub seed: Option<u64>,
}

impl From<&SessionOptions> for SpeechOptions {
    fn from(options: &SessionOptions) -> Self {
        Self {
            voice: options.voice.clone(),
            reference: options.reference.clone(),
            delivery: options.delivery,
            seed: None,
        }
    }
}

type Synthesized = Result<Option<Clip>, SegmentError>;

/// The speech of one segment, in clips of at most 500 ms at 24 kHz. Dropping it cancels the
/// engine.
///
/// The audio is taken from the engine as it is made, so a slow reader occupies no slot of the
/// engine; memory is bounded by `max_speech_seconds`.
#[must_use = "dropping it cancels the engine"]
pub struct SegmentSpeech {
    clips: mpsc::UnboundedReceiver<Synthesized>,
    task: Option<JoinHandle<()>>,
    voice: Option<String>,
    queued: Duration,
}

impl SegmentSpeech {
    /// The voice as `engine/voice`; none where the text has nothing to speak.
    pub fn voice(&self) -> Option<&str> {
        self.voice.as_deref()
    }

    /// How long the segment waited for a slot.
    pub const fn queued(&self) -> Duration {
        self.queued
    }

    /// The next clip; none at the end. Cancel-safe.
    ///
    /// # Errors
    /// The engine's, after the clips that it made.
    pub async fn next(&mut self) -> Synthesized {
        if self.task.is_none() {
            return Ok(None);
        }
        self.clips.recv().await.unwrap_or_else(|| {
            let reason = "the task that reads the engine ended early".into();
            Err(failed(internal(reason)))
        })
    }
}

impl Drop for SegmentSpeech {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Begins to speak a text. A text with nothing to speak (`…`) has no clips.
///
/// # Errors
/// [`SegmentError`] where no engine has the voice or the language, or no slot becomes free in
/// time.
pub async fn synthesize(
    interpreter: &Interpreter,
    text: String,
    language: &Language,
    options: &SpeechOptions,
) -> Result<SegmentSpeech, SegmentError> {
    let (sender, clips) = mpsc::unbounded_channel();
    if !text.chars().any(char::is_alphanumeric) {
        return Ok(SegmentSpeech {
            clips,
            task: None,
            voice: None,
            queued: Duration::ZERO,
        });
    }
    let synthesis = &interpreter.synthesis;
    let plan = plan(synthesis.clone(), text, language, options)
        .await
        .map_err(failed)?;
    let (engine, voice) = (plan.engine(), plan.voice_id());
    let requested = Instant::now();
    let permit = admit(synthesis, engine, interpreter.settings.speak_wait())
        .await
        .map_err(failed)?;
    let queued = requested.elapsed();
    let stream = synthesis.speak(plan, permit);
    let max_speech = interpreter.settings.max_speech();
    Ok(SegmentSpeech {
        clips,
        task: Some(tokio::spawn(read(stream, engine, max_speech, sender))),
        voice: Some(voice),
        queued,
    })
}

/// Selects the voice. That may open engines, so it runs on a blocking thread.
pub(crate) async fn plan(
    synthesis: Synthesis,
    text: String,
    language: &Language,
    options: &SpeechOptions,
) -> Result<Plan, StageError> {
    let job = SpeechJob {
        voice: options.voice.clone(),
        reference: options.reference.clone(),
        delivery: options.delivery,
        seed: options.seed,
        language: LanguageChoice::Is(language.clone()),
        markup: Markup::Text,
        ..SpeechJob::new(text)
    };
    match spawn_blocking(move || synthesis.plan(job)).await {
        Ok(plan) => Ok(plan?),
        Err(_) => Err(internal("it panicked while its voices were listed".into())),
    }
}

/// Waits for a slot: late speech is better than none.
async fn admit(
    synthesis: &Synthesis,
    engine: EngineId,
    wait: Duration,
) -> Result<Permit, StageError> {
    synthesis.admit_within(wait).await.map_err(|_| {
        let reason = format!("no permit of its queue within {} s", wait.as_secs());
        SpeechError::Busy { engine, reason }.into()
    })
}

/// Reads an engine to the end of a segment's speech.
async fn read(
    mut stream: SpeechStream,
    engine: EngineId,
    max_speech: Duration,
    clips: mpsc::UnboundedSender<Synthesized>,
) {
    let mut made = Duration::ZERO;
    while let Some(clip) = stream.next().await {
        let clip = match clip {
            Ok(clip) => clip,
            Err(error) => {
                let _ = clips.send(Err(failed(error.into())));
                return;
            }
        };
        made += clip.duration();
        if made > max_speech {
            let reason = format!("more than {} s for one segment", max_speech.as_secs());
            let _ = clips.send(Err(failed(SpeechError::Failed { engine, reason }.into())));
            return;
        }
        for samples in clip.samples.chunks(clip.rate.samples_in(MAX_CLIP)) {
            let clip = Clip::new(clip.rate, samples.to_vec());
            if clips.send(Ok(Some(clip))).is_err() {
                return;
            }
        }
    }
    // Frees the slot before the reader has taken the last clip.
    drop(stream);
    let _ = clips.send(Ok(None));
}

fn internal(reason: String) -> StageError {
    let engine = EngineId::new("synthesis");
    SpeechError::Failed { engine, reason }.into()
}

fn failed(error: StageError) -> SegmentError {
    SegmentError::new(error, StageName::Synthesize)
}
