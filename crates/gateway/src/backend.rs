//! Where sessions are interpreted: in this process, or by stages on the other side of a bus.
//! Whoever holds a connection sees no difference.

use mynah_admission::ClientKey;
use mynah_audio::Clip;
use mynah_bus::event::ClientOptions;
use mynah_bus::identity::SessionId;
use mynah_speech_translation::{Interpreter, Route, SessionInput, SessionOptions};
use tokio::time::Instant;

use crate::bus::{BusBackend, BusInput};
use crate::fault::{End, Fault};
use crate::session_event::{LocalResults, ResultStream};
use crate::silence::Silence;

/// Where sessions are interpreted. Cheap to clone.
#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each connection at most"
)]
pub enum SessionBackend {
    /// In this process.
    Local(Interpreter),
    /// By stages that read from a bus and write to it.
    Bus(BusBackend),
}

impl From<Interpreter> for SessionBackend {
    fn from(interpreter: Interpreter) -> Self {
        Self::Local(interpreter)
    }
}

impl From<BusBackend> for SessionBackend {
    fn from(backend: BusBackend) -> Self {
        Self::Bus(backend)
    }
}

/// How a configuration is carried out.
#[derive(Clone)]
pub(crate) enum Plan {
    /// By these engines.
    Local(Route),
    /// By whatever stages there are: this is what they are told.
    Bus(ClientOptions),
}

/// Where a session's sound goes in. Dropping it without [`AudioInput::close`] aborts the session.
pub(crate) enum AudioInput {
    Local(SessionInput),
    Bus(Box<BusInput>),
}

impl SessionBackend {
    /// The bus, where there is one.
    pub(crate) const fn bus(&self) -> Option<&BusBackend> {
        match self {
            Self::Local(_) => None,
            Self::Bus(backend) => Some(backend),
        }
    }

    /// The same, where its work in this process counts for this party. Over a bus the stages share
    /// their turns between sessions.
    pub(crate) fn for_client(&self, party: ClientKey) -> Self {
        match self {
            Self::Local(interpreter) => Self::Local(interpreter.for_client(party)),
            Self::Bus(backend) => Self::Bus(backend.clone()),
        }
    }

    /// Finds out how a session with these options is interpreted.
    ///
    /// # Errors
    /// The client's or an engine's fault: nobody here can do it. Over a bus only a recording can
    /// be at fault; what the stages can't do fails segment by segment.
    pub(crate) async fn plan(
        &self,
        session: &SessionId,
        options: &SessionOptions,
    ) -> Result<Plan, Fault> {
        match self {
            Self::Local(interpreter) => match interpreter.route(options).await {
                Ok(route) => Ok(Plan::Local(route)),
                Err(error) => Err(Fault::of_engine(&error)),
            },
            Self::Bus(backend) => backend.wishes(session, options).await.map(Plan::Bus),
        }
    }

    /// Begins to listen. `heard_ms` is the sound of the session before.
    ///
    /// # Errors
    /// A defect here.
    pub(crate) fn listen(
        &self,
        session: &SessionId,
        options: &SessionOptions,
        plan: &Plan,
        heard_ms: u64,
        rate: mynah_audio::SampleRate,
    ) -> Result<(AudioInput, ResultStream), End> {
        match (self, plan) {
            (Self::Local(interpreter), Plan::Local(route)) => {
                let (input, events) = interpreter.session_on(options, route);
                let results = LocalResults {
                    events,
                    offset_ms: heard_ms,
                    target: route.target().clone(),
                };
                Ok((AudioInput::Local(input), ResultStream::Local(results)))
            }
            (Self::Bus(backend), Plan::Bus(wishes)) => {
                let (input, results) =
                    backend.listen(session.clone(), rate, wishes.clone(), options.preview)?;
                Ok((
                    AudioInput::Bus(Box::new(input)),
                    ResultStream::Bus(Box::new(results)),
                ))
            }
            // A plan belongs to the backend that made it.
            _ => Err(End::internal()),
        }
    }
}

impl AudioInput {
    /// Takes the next sound. Waits while there is enough to do.
    ///
    /// # Errors
    /// The session is over.
    pub(crate) async fn push(&mut self, clip: Clip) -> Result<(), End> {
        match self {
            // The event_forwarder reads its events as long as the connection lives.
            Self::Local(input) => input.push(clip).await.map_err(|_| End::internal()),
            Self::Bus(input) => input.push(&clip).await,
        }
    }

    /// Takes silence that stands in for audio which did not arrive.
    ///
    /// # Errors
    /// The session is over.
    pub(crate) async fn insert(&mut self, silence: Silence) -> Result<(), End> {
        match self {
            Self::Local(input) => {
                let since = silence.since.into_std();
                let inserted = input.push_silence(silence.duration, since).await;
                inserted.map_err(|_| End::internal())
            }
            Self::Bus(input) => {
                input.insert(silence);
                Ok(())
            }
        }
    }

    /// What follows comes at another rate.
    ///
    /// # Errors
    /// A defect here: there is no filter for the rate.
    pub(crate) fn set_rate(&mut self, rate: mynah_audio::SampleRate) -> Result<(), End> {
        match self {
            // Each piece of sound names its rate.
            Self::Local(_) => Ok(()),
            Self::Bus(input) => input.set_rate(rate),
        }
    }

    /// Ends the sound. What was heard is interpreted to its end.
    pub(crate) fn close(self) {
        match self {
            Self::Local(input) => input.close(),
            Self::Bus(input) => input.close(),
        }
    }

    /// Goes on under another plan, where it can.
    pub(crate) fn reconfigure(self, plan: &Plan, preview: bool) -> Option<Self> {
        match (self, plan) {
            (Self::Bus(mut input), Plan::Bus(wishes)) => {
                input.reconfigure(wishes.clone(), preview);
                Some(Self::Bus(input))
            }
            (input, _) => {
                input.close();
                None
            }
        }
    }

    /// When it is to be told that the client is still there.
    pub(crate) fn keepalive_at(&self) -> Option<Instant> {
        match self {
            Self::Local(_) => None,
            Self::Bus(input) => Some(input.keepalive_at()),
        }
    }

    /// Says that the client is still there.
    pub(crate) fn send_keepalive(&mut self) {
        if let Self::Bus(input) = self {
            input.send_keepalive();
        }
    }
}
