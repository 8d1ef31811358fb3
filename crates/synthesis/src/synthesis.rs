//! The handle that doors hold.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mynah_admission::ClientKey;
use mynah_audio::Clip;
use mynah_speech::{Cancel, Engines, SpeechRequest, Voice, VoiceKind};
use tokio::sync::mpsc;

use crate::backpressure::Backpressure;
use crate::queue::Queue;
use crate::resolve::VoiceResolver;
use crate::stream::{Progress, StreamState};
use crate::stream_sender::StreamSender;
use crate::task::SynthesisTask;
use crate::{Full, Permit, Plan, SpeechJob, SpeechStream, SynthesisError, SynthesisSettings};

/// The longest that an engine speaks to nobody: far more than a word. One that samples may go on
/// and on, and others wait for its place.
const MAX_WARM_UP_AUDIO: Duration = Duration::from_secs(2);

/// The machine's voice: engines, a queue before them, and the way from text to sound.
/// Cheap to clone; all clones share one queue.
#[derive(Clone)]
pub struct Synthesis {
    engines: Engines,
    settings: Arc<SynthesisSettings>,
    queue: Arc<Queue>,
    client: ClientKey,
}

impl Synthesis {
    /// A voice made of these engines, the most preferred first.
    pub fn new(engines: Engines, settings: SynthesisSettings) -> Self {
        let queue = Queue::new(settings.max_running(), settings.waiting);
        Self {
            engines,
            settings: Arc::new(settings),
            queue: Arc::new(queue),
            client: ClientKey::default(),
        }
    }

    /// The same, its places and turns counted for this client.
    #[must_use]
    pub fn for_client(&self, client: ClientKey) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Finds voice and language for a job, and cuts its text. Cheap for a text of some pages;
    /// the first call may open engines (some 10 ms): see [`Synthesis::warm`].
    ///
    /// # Errors
    /// `Invalid` for a text with nothing to say or a name that nobody knows, `Unsupported` for
    /// what the voice or engine cannot do, `Unavailable` where the engine is not installed.
    pub fn plan(&self, job: SpeechJob) -> Result<Plan, SynthesisError> {
        Plan::new(job, &self.resolver(), &self.settings)
    }

    /// Takes a place in the queue for this handle's client, at once or not at all.
    ///
    /// # Errors
    /// [`Full`] with the time that the work ahead will take.
    pub fn admit(&self) -> Result<Permit, Full> {
        self.queue.admit(&self.client)
    }

    /// Begins to speak. Must be called within a tokio runtime; the engine works on its blocking
    /// threads. Speech is made ahead of the listener, so far as the settings allow.
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

    /// All voices that can speak now, engines in their order.
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

    /// Opens every engine and lets it say a word to nobody, so that the first request is as fast
    /// as the next. Blocking. Engines that cannot run are passed over.
    pub fn warm(&self) {
        for engine in self.engines.synthesizers() {
            // The other kinds need something to be made of.
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
            let mut nobody = |clip: Clip| {
                produced += clip.duration();
                match produced < MAX_WARM_UP_AUDIO {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            };
            match engine.speak(&request, &Cancel::new(), &mut nobody) {
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
        }
    }
}
