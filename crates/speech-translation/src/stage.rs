//! What a stage is.

use mynah_speech::Cancel;
use tokio::sync::mpsc;

use crate::event::OfSegment;
use crate::failure::{Failure, StageError};

/// The stages that work on one event at a time. The detector, which has a session's state, is
/// before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StageName {
    Recognize,
    Translate,
    Speak,
}

impl StageName {
    /// Its name in logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Recognize => "recognize",
            Self::Translate => "translate",
            Self::Speak => "speak",
        }
    }
}

/// One step of interpreting: an event in, some events out. It has no state of a session, so the
/// same event gives the same events whoever runs it, and wherever.
pub(crate) trait Stage: Send + Sync + 'static {
    /// What it works on.
    type In: OfSegment + Send + 'static;
    /// What it makes.
    type Out: OfSegment + Send + 'static;
    /// Its name.
    const NAME: StageName;

    /// Works on one event. Sends what it makes as soon as it is there; none at all is fine.
    /// Dropping the future stops the work.
    fn run(
        &self,
        event: Self::In,
        out: &Outlet<Self::Out>,
        cancel: &Cancel,
    ) -> impl Future<Output = Result<(), StageError>> + Send;
}

/// What travels between stages: an event, or the failure of an earlier stage on its way to the
/// end, so that failures stay in the order of the segments.
#[derive(Debug)]
pub(crate) enum Flow<T> {
    Event(T),
    Failed(Box<Failure>),
}

/// Where a stage puts what it makes.
pub(crate) struct Outlet<T>(mpsc::Sender<Flow<T>>);

impl<T> Outlet<T> {
    pub(crate) const fn new(sender: mpsc::Sender<Flow<T>>) -> Self {
        Self(sender)
    }

    /// Sends, and waits while the next stage has enough. Nobody there any more is the caller's
    /// cancellation.
    pub(crate) async fn send(&self, event: T) -> Result<(), StageError> {
        self.pass(Flow::Event(event)).await
    }

    pub(crate) async fn pass(&self, flow: Flow<T>) -> Result<(), StageError> {
        self.0
            .send(flow)
            .await
            .map_err(|_| mynah_speech::SpeechError::Cancelled.into())
    }

    /// Waits until the next stage has room, and takes the place.
    pub(crate) async fn reserve(&self) -> Result<Place<'_, T>, StageError> {
        match self.0.reserve().await {
            Ok(permit) => Ok(Place(permit)),
            Err(_) => Err(mynah_speech::SpeechError::Cancelled.into()),
        }
    }
}

/// Room for one event.
pub(crate) struct Place<'a, T>(mpsc::Permit<'a, Flow<T>>);

impl<T> Place<'_, T> {
    pub(crate) fn send(self, event: T) {
        self.0.send(Flow::Event(event));
    }
}
