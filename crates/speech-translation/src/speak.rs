//! The last stage: a text to speech.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::text::Markup;
use mynah_speech::{Cancel, EngineId, Language, LanguageChoice, Reference, SpeechError};
use mynah_synthesis::{Delivery, Permit, Plan, SpeechJob, SpeechStream, Synthesis, VoiceChoice};
use tokio::task::spawn_blocking;

use crate::event::{SegmentHeader, SpokenPart, TranslatedText};
use crate::failure::StageError;
use crate::metrics;
use crate::stage::{Outlet, Stage, StageName};

/// The longest clip that is handed on. A listener can be told where the sound is that often.
const CLIP: Duration = Duration::from_millis(500);

/// Speaks each translation.
#[derive(Clone)]
pub(crate) struct Speak {
    /// None where only text is wanted.
    pub(crate) synthesis: Option<Synthesis>,
    pub(crate) voice: VoiceChoice,
    pub(crate) reference: Option<Arc<Reference>>,
    pub(crate) delivery: Delivery,
    /// Makes engines that sample say the same again.
    pub(crate) seed: Option<u64>,
    pub(crate) language: Language,
    /// How long to wait for a place in the queue.
    pub(crate) wait: Duration,
    /// The longest speech of one segment.
    pub(crate) longest: Duration,
}

impl Stage for Speak {
    type In = TranslatedText;
    type Out = SpokenPart;
    const NAME: StageName = StageName::Speak;

    async fn run(
        &self,
        event: TranslatedText,
        out: &Outlet<SpokenPart>,
        _cancel: &Cancel,
    ) -> Result<(), StageError> {
        let mut text = event;
        // "…" is a translation, but nothing that can be said.
        let sayable = text.translation.chars().any(char::is_alphanumeric);
        if let Some(synthesis) = self.synthesis.as_ref().filter(|_| sayable) {
            let plan = self
                .plan(synthesis.clone(), text.translation.clone())
                .await?;
            let engine = plan.engine();
            let asked = Instant::now();
            let permit = self.admit(synthesis, engine).await?;
            text.header.timings.queue += asked.elapsed();
            let stream = synthesis.speak(plan, permit);
            self.hand_on(stream, engine, &mut text.header, out).await?;
        }
        text.header.timings.total = text.header.heard_at.elapsed();
        out.send(SpokenPart::End(Box::new(text))).await
    }
}

impl Speak {
    /// Finding a voice may open engines, so it is done where blocking is allowed.
    pub(crate) async fn plan(
        &self,
        synthesis: Synthesis,
        text: String,
    ) -> Result<Plan, StageError> {
        let job = SpeechJob {
            voice: self.voice.clone(),
            reference: self.reference.clone(),
            delivery: self.delivery,
            seed: self.seed,
            language: LanguageChoice::Is(self.language.clone()),
            markup: Markup::Text,
            ..SpeechJob::new(text)
        };
        match spawn_blocking(move || synthesis.plan(job)).await {
            Ok(plan) => Ok(plan?),
            Err(_) => {
                let reason = "it broke while its voices were listed".into();
                Err(SpeechError::Failed {
                    engine: EngineId::new("synthesis"),
                    reason,
                }
                .into())
            }
        }
    }

    /// Waits for a place in the queue: late speech is better than none.
    async fn admit(&self, synthesis: &Synthesis, engine: EngineId) -> Result<Permit, StageError> {
        synthesis.admit_within(self.wait).await.map_err(|_| {
            let reason = format!("no place in its queue within {} s", self.wait.as_secs());
            SpeechError::Busy { engine, reason }.into()
        })
    }

    /// Hands the sound on as it comes. It is taken from the engine without waiting for the
    /// listener, so that one who reads slowly holds no place that others wait for; memory is
    /// bounded by `longest`.
    async fn hand_on(
        &self,
        stream: SpeechStream,
        engine: EngineId,
        header: &mut SegmentHeader,
        out: &Outlet<SpokenPart>,
    ) -> Result<(), StageError> {
        let mut stream = Some(stream);
        let mut waiting = VecDeque::new();
        let mut made = Duration::ZERO;
        while stream.is_some() || !waiting.is_empty() {
            tokio::select! {
                clip = next(&mut stream), if stream.is_some() => match clip {
                    Some(clip) => {
                        let clip = clip?;
                        made += clip.duration();
                        if made > self.longest {
                            let reason = format!("more than {} s for one segment", self.longest.as_secs());
                            return Err(SpeechError::Failed { engine, reason }.into());
                        }
                        if header.timings.first_audio.is_none() {
                            let time = header.heard_at.elapsed();
                            header.timings.first_audio = Some(time);
                            metrics::first_audio(time);
                        }
                        cut(&clip, &mut waiting);
                    }
                    // Gone with it: its place in the queue.
                    None => stream = None,
                },
                place = out.reserve(), if !waiting.is_empty() => {
                    let place = place?;
                    if let Some(clip) = waiting.pop_front() {
                        place.send(SpokenPart::Speech { header: *header, clip });
                    }
                }
            }
        }
        Ok(())
    }
}

async fn next(stream: &mut Option<SpeechStream>) -> Option<Result<Clip, SpeechError>> {
    stream.as_mut()?.next().await
}

fn cut(clip: &Clip, into: &mut VecDeque<Clip>) {
    let pieces = clip.samples.chunks(clip.rate.samples_in(CLIP));
    into.extend(pieces.map(|piece| Clip::new(clip.rate, piece.to_vec())));
}
