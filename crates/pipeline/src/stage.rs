//! What a stage is: a session's records in, events out. It knows nothing of offsets, commits,
//! dead letters or duplicates; the [runner](crate::runner) gives it all of that.

use std::future::Future;

use mynah_bus::event::{Event, Kind};
use mynah_bus::identity::{self, SessionId};

use crate::failure::ProcessError;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;

/// A record on its way through a stage.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// What it says.
    pub(crate) event: Event,
    /// When it reached this process, in milliseconds since 1970.
    pub(crate) received_at: i64,
}

/// One of the steps of interpreting.
pub(crate) trait Stage: Send + Sync + 'static {
    /// Which.
    const STAGE: identity::Stage;
    /// What it works on.
    const INPUT: Kind;
    /// What it publishes: read back when a replica takes over, to know what is there already.
    const OUTPUTS: &'static [Kind];
    /// Whether its workers have a state that a replay must find again.
    const STATEFUL: bool;
    /// Works on one session.
    type Worker: Worker;

    /// A worker for a session: from its first sample, or from where a replica before this one has
    /// reset it last.
    fn worker(&self, session: &SessionId, from: Option<Reset>) -> Self::Worker;

    /// Makes the first record as fast as the next.
    fn warm(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// Works on the records of one session, one after the other.
pub(crate) trait Worker: Send + 'static {
    /// Works on a record. May be called again with the same one after a failure that may pass.
    fn work(
        &mut self,
        input: &Input,
        publisher: &ResultPublisher,
    ) -> impl Future<Output = Result<(), ProcessError>> + Send;

    /// No record has come for too long.
    fn idle(
        &mut self,
        publisher: &ResultPublisher,
    ) -> impl Future<Output = Result<(), ProcessError>> + Send;

    /// The last reset, for a worker with a state; none once it needs nothing to be replayed.
    fn reset(&self) -> Option<Reset> {
        None
    }
}
