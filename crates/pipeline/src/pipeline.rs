//! All stages of a process.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use mynah_bus::avro::Codec;
use mynah_bus::claim::Store;
use mynah_bus::identity;
use mynah_bus::{Bus, BusError};
use mynah_settings::InvalidSettings;
use mynah_speech::voice_activity::SegmenterSettings;
use mynah_speech::{Engines, Language, LanguageChoice};
use mynah_speech_translation::Interpreter;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::detect::Detect;
use crate::preview::Previews;
use crate::runner::{self, StageContext};
use crate::settings::PipelineSettings;
use crate::stage::Stage;
use crate::stages::{Recognize, ReferenceCache, Synthesize, Translate};

/// Runs any of the stages. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    bus: Arc<dyn Bus>,
    codec: Codec,
    store: Store,
    engines: Engines,
    interpreter: Interpreter,
    segmenter: SegmenterSettings,
    settings: PipelineSettings,
    source: Language,
    target: Language,
}

/// The parts of a pipeline.
pub struct PipelineParts {
    /// Carries the events.
    pub bus: Arc<dyn Bus>,
    /// Encodes and decodes them.
    pub codec: Codec,
    /// Stores audio that is too large for them.
    pub store: Store,
    /// The engines.
    pub engines: Engines,
    /// The work of the stages.
    pub interpreter: Interpreter,
    /// The source language of sessions that do not name one.
    pub source: Language,
    /// The target language of sessions that do not name one.
    pub target: Language,
}

impl Pipeline {
    /// A pipeline of these parts.
    ///
    /// # Errors
    /// Settings out of their ranges.
    pub fn new(parts: PipelineParts, settings: PipelineSettings) -> Result<Self, InvalidSettings> {
        mynah_settings::check(&settings)?;
        Ok(Self {
            bus: parts.bus,
            codec: parts.codec,
            store: parts.store,
            engines: parts.engines,
            segmenter: parts.interpreter.settings().segmenter.clone(),
            interpreter: parts.interpreter,
            settings,
            source: parts.source,
            target: parts.target,
        })
    }

    /// Runs the engines of these stages once, so that the first segment takes no longer than the
    /// next.
    ///
    /// # Errors
    /// The stage, and the error of its engine.
    pub async fn warm(&self, stages: &[identity::Stage]) -> Result<(), String> {
        for stage in stages {
            let warm = match stage {
                identity::Stage::Ingress => Ok(()),
                identity::Stage::Detect => self.detect().warm().await,
                identity::Stage::Recognize => self.recognize().warm().await,
                identity::Stage::Translate => self.translate().warm().await,
                identity::Stage::Synthesize => self.synthesize().warm().await,
            };
            warm.map_err(|error| format!("{}: {error}", stage.as_str()))?;
        }
        Ok(())
    }

    /// Runs these stages until `shutdown`, then finishes the records in work and leaves the groups.
    ///
    /// # Errors
    /// The bus failed for good, or a stage failed; the others are stopped as well.
    pub async fn run(
        &self,
        stages: &[identity::Stage],
        shutdown: CancellationToken,
    ) -> Result<(), BusError> {
        let mut running = JoinSet::new();
        let stop = shutdown.child_token();
        for stage in stages {
            let stop = stop.clone();
            match stage {
                identity::Stage::Ingress => {}
                identity::Stage::Detect => {
                    running.spawn(runner::run(self.context(self.detect()), stop));
                }
                identity::Stage::Recognize => {
                    running.spawn(runner::run(self.context(self.recognize()), stop.clone()));
                    let previews = Previews {
                        bus: Arc::clone(&self.bus),
                        codec: self.codec.clone(),
                        interpreter: self.interpreter.clone(),
                        source: LanguageChoice::Is(self.source.clone()),
                    };
                    running.spawn(previews.run(stop));
                }
                identity::Stage::Translate => {
                    running.spawn(runner::run(self.context(self.translate()), stop));
                }
                identity::Stage::Synthesize => {
                    running.spawn(runner::run(self.context(self.synthesize()), stop));
                }
            }
        }
        let mut end = Ok(());
        while let Some(ended) = running.join_next().await {
            let ended = ended.unwrap_or_else(|_| {
                Err(BusError::Refused(
                    "a stage failed; the log has the reason".into(),
                ))
            });
            // The first stage that ends ends all: an orchestrator replaces the whole process.
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
            store: self.store.clone(),
            slots: Arc::new(Semaphore::new(self.settings.concurrent)),
            decoding: Arc::new(Semaphore::new(1)),
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

    fn synthesize(&self) -> Synthesize {
        Synthesize {
            interpreter: self.interpreter.clone(),
            target: self.target.clone(),
            snippet: self.settings.text_snippet,
            references: ReferenceCache::default(),
        }
    }
}
