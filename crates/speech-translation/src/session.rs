//! A live session: audio in, events out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::{Clip, SampleRate};
use mynah_speech::{Language, LanguageChoice, Reference};
use mynah_synthesis::{Delivery, VoiceChoice};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::detect::Detector;
use crate::detector_task::DetectorTask;
use crate::event::{
    RecognizedText, Segment, SegmentEngines, SessionEvent, SynthesizedPart, TranslatedText,
};
use crate::metrics::{self, OpenSession};
use crate::preview::Previewer;
use crate::runner::{Observer, Runner, StageResult};
use crate::synthesize::SpeechOptions;
use crate::{InterpretError, Interpreter, Route, SelectedRecognizer};

/// The maximum audio of one step of the detector. Bounds how long a thread is occupied.
const MAX_PIECE: Duration = Duration::from_millis(200);

/// Silence that is inserted at once. Each piece has its own time of arrival.
const SILENCE_PIECE: Duration = Duration::from_millis(50);

/// The rate of inserted silence.
const SILENCE_RATE: SampleRate = SampleRate::HZ_16000;

/// Events that wait for a reader before the stages wait.
const MAX_QUEUED_EVENTS: usize = 64;

/// The options of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionOptions {
    /// The source language. `Auto` is identified segment by segment where a recognizer does that;
    /// else it is the first language of the best one.
    pub source: LanguageChoice,
    /// The target language. Where it is the source language, the text is spoken as it is.
    pub target: Language,
    /// The voice.
    pub voice: VoiceChoice,
    /// The reference audio of a cloned voice; none for other voices.
    pub reference: Option<Arc<Reference>>,
    /// Whether the speech is played while it is synthesized.
    pub delivery: Delivery,
    /// Whether previews of open segments are made.
    pub preview: bool,
    /// Whether the translation is spoken; otherwise it is text only.
    pub speak: bool,
}

impl SessionOptions {
    /// From one language into another, spoken in the best voice, without previews.
    pub fn new(source: LanguageChoice, target: Language) -> Self {
        Self {
            source,
            target,
            voice: VoiceChoice::Best,
            reference: None,
            delivery: Delivery::Live,
            preview: false,
            speak: true,
        }
    }
}

/// The audio input of a session. Dropping it without [`SessionInput::close`] aborts the session:
/// engines are cancelled, and its events end without [`SessionEvent::Ended`].
#[must_use = "dropping it aborts the session"]
pub struct SessionInput {
    // Dropped before the channel, so that a drop is not taken for the end of the audio.
    abort: Option<DropGuard>,
    pieces: mpsc::Sender<(Clip, Instant)>,
}

/// The session is over: the receiver of its events is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is over")]
pub struct SessionClosed;

impl SessionInput {
    /// Takes the next audio, at any rate. Waits while `buffer_seconds` are queued. Cancelled while
    /// it waits, it has taken a part.
    ///
    /// # Errors
    /// [`SessionClosed`] once the receiver of the events is dropped.
    pub async fn push(&mut self, clip: Clip) -> Result<(), SessionClosed> {
        self.push_arrived(&clip, Instant::now()).await
    }

    /// Takes silence in place of audio that did not arrive and would have begun at `since`.
    /// Otherwise like [`SessionInput::push`].
    ///
    /// # Errors
    /// [`SessionClosed`] once the receiver of the events is dropped.
    pub async fn push_silence(
        &mut self,
        duration: Duration,
        since: Instant,
    ) -> Result<(), SessionClosed> {
        let mut passed = Duration::ZERO;
        while passed < duration {
            let piece = SILENCE_PIECE.min(duration - passed);
            passed += piece;
            let clip = Clip::silence(SILENCE_RATE, piece);
            self.push_arrived(&clip, since + passed).await?;
        }
        Ok(())
    }

    async fn push_arrived(&mut self, clip: &Clip, arrived: Instant) -> Result<(), SessionClosed> {
        for piece in clip.samples.chunks(clip.rate.samples_in(MAX_PIECE).max(1)) {
            let piece = Clip::new(clip.rate, piece.to_vec());
            self.pieces
                .send((piece, arrived))
                .await
                .map_err(|_| SessionClosed)?;
        }
        Ok(())
    }

    /// Ends the audio. What was received is interpreted to its end, then [`SessionEvent::Ended`]
    /// follows.
    pub fn close(mut self) {
        if let Some(abort) = self.abort.take() {
            abort.disarm();
        }
    }
}

/// The events of a session. Dropping it aborts the session.
#[must_use = "dropping it aborts the session"]
pub struct SessionEvents {
    events: mpsc::Receiver<SessionEvent>,
    /// Segments before this one have no more previews.
    settled: u64,
    _abort: DropGuard,
}

impl SessionEvents {
    /// The next event; none after [`SessionEvent::Ended`], or when the session was aborted.
    ///
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<SessionEvent> {
        loop {
            let event = self.events.recv().await?;
            match &event {
                // Late: the final text is already out.
                SessionEvent::Preview { segment, .. } if *segment < self.settled => continue,
                SessionEvent::Recognized { segment, .. } | SessionEvent::Failed { segment, .. } => {
                    self.settled = self.settled.max(segment + 1);
                }
                _ => {}
            }
            return Some(event);
        }
    }
}

impl Interpreter {
    /// Begins a session. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Those of [`Interpreter::route`].
    pub async fn session(
        &self,
        options: SessionOptions,
    ) -> Result<(SessionInput, SessionEvents), InterpretError> {
        let route = self.route(&options).await?;
        Ok(self.session_on(&options, &route))
    }

    /// Begins a session on a route that [`Interpreter::route`] returned for these options.
    pub fn session_on(
        &self,
        options: &SessionOptions,
        route: &Route,
    ) -> (SessionInput, SessionEvents) {
        let runner = self.runner();
        let (events, receiver) = mpsc::channel(MAX_QUEUED_EVENTS);
        let (pieces_in, pieces) = mpsc::channel(self.queued_pieces());
        let (to_recognize, segments) = mpsc::channel(runner.queued);

        let detector = self.detector();
        let previewer = options.preview.then(|| {
            let recognizer = route.recognizer.clone();
            self.previewer(&runner, &detector, recognizer, &events)
        });
        let (task, segment_count) =
            DetectorTask::new(detector, previewer, to_recognize, Some(events.clone()));
        runner.spawn(task.run(pieces));

        let observer = Observer {
            events: events.clone(),
            event: |segment: &Segment<RecognizedText>| SessionEvent::Recognized {
                segment: segment.header.segment,
                start_ms: segment.header.start_ms,
                end_ms: segment.header.end_ms,
                transcript: segment.body.transcript.clone(),
                language: segment.body.language.clone(),
            },
        };
        let recognizer = route.recognizer.clone();
        let recognized = self.start_recognizing(&runner, recognizer, segments, Some(observer));
        let observer = Observer {
            events: events.clone(),
            event: |segment: &Segment<TranslatedText>| SessionEvent::Translated {
                segment: segment.header.segment,
                end_ms: segment.header.end_ms,
                text: segment.body.translation.text.clone(),
            },
        };
        let target = route.target().clone();
        let translated =
            self.start_translating(&runner, target.clone(), recognized, Some(observer));
        let speech = options.speak.then(|| SpeechOptions::from(options));
        let synthesized = self.start_synthesizing(&runner, target, speech, translated);

        let open = OpenSession::new();
        let cancel = runner.cancel.clone();
        runner.spawn(async move {
            let _open = open;
            let finished = report(synthesized, &events).await;
            // An abort closes the audio channel too, which would be the end of the audio otherwise.
            if let Ok(segments) = segment_count.await
                && !cancel.is_cancelled()
            {
                let empty = segments - finished.min(segments);
                (0..empty).for_each(|_| metrics::segment("empty"));
                // The receiver may have been dropped.
                let _ = events.send(SessionEvent::Ended { segments, empty }).await;
            }
        });
        handles(&runner, pieces_in, receiver)
    }

    /// Begins a session with previews only: segments that open and the words in them so far.
    ///
    /// # Errors
    /// Those of [`Interpreter::select_recognizer`].
    pub async fn preview_only(
        &self,
        source: LanguageChoice,
    ) -> Result<(SessionInput, SessionEvents), InterpretError> {
        let recognizer = self.select_recognizer(source).await?;
        let runner = self.runner();
        let (events, receiver) = mpsc::channel(MAX_QUEUED_EVENTS);
        let (pieces_in, pieces) = mpsc::channel(self.queued_pieces());
        let (to_discard, mut segments) = mpsc::channel(1);
        let detector = self.detector();
        let previewer = self.previewer(&runner, &detector, recognizer, &events);
        let (task, _) = DetectorTask::new(detector, Some(previewer), to_discard, Some(events));
        runner.spawn(task.run(pieces));
        runner.spawn(async move { while segments.recv().await.is_some() {} });
        Ok(handles(&runner, pieces_in, receiver))
    }

    pub(crate) fn detector(&self) -> Detector {
        Detector::new(self.engines.scorer(), &self.settings.segmenter)
            .expect("the settings were validated")
    }

    fn previewer(
        &self,
        runner: &Runner,
        detector: &Detector,
        recognizer: SelectedRecognizer,
        events: &mpsc::Sender<SessionEvent>,
    ) -> Previewer {
        Previewer {
            recognizer,
            rate: detector.rate(),
            slots: self.previews.clone(),
            interval_ms: self.settings.preview_ms,
            events: events.clone(),
            cancel: runner.cancel.clone(),
        }
    }

    /// Pieces of audio that wait before the detector.
    fn queued_pieces(&self) -> usize {
        self.settings.buffer_seconds as usize * 1_000 / MAX_PIECE.as_millis() as usize
    }
}

fn handles(
    runner: &Runner,
    pieces: mpsc::Sender<(Clip, Instant)>,
    events: mpsc::Receiver<SessionEvent>,
) -> (SessionInput, SessionEvents) {
    let input = SessionInput {
        abort: Some(runner.cancel.clone().drop_guard()),
        pieces,
    };
    let events = SessionEvents {
        events,
        settled: 0,
        _abort: runner.cancel.clone().drop_guard(),
    };
    (input, events)
}

/// Reports the results of the last stage. Returns the number of segments that ended with `Done` or
/// `Failed`.
async fn report(
    mut synthesized: mpsc::Receiver<StageResult<SynthesizedPart>>,
    events: &mpsc::Sender<SessionEvent>,
) -> u64 {
    let mut finished = 0;
    while let Some(result) = synthesized.recv().await {
        let event = match result {
            Ok(segment) => {
                let header = segment.header;
                match segment.body {
                    SynthesizedPart::Audio(clip) => SessionEvent::Speech {
                        segment: header.segment,
                        end_ms: header.end_ms,
                        clip,
                    },
                    SynthesizedPart::End { translated, voice } => {
                        finished += 1;
                        metrics::segment("done");
                        let TranslatedText {
                            source,
                            source_language,
                            recognizer,
                            translation,
                        } = *translated;
                        SessionEvent::Done {
                            segment: header.segment,
                            start_ms: header.start_ms,
                            end_ms: header.end_ms,
                            source,
                            source_language,
                            translation: translation.text,
                            engines: SegmentEngines {
                                recognizer,
                                translators: translation.translators,
                                via: translation.via,
                                voice,
                            },
                            timings: header.timings,
                        }
                    }
                }
            }
            Err(failed) => {
                finished += 1;
                metrics::segment(failed.error.code.as_str());
                SessionEvent::Failed {
                    segment: failed.header.segment,
                    start_ms: failed.header.start_ms,
                    end_ms: failed.header.end_ms,
                    code: failed.error.code,
                    message: failed.error.message.clone(),
                }
            }
        };
        if events.send(event).await.is_err() {
            return finished;
        }
    }
    finished
}
