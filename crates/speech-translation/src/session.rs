//! A conversation's one direction: sound in, events out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::{Clip, SampleRate};
use mynah_speech::{Cancel, Language, LanguageChoice, Reference};
use mynah_synthesis::{Delivery, VoiceChoice};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::detect::Detect;
use crate::event::{OfSegment, SessionEvent, SpokenPart};
use crate::listen::Listener;
use crate::metrics::{self, OpenSession};
use crate::preview::Previewer;
use crate::recognize::Recognize;
use crate::runner::start;
use crate::stage::Flow;
use crate::tap::tap;
use crate::{InterpretError, Interpreter, Route};

/// The longest piece of sound that is looked at in one go. Bounds how long a thread is taken.
const PIECE: Duration = Duration::from_millis(200);

/// Silence that is inserted together. Each piece has a time of arrival of its own.
const SILENCE_PIECE: Duration = Duration::from_millis(50);

/// The rate of silence that is inserted.
const SILENCE_RATE: SampleRate = SampleRate::HZ_16000;

/// Events that wait for a reader before the work waits for them.
const WAITING_EVENTS: usize = 64;

/// What a session is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionOptions {
    /// What is spoken. `Auto` is found out segment by segment, where a recognizer does that; else
    /// it is the first language of the best one.
    pub source: LanguageChoice,
    /// Into which language. The same language means that the words are spoken again.
    pub target: Language,
    /// In which voice.
    pub voice: VoiceChoice,
    /// The recording whose voice it is, for a cloned voice and for no other.
    pub reference: Option<Arc<Reference>>,
    /// Whether somebody listens while it is spoken.
    pub delivery: Delivery,
    /// Whether somebody watches the words as they come.
    pub preview: bool,
    /// Whether the translation is spoken; otherwise it is text only.
    pub speak: bool,
}

impl SessionOptions {
    /// From a language into another, in the best voice, spoken, without previews.
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

/// Where a session's sound goes in. Dropping it without [`SessionInput::close`] aborts the
/// session: engines stop, and its events end without [`SessionEvent::Ended`].
#[must_use = "dropping it aborts the session"]
pub struct SessionInput {
    // Dropped before the channel, so that a drop is not taken for the end of the sound.
    abort: Option<DropGuard>,
    pieces: mpsc::Sender<(Clip, Instant)>,
}

/// The session is over: its events are not read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is over")]
pub struct SessionClosed;

impl SessionInput {
    /// Takes the next sound, at any rate. Waits while there is enough to do. Cancelled while it
    /// waits, it has taken a part.
    ///
    /// # Errors
    /// [`SessionClosed`] once the receiver of the events is dropped.
    pub async fn push(&mut self, clip: Clip) -> Result<(), SessionClosed> {
        self.push_arrived(&clip, Instant::now()).await
    }

    /// Takes silence in place of sound that did not arrive, and that would have begun then.
    /// Otherwise as [`SessionInput::push`].
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
        for piece in clip.samples.chunks(clip.rate.samples_in(PIECE).max(1)) {
            let piece = Clip::new(clip.rate, piece.to_vec());
            self.pieces
                .send((piece, arrived))
                .await
                .map_err(|_| SessionClosed)?;
        }
        Ok(())
    }

    /// Ends the sound. What was heard is interpreted to its end, then [`SessionEvent::Ended`]
    /// comes.
    pub fn close(mut self) {
        if let Some(abort) = self.abort.take() {
            abort.disarm();
        }
    }
}

/// What a session tells. Dropping it aborts the session.
#[must_use = "dropping it aborts the session"]
pub struct SessionEvents {
    events: mpsc::Receiver<SessionEvent>,
    /// Segments before this one are past previews.
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
                // Late: what was really said is known by now.
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

    /// Begins a session on a route that [`Interpreter::route`] found for these options.
    pub fn session_on(
        &self,
        options: &SessionOptions,
        route: &Route,
    ) -> (SessionInput, SessionEvents) {
        let cancel = Cancel::new();
        let width = self.width();
        let (events, for_reader) = mpsc::channel(WAITING_EVENTS);
        let pieces = self.settings.buffer_seconds as usize * 1_000 / PIECE.as_millis() as usize;
        let (to_detect, pieces) = mpsc::channel(pieces);
        let (to_recognize, segments) = mpsc::channel(width.queued);

        let detect = self.detector(options.preview);
        let previewer = options.preview.then(|| Previewer {
            engine: route.recognizer.clone(),
            language: route.source().clone(),
            rate: detect.rate(),
            places: self.previews.clone(),
            interval_ms: self.settings.preview_ms,
            events: events.clone(),
            cancel: cancel.clone(),
        });
        let (listener, heard) =
            Listener::new(detect, previewer, to_recognize, Some(events.clone()));
        tokio::spawn(
            cancel
                .clone()
                .run_until_cancelled_owned(listener.run(pieces)),
        );

        let recognized = start(self.recognizing(route), segments, width, &cancel);
        let recognized = tap(recognized, events.clone(), &cancel, |text| {
            SessionEvent::Recognized {
                segment: text.header.segment,
                start_ms: text.header.start_ms,
                end_ms: text.header.end_ms,
                transcript: text.transcript.clone(),
                language: text.language.clone(),
            }
        });
        let translating = self.translating(route.target());
        let translated = start(translating, recognized, width, &cancel);
        let translated = tap(translated, events.clone(), &cancel, |text| {
            SessionEvent::Translated {
                segment: text.header.segment,
                end_ms: text.header.end_ms,
                text: text.translation.clone(),
            }
        });
        let spoken = start(self.speaking(options, route), translated, width, &cancel);

        let open = OpenSession::new();
        let aborted = cancel.clone();
        let finish = async move {
            let _open = open;
            let finished = tell(spoken, &events).await;
            let heard = heard.await;
            // An abort closes the channel of the sound as well, which alone looks like its end.
            if let Ok(segments) = heard
                && !aborted.is_cancelled()
            {
                let empty = segments - finished.min(segments);
                (0..empty).for_each(|_| metrics::segment("empty"));
                // Nobody there to hear of it: the reader left.
                let _ = events.send(SessionEvent::Ended { segments, empty }).await;
            }
        };
        tokio::spawn(cancel.clone().run_until_cancelled_owned(finish));

        let abort = Some(cancel.clone().drop_guard());
        (
            SessionInput {
                abort,
                pieces: to_detect,
            },
            SessionEvents {
                events: for_reader,
                settled: 0,
                _abort: cancel.drop_guard(),
            },
        )
    }

    /// Begins a session that is only watched: it tells of segments that open and what is heard in
    /// them so far, and interprets nothing.
    ///
    /// # Errors
    /// Those of [`Interpreter::route`] that are about listening.
    pub async fn preview_only(
        &self,
        source: LanguageChoice,
    ) -> Result<(SessionInput, SessionEvents), InterpretError> {
        let (engine, language) = self.recognizer(source).await?;
        let cancel = Cancel::new();
        let (events, for_reader) = mpsc::channel(WAITING_EVENTS);
        let pieces = self.settings.buffer_seconds as usize * 1_000 / PIECE.as_millis() as usize;
        let (to_detect, pieces) = mpsc::channel(pieces);
        let (to_nobody, mut segments) = mpsc::channel(1);
        let detect = self.detector(true);
        let previewer = Previewer {
            engine,
            language,
            rate: detect.rate(),
            places: self.previews.clone(),
            interval_ms: self.settings.preview_ms,
            events: events.clone(),
            cancel: cancel.clone(),
        };
        let (listener, _) = Listener::new(detect, Some(previewer), to_nobody, Some(events));
        let passed = async move { while segments.recv().await.is_some() {} };
        tokio::spawn(
            cancel
                .clone()
                .run_until_cancelled_owned(listener.run(pieces)),
        );
        tokio::spawn(cancel.clone().run_until_cancelled_owned(passed));
        let abort = Some(cancel.clone().drop_guard());
        Ok((
            SessionInput {
                abort,
                pieces: to_detect,
            },
            SessionEvents {
                events: for_reader,
                settled: 0,
                _abort: cancel.drop_guard(),
            },
        ))
    }

    pub(crate) fn detector(&self, preview: bool) -> Detect {
        Detect::new(self.engines.scorer(), &self.settings.segmenter, preview)
            .expect("an interpreter is made of settings that were checked")
    }

    fn recognizing(&self, route: &Route) -> Recognize {
        Recognize {
            engine: route.recognizer.clone(),
            engines: self.engines.clone(),
            min_confidence: self.settings.min_confidence,
            language: route.source().clone(),
            turns: self.turns.clone(),
            held: self.held.clone(),
            party: self.party.clone(),
            limit: self.settings.recognize_limit(),
        }
    }
}

/// Tells what the last stage made. Returns how many segments ended with `Done` or `Failed`.
async fn tell(
    mut spoken: mpsc::Receiver<Flow<SpokenPart>>,
    events: &mpsc::Sender<SessionEvent>,
) -> u64 {
    let mut finished = 0;
    while let Some(flow) = spoken.recv().await {
        let event = match flow {
            Flow::Event(SpokenPart::Speech { header, clip }) => SessionEvent::Speech {
                segment: header.segment,
                end_ms: header.end_ms,
                clip,
            },
            Flow::Event(SpokenPart::End(text)) => {
                finished += 1;
                metrics::segment("done");
                let header = *text.header();
                SessionEvent::Done {
                    segment: header.segment,
                    start_ms: header.start_ms,
                    end_ms: header.end_ms,
                    source: text.source,
                    source_language: text.source_language,
                    translation: text.translation,
                    timings: header.timings,
                }
            }
            Flow::Failed(failure) => {
                finished += 1;
                let code = failure.error.code(failure.stage);
                metrics::segment(code.as_str());
                SessionEvent::Failed {
                    segment: failure.header.segment,
                    start_ms: failure.header.start_ms,
                    end_ms: failure.header.end_ms,
                    code,
                    message: failure.error.to_string(),
                }
            }
        };
        if events.send(event).await.is_err() {
            return finished;
        }
    }
    finished
}
