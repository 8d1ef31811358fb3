//! Sessions whose stages are on the other side of a bus.

use async_trait::async_trait;
use mynah_audio::{Clip, SampleRate};
use mynah_bus::event::ClientOptions;
use mynah_bus::identity::SessionId;
use mynah_bus_session::{BusInput, BusResults, BusSessions, SessionError, SessionEvent};
use mynah_speech_translation::SessionOptions;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::stage_options::{restore, stage_options};
use super::{
    AudioInput, OpenedSession, ResultStream, ResumeError, ResumeRequest, ResumedSession, Retention,
    SessionBackend, SessionDescription, SessionObjects, SessionStart,
};
use crate::fault::{End, Fault};
use crate::silence::Silence;

/// Interprets over a bus.
pub(super) struct BusBackend(BusSessions);

impl BusBackend {
    pub(super) const fn new(sessions: BusSessions) -> Self {
        Self(sessions)
    }
}

#[async_trait]
impl SessionBackend for BusBackend {
    fn open(&self, start: SessionStart) -> OpenedSession {
        let (to_results, results) = oneshot::channel();
        let input = BusAudioInput {
            sessions: self.0.clone(),
            session: start.session,
            rate: SampleRate::HZ_24000,
            options: None,
            started: None,
            to_results: Some(to_results),
        };
        let results = BusResultStream::Waiting(results);
        OpenedSession {
            input: Box::new(input),
            results: Box::new(results),
        }
    }

    fn is_resumable(&self, _retention: &Retention) -> bool {
        self.0.durable()
    }

    async fn resume(&self, request: ResumeRequest) -> Result<ResumedSession, ResumeError> {
        let ResumeRequest {
            session,
            began_at_ms,
            rate,
            last_seq,
            mut options,
        } = request;
        let limit = self.0.settings().resume_timeout();
        let resuming = self.0.resume(session.clone(), began_at_ms, rate, &last_seq);
        let Ok(Ok(resumed)) = timeout(limit, resuming).await else {
            return Err(ResumeError::Unavailable);
        };
        let store = self.0.object_store();
        let mut input = resumed.input;
        let stage_options = match resumed.options {
            Some(stage_options) => {
                restore(&mut options, &stage_options, store).await;
                options.preview = resumed.preview;
                stage_options
            }
            None => {
                let own = stage_options(&session, &options, store).await;
                let own = own.map_err(|_| ResumeError::Unavailable)?;
                if let Some(input) = &mut input {
                    input.reconfigure(own.clone(), options.preview);
                }
                own
            }
        };
        let description = describe(&stage_options);
        let input = input.map(|input| {
            let input = BusAudioInput {
                sessions: self.0.clone(),
                session,
                rate,
                options: Some((stage_options, options.preview)),
                started: Some(input),
                to_results: None,
            };
            Box::new(input) as Box<dyn AudioInput>
        });
        Ok(ResumedSession {
            input,
            results: Box::new(BusResultStream::Started(Box::new(resumed.results))),
            options,
            description,
            through_sample: resumed.through_sample,
        })
    }

    fn discard(&self, _session: &SessionId) {
        // Its detector aborts it after a while.
    }

    fn objects(&self) -> Option<SessionObjects<'_>> {
        Some(SessionObjects {
            store: self.0.object_store(),
            retention: self.0.retention(),
        })
    }
}

fn describe(options: &ClientOptions) -> SessionDescription {
    SessionDescription {
        source: None,
        voice: options.voice.clone(),
    }
}

struct BusAudioInput {
    sessions: BusSessions,
    session: SessionId,
    rate: SampleRate,
    /// What the stages are to do, and whether previews are wanted.
    options: Option<(ClientOptions, bool)>,
    started: Option<BusInput>,
    to_results: Option<oneshot::Sender<BusResults>>,
}

impl BusAudioInput {
    fn start(&mut self) -> Result<&mut BusInput, End> {
        if self.started.is_none() {
            let (options, preview) = self.options.clone().ok_or_else(End::internal)?;
            let session = self.session.clone();
            let (input, results) = self
                .sessions
                .start(session, self.rate, options, preview)
                .map_err(ended)?;
            self.started = Some(input);
            if let Some(to_results) = self.to_results.take() {
                // The results have no reader where the connection has ended.
                let _ = to_results.send(results);
            }
        }
        self.started.as_mut().ok_or_else(End::internal)
    }
}

#[async_trait]
impl AudioInput for BusAudioInput {
    async fn configure(&mut self, options: &SessionOptions) -> Result<SessionDescription, Fault> {
        let store = self.sessions.object_store();
        let own = stage_options(&self.session, options, store).await?;
        let description = describe(&own);
        if let Some(input) = &mut self.started {
            input.reconfigure(own.clone(), options.preview);
        }
        self.options = Some((own, options.preview));
        Ok(description)
    }

    async fn push(&mut self, clip: Clip) -> Result<(), End> {
        self.start()?.push(&clip).await.map_err(ended)
    }

    async fn push_silence(&mut self, silence: Silence) -> Result<(), End> {
        if let Some(input) = &mut self.started {
            input.insert_silence(silence.since, silence.duration);
        }
        Ok(())
    }

    fn set_rate(&mut self, rate: SampleRate) -> Result<(), End> {
        self.rate = rate;
        match &mut self.started {
            Some(input) => input.set_rate(rate).map_err(ended),
            None => Ok(()),
        }
    }

    fn is_started(&self) -> bool {
        self.started.is_some()
    }

    fn keepalive_at(&self) -> Option<Instant> {
        self.started.as_ref().map(BusInput::keepalive_at)
    }

    fn send_keepalive(&mut self) {
        if let Some(input) = &mut self.started {
            input.send_keepalive();
        }
    }

    fn close(self: Box<Self>) {
        if let Some(input) = self.started {
            input.close();
        }
    }
}

/// Results, once the session has started.
enum BusResultStream {
    Waiting(oneshot::Receiver<BusResults>),
    Started(Box<BusResults>),
}

#[async_trait]
impl ResultStream for BusResultStream {
    async fn next(&mut self) -> Result<Option<SessionEvent>, End> {
        if let Self::Waiting(results) = self {
            // Without audio there are no results.
            let Ok(results) = results.await else {
                return Ok(None);
            };
            *self = Self::Started(Box::new(results));
        }
        match self {
            Self::Started(results) => results.next().await.map_err(ended),
            Self::Waiting(_) => Ok(None),
        }
    }
}

fn ended(error: SessionError) -> End {
    match error {
        SessionError::BusUnavailable => End::bus_unavailable(),
        SessionError::Aborted(code) => End::aborted(&code),
        SessionError::ResultsOverflow => End::results_overflow(),
        SessionError::ResumedElsewhere => End::resumed_elsewhere(),
        SessionError::Internal => End::internal(),
    }
}
