//! The handle of synthesis.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mynah_admission::ClientKey;
use mynah_audio::Clip;
use mynah_speech::{
    Cancel, DEFAULT_WORKSPACE, Engines, KeptVoice, SpeechRequest, StyleIndex, Voice, VoiceIndex,
    VoiceKind,
};
use tokio::sync::mpsc;

use crate::backpressure::Backpressure;
use crate::queue::Queue;
use crate::resolve::VoiceResolver;
use crate::stream::{Progress, StreamState};
use crate::stream_sender::StreamSender;
use crate::task::SynthesisTask;
use crate::{Full, Permit, Plan, SpeechJob, SpeechStream, SynthesisError, SynthesisSettings};

/// The maximum warm-up audio: far more than a word. An engine that samples may be a runaway, and
/// other callers wait for its slot.
const MAX_WARM_UP_AUDIO: Duration = Duration::from_secs(2);

/// Synthesis: engines, the queue before them, and the processing from text to audio. Cheap to
/// clone; all clones share one queue.
#[derive(Clone)]
pub struct Synthesis {
    engines: Engines,
    settings: Arc<SynthesisSettings>,
    queue: Arc<Queue>,
    client: ClientKey,
    kept: Option<Arc<dyn VoiceIndex>>,
    styles: Option<Arc<dyn StyleIndex>>,
}

impl Synthesis {
    /// Synthesis with these engines, in the order of preference.
    pub fn new(engines: Engines, settings: SynthesisSettings) -> Self {
        let queue = Queue::new(settings.max_running(), settings.waiting);
        Self {
            engines,
            settings: Arc::new(settings),
            queue: Arc::new(queue),
            client: ClientKey::default(),
            kept: None,
            styles: None,
        }
    }

    /// The same with voices that are kept, which are found before all others.
    #[must_use]
    pub fn with_kept_voices(self, voices: Arc<dyn VoiceIndex>) -> Self {
        Self {
            kept: Some(voices),
            ..self
        }
    }

    /// The same with styles of speaking; without any, a request that names one is refused.
    #[must_use]
    pub fn with_styles(self, styles: Arc<dyn StyleIndex>) -> Self {
        Self {
            styles: Some(styles),
            ..self
        }
    }

    /// The same for the requests of this client.
    #[must_use]
    pub fn for_client(&self, client: ClientKey) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Resolves voice and language of a job, and splits its text. Cheap for a text of some pages;
    /// the first call may open engines (some 10 ms): see [`Synthesis::warm`].
    ///
    /// # Errors
    /// `Invalid` for an empty text or an unknown name, `Unsupported` for what the voice or engine
    /// cannot do, `Unavailable` where the engine is not installed.
    pub fn plan(&self, job: SpeechJob) -> Result<Plan, SynthesisError> {
        Plan::new(job, &self.resolver(), &self.settings)
    }

    /// Takes a free permit of the queue for this handle's client, without waiting.
    ///
    /// # Errors
    /// [`Full`] with the time that the work ahead will take.
    pub fn admit(&self) -> Result<Permit, Full> {
        self.queue.admit(&self.client)
    }

    /// Waits at most this long for a permit of the queue. Waiting clients are served in round-robin
    /// order and before calls of [`Synthesis::admit`]; a client never holds more than its share.
    /// Dropping the future cancels the wait.
    ///
    /// # Errors
    /// [`Full`] at the end of the wait, with the time that the work ahead will take.
    pub async fn admit_within(&self, wait: Duration) -> Result<Permit, Full> {
        self.queue.admit_within(wait, &self.client).await
    }

    /// Starts synthesis. Must be called within a tokio runtime; the engine runs on its blocking
    /// threads. Audio is produced ahead of the reader, within the settings.
    pub fn speak(&self, plan: Plan, permit: Permit) -> SpeechStream {
        let (sender, clips) = mpsc::unbounded_channel();
        let backpressure = Arc::new(Backpressure::default());
        let progress = Progress {
            done_chars: 0,
            total_chars: plan.chars(),
        };
        let shared = Arc::new(Mutex::new(StreamState {
            progress,
            ..StreamState::default()
        }));
        if let Some(index) = &self.kept {
            for voice in plan.kept_voices() {
                index.count_use(voice, self.client.name().strip_prefix("key:"));
            }
        }
        let cancel = Cancel::new();
        let sender = StreamSender {
            clips: sender,
            backpressure: Arc::clone(&backpressure),
            shared: Arc::clone(&shared),
            engine: plan.engine(),
            started: Instant::now(),
        };
        let task = SynthesisTask {
            plan,
            settings: Arc::clone(&self.settings),
            queue: Arc::clone(&self.queue),
            sender,
            client: permit.client().clone(),
            cancel: cancel.clone(),
            kept_voices: self.kept.clone(),
        };
        tokio::spawn(task.run());
        SpeechStream {
            clips,
            backpressure,
            shared,
            _stop: cancel.drop_guard(),
            _permit: permit,
        }
    }

    /// The kept voices that may be spoken, by their names.
    pub fn kept_voices(&self) -> Vec<KeptVoice> {
        let kept = self.kept.as_ref();
        kept.map_or_else(Vec::new, |kept| kept.voices(DEFAULT_WORKSPACE))
    }

    /// All voices of ready engines, in the order of the engines.
    pub fn voices(&self) -> Vec<Voice> {
        self.resolver().voices()
    }

    /// The engines.
    pub const fn engines(&self) -> &Engines {
        &self.engines
    }

    /// The settings.
    pub fn settings(&self) -> &SynthesisSettings {
        &self.settings
    }

    /// Opens every engine and synthesizes one word, so that the first request is as fast as the
    /// next. Blocking. Engines that are not ready are skipped.
    pub fn warm(&self) {
        for engine in self.engines.synthesizers() {
            // The other kinds need a reference or a description.
            let preset = |voice: &Voice| voice.kind == VoiceKind::Preset;
            let Some(voice) = engine.voices().into_iter().find(preset) else {
                continue;
            };
            let Some(language) = voice.languages.first().cloned() else {
                continue;
            };
            let request = SpeechRequest {
                text: "a".into(),
                voice: voice.id,
                language,
                instruct: None,
                reference: None,
                seed: None,
            };
            let mut produced = Duration::ZERO;
            let mut discard = |clip: Clip| {
                produced += clip.duration();
                match produced < MAX_WARM_UP_AUDIO {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            };
            match engine.speak(&request, &Cancel::new(), &mut discard) {
                Ok(_) | Err(SynthesisError::Cancelled) => {}
                Err(error) => {
                    let engine = engine.info().id.as_str();
                    tracing::warn!(engine, %error, "engine did not warm up");
                }
            }
        }
    }

    fn resolver(&self) -> VoiceResolver<'_> {
        VoiceResolver {
            engines: &self.engines,
            settings: &self.settings,
            kept: self.kept.as_deref(),
            styles: self.styles.as_deref(),
        }
    }
}
