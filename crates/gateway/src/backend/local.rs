//! Sessions that are interpreted in this process.

mod history;
mod input;
mod results;
mod resumable;

use std::time::Duration;

use async_trait::async_trait;
use mynah_bus::identity::SessionId;
use mynah_speech_translation::{Interpreter, Route};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{
    AudioInput, OpenedSession, ResumeError, ResumeRequest, ResumedSession, Retention,
    SessionBackend, SessionDescription, SessionObjects, SessionStart,
};
use input::{InputState, LocalInput};
use results::{LocalResults, ResultsState};
use resumable::ResumableSessions;

/// Configurations of a session whose results may wait for those of an earlier one.
const MAX_WAITING_STREAMS: usize = 4;

/// How long the earlier connection of a resumed session gets to let go of it.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(10);

/// Interprets in this process.
pub(super) struct LocalBackend {
    interpreter: Interpreter,
    sessions: ResumableSessions,
}

impl LocalBackend {
    pub(super) fn new(interpreter: Interpreter) -> Self {
        Self {
            interpreter,
            sessions: ResumableSessions::default(),
        }
    }
}

#[async_trait]
impl SessionBackend for LocalBackend {
    fn open(&self, start: SessionStart) -> OpenedSession {
        let retention = start.retention.filter(|own| self.is_resumable(own));
        let client = start.client.clone();
        let resumable = retention.map(|own| self.sessions.insert(start, own));
        let (streams, for_results) = mpsc::channel(MAX_WAITING_STREAMS);
        let (acknowledged, for_client) = watch::channel(0);
        let input = InputState::new(self.interpreter.for_client(client), streams, acknowledged);
        let max_bytes = retention.map(|own| own.max_bytes);
        let results = ResultsState::new(for_results, for_client, max_bytes);
        let superseded = resumable
            .as_ref()
            .map_or_else(Default::default, |own| own.superseded());
        OpenedSession {
            input: Box::new(LocalInput::new(input, resumable.clone())),
            results: Box::new(LocalResults::new(results, resumable, superseded)),
        }
    }

    fn is_resumable(&self, retention: &Retention) -> bool {
        !retention.duration.is_zero()
    }

    async fn resume(&self, request: ResumeRequest) -> Result<ResumedSession, ResumeError> {
        let resumable = self.sessions.get(&request.session);
        let resumable = resumable.ok_or(ResumeError::Unknown)?;
        let attached = timeout(TAKEOVER_TIMEOUT, resumable.attach()).await;
        let attached = attached.map_err(|_| ResumeError::Unavailable)?;
        let attached = attached.ok_or(ResumeError::Unknown)?;
        let (mut input, mut results) = (attached.input, attached.results);
        results.replay(&request.last_seq);
        input.set_rate(request.rate);
        let through_sample = input.through_sample();
        results.acknowledged_through(through_sample);
        let is_closed = input.is_closed();
        let mut input = LocalInput::new(input, Some(resumable.clone()));
        let results = LocalResults::new(results, Some(resumable), attached.superseded);
        let configured = input.configuration();
        let (options, description) = match configured {
            Some(configured) => configured,
            None => match input.configure(&request.options).await {
                Ok(description) => (request.options, description),
                // No engine can do it: the first audio gets the error.
                Err(_) => (request.options, SessionDescription::default()),
            },
        };
        Ok(ResumedSession {
            // What is closed is kept for the next connection as it is.
            input: (!is_closed).then(|| Box::new(input) as Box<dyn AudioInput>),
            results: Box::new(results),
            options,
            description,
            through_sample,
        })
    }

    fn discard(&self, session: &SessionId) {
        self.sessions.remove(session);
    }

    fn objects(&self) -> Option<SessionObjects<'_>> {
        None
    }
}

fn describe(route: &Route) -> SessionDescription {
    SessionDescription {
        source: Some(route.source().to_string()),
        voice: route.voice().map(|voice| voice.id.to_string()),
    }
}
