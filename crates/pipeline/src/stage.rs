//! The interface of a stage: the records of a session in, events out. Offsets, commits, dead
//! letters and duplicates are handled by the [runner](crate::runner).

use std::future::Future;

use mynah_bus::event::{Event, Kind, Times, now_ms};
use mynah_bus::identity::{self, SessionId};

use crate::failure::ProcessError;
use crate::runner::commit_metadata::Reset;
use crate::runner::publisher::ResultPublisher;

/// A record in a stage.
#[derive(Clone, Debug)]
pub(crate) struct StageInput {
    /// Its event.
    pub(crate) event: Event,
    /// Its offset.
    pub(crate) offset: i64,
    /// Whether it is a replayed dead letter: what failed before is tried again.
    pub(crate) replayed: bool,
    /// When this process received it, in milliseconds since 1970.
    pub(crate) received_at: i64,
}

impl StageInput {
    /// The times of the events that follow from it, where work on it begins now.
    pub(crate) fn begin(&self) -> Times {
        Times {
            received_at: Some(self.received_at),
            started_at: Some(now_ms()),
        }
    }
}

/// One stage of speech translation.
pub(crate) trait Stage: Send + Sync + 'static {
    /// Which.
    const STAGE: identity::Stage;
    /// The kind of its input.
    const INPUT: Kind;
    /// The kinds of its outputs, which are replayed when a replica takes a partition over.
    const OUTPUTS: &'static [Kind];
    /// Whether its workers have a state that a replay must rebuild.
    const STATEFUL: bool;
    /// Works on one session.
    type Worker: Worker;

    /// A worker for a session: from its first sample, or from the last reset that an earlier
    /// replica committed.
    fn worker(&self, session: &SessionId, from: Option<Reset>) -> Self::Worker;

    /// Runs the engine once, so that the first record takes no longer than the next.
    fn warm(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// Works on the records of one session, one after the other.
pub(crate) trait Worker: Send + 'static {
    /// Works on a record. Called again with the same record after a transient failure.
    fn work(
        &mut self,
        input: &StageInput,
        publisher: &ResultPublisher,
    ) -> impl Future<Output = Result<(), ProcessError>> + Send;

    /// No record has arrived for `silence_seconds`.
    fn idle(
        &mut self,
        _: &ResultPublisher,
    ) -> impl Future<Output = Result<(), ProcessError>> + Send {
        std::future::ready(Ok(()))
    }

    /// An earlier replica crashed while it decoded the reference audio of this record: later records
    /// with the same reference audio are to be refused. False where the record has none, as after a
    /// topic was created anew.
    fn crashed_while_decoding(&mut self, _: &StageInput) -> bool {
        false
    }

    /// The last reset of a worker with a state; none once nothing needs to be replayed.
    fn reset(&self) -> Option<Reset> {
        None
    }
}
