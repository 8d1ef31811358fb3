//! The stages as one long-running thing.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use mynah_bus::avro::Codec;
use mynah_bus::claim::Store;
use mynah_bus::identity::Stage as Which;
use mynah_bus::{Bus, BusError};
use mynah_speech::voice_activity::SegmenterSettings;
use mynah_speech::{Engines, Language, LanguageChoice};
use mynah_speech_translation::Interpreter;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::audio_store::AudioStore;
use crate::detect::Detect;
use crate::preview::Previews;
use crate::runner::{self, StageContext};
use crate::settings::{InvalidPipelineSettings, PipelineSettings};
use crate::stage::Stage;
use crate::stages::{Recognize, ReferenceCache, Synthesize, Translate};

/// What stages are made of. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    bus: Arc<dyn Bus>,
    codec: Codec,
    audio_store: AudioStore,
    engines: Engines,
    interpreter: Interpreter,
    segmenter: SegmenterSettings,
    settings: PipelineSettings,
    source: Language,
    target: Language,
}

/// What it takes to make one.
pub struct PipelineParts {
    /// Carries the events.
    pub bus: Arc<dyn Bus>,
    /// Writes and reads them.
    pub codec: Codec,
    /// Keeps sound that is too large for them.
    pub store: Store,
    /// The engines.
    pub engines: Engines,
    /// The stages' work.
    pub interpreter: Interpreter,
    /// What is spoken where a session does not say.
    pub source: Language,
    /// Into which language where a session does not say.
    pub target: Language,
}

impl Pipeline {
    /// A pipeline of these parts.
    ///
    /// # Errors
    /// Settings out of their ranges.
    pub fn new(
        parts: PipelineParts,
        settings: PipelineSettings,
    ) -> Result<Self, InvalidPipelineSettings> {
        settings.validate()?;
        Ok(Self {
            bus: parts.bus,
            codec: parts.codec,
            audio_store: AudioStore(parts.store),
            engines: parts.engines,
            segmenter: parts.interpreter.settings().segmenter.clone(),
            interpreter: parts.interpreter,
            settings,
            source: parts.source,
            target: parts.target,
        })
    }

    /// Lets the engines of these stages work once, so that the first sentence is as fast as the
    /// next.
    ///
    /// # Errors
    /// The stage and what its engine says.
    pub async fn warm(&self, stages: &[Which]) -> Result<(), String> {
        for stage in stages {
            let warm = match stage {
                Which::Ingress => Ok(()),
                Which::Detect => self.detect().warm().await,
                Which::Recognize => self.recognize().warm().await,
                Which::Translate => self.translate().warm().await,
                Which::Synthesize => self.speak().warm().await,
            };
            warm.map_err(|error| format!("{}: {error}", stage.as_str()))?;
        }
        Ok(())
    }

    /// Runs these stages until `shutdown`, then finishes what was begun and leaves the groups.
    ///
    /// # Errors
    /// The bus failed for good, or work broke; the others are stopped as well.
    pub async fn run(&self, stages: &[Which], shutdown: CancellationToken) -> Result<(), BusError> {
        let mut running = JoinSet::new();
        let stop = shutdown.child_token();
        for stage in stages {
            let stop = stop.clone();
            match stage {
                Which::Ingress => {}
                Which::Detect => {
                    running.spawn(runner::run(self.context(self.detect()), stop));
                }
                Which::Recognize => {
                    running.spawn(runner::run(self.context(self.recognize()), stop.clone()));
                    let previews = Previews {
                        bus: Arc::clone(&self.bus),
                        codec: self.codec.clone(),
                        interpreter: self.interpreter.clone(),
                        source: LanguageChoice::Is(self.source.clone()),
                    };
                    running.spawn(previews.run(stop));
                }
                Which::Translate => {
                    running.spawn(runner::run(self.context(self.translate()), stop));
                }
                Which::Synthesize => {
                    running.spawn(runner::run(self.context(self.speak()), stop));
                }
            }
        }
        let mut end = Ok(());
        while let Some(ended) = running.join_next().await {
            let ended = ended.unwrap_or_else(|_| {
                Err(BusError::Refused(
                    "a stage broke; the log says where".into(),
                ))
            });
            // Whatever ends first ends all: a process that does half of its work helps nobody.
            stop.cancel();
            if end.is_ok() {
                end = ended;
            }
        }
        end
    }

    fn context<S: Stage>(&self, stage: S) -> Arc<StageContext<S>> {
        Arc::new(StageContext {
            stage,
            bus: Arc::clone(&self.bus),
            codec: self.codec.clone(),
            audio_store: self.audio_store.clone(),
            places: Arc::new(Semaphore::new(self.settings.concurrent)),
            settings: self.settings.clone(),
            fault_ms: AtomicI64::new(0),
        })
    }

    fn detect(&self) -> Detect {
        Detect::new(self.engines.clone(), self.segmenter.clone())
    }

    fn recognize(&self) -> Recognize {
        Recognize {
            interpreter: self.interpreter.clone(),
            source: LanguageChoice::Is(self.source.clone()),
        }
    }

    fn translate(&self) -> Translate {
        Translate {
            interpreter: self.interpreter.clone(),
            source: self.source.clone(),
            target: self.target.clone(),
        }
    }

    fn speak(&self) -> Synthesize {
        Synthesize {
            interpreter: self.interpreter.clone(),
            target: self.target.clone(),
            snippet: self.settings.text_snippet,
            voices: ReferenceCache::default(),
        }
    }
}
