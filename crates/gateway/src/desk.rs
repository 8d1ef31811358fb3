//! Where sessions are interpreted: in this process, or by stages on the other side of a bus.
//! Whoever holds a connection sees no difference.

use mynah_admission::ClientKey;
use mynah_audio::Clip;
use mynah_bus::event::ClientOptions;
use mynah_bus::identity::SessionId;
use mynah_speech_translation::{Interpreter, Route, SessionInput, SessionOptions};
use tokio::time::Instant;

use crate::bus::{BusDesk, BusEar};
use crate::fault::{End, Fault};
use crate::silence::Silence;
use crate::told::{Leg, LocalLeg};

/// Where sessions are interpreted. Cheap to clone.
#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each connection at most"
)]
pub enum Desk {
    /// In this process.
    Local(Interpreter),
    /// By stages that read from a bus and write to it.
    Bus(BusDesk),
}

impl From<Interpreter> for Desk {
    fn from(interpreter: Interpreter) -> Self {
        Self::Local(interpreter)
    }
}

impl From<BusDesk> for Desk {
    fn from(desk: BusDesk) -> Self {
        Self::Bus(desk)
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

/// Where a session's sound goes in. Dropping it without [`Ear::close`] aborts the session.
pub(crate) enum Ear {
    Local(SessionInput),
    Bus(Box<BusEar>),
}

impl Desk {
    /// The bus, where there is one.
    pub(crate) const fn bus(&self) -> Option<&BusDesk> {
        match self {
            Self::Local(_) => None,
            Self::Bus(desk) => Some(desk),
        }
    }

    /// The same, where its work in this process counts for this party. Over a bus the stages share
    /// their turns between sessions.
    pub(crate) fn for_client(&self, party: ClientKey) -> Self {
        match self {
            Self::Local(interpreter) => Self::Local(interpreter.for_client(party)),
            Self::Bus(desk) => Self::Bus(desk.clone()),
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
            Self::Bus(desk) => desk.wishes(session, options).await.map(Plan::Bus),
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
    ) -> Result<(Ear, Leg), End> {
        match (self, plan) {
            (Self::Local(interpreter), Plan::Local(route)) => {
                let (input, events) = interpreter.session_on(options, route);
                let leg = LocalLeg {
                    events,
                    offset_ms: heard_ms,
                    target: route.target().clone(),
                };
                Ok((Ear::Local(input), Leg::Local(leg)))
            }
            (Self::Bus(desk), Plan::Bus(wishes)) => {
                let (ear, leg) =
                    desk.listen(session.clone(), rate, wishes.clone(), options.preview)?;
                Ok((Ear::Bus(Box::new(ear)), Leg::Bus(Box::new(leg))))
            }
            // A plan belongs to the desk that made it.
            _ => Err(End::internal()),
        }
    }
}

impl Ear {
    /// Takes the next sound. Waits while there is enough to do.
    ///
    /// # Errors
    /// The session is over.
    pub(crate) async fn hear(&mut self, clip: Clip) -> Result<(), End> {
        match self {
            // The pump reads its events as long as the connection lives.
            Self::Local(input) => input.push(clip).await.map_err(|_| End::internal()),
            Self::Bus(ear) => ear.hear(&clip).await,
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
            Self::Bus(ear) => {
                ear.insert(silence);
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
            Self::Bus(ear) => ear.set_rate(rate),
        }
    }

    /// Ends the sound. What was heard is interpreted to its end.
    pub(crate) fn close(self) {
        match self {
            Self::Local(input) => input.close(),
            Self::Bus(ear) => ear.close(),
        }
    }

    /// Goes on under another plan, where it can.
    pub(crate) fn retuned(self, plan: &Plan, preview: bool) -> Option<Self> {
        match (self, plan) {
            (Self::Bus(mut ear), Plan::Bus(wishes)) => {
                ear.retune(wishes.clone(), preview);
                Some(Self::Bus(ear))
            }
            (ear, _) => {
                ear.close();
                None
            }
        }
    }

    /// When it is to be told that the client is still there.
    pub(crate) fn alive_at(&self) -> Option<Instant> {
        match self {
            Self::Local(_) => None,
            Self::Bus(ear) => Some(ear.alive_at()),
        }
    }

    /// Says that the client is still there.
    pub(crate) fn alive(&mut self) {
        if let Self::Bus(ear) = self {
            ear.alive();
        }
    }
}
