//! When the poll loop commits, and what follows from the result.

use std::time::Instant;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};

use super::{POLL_INTERVAL, PollLoop};
use crate::bus::COMMIT_INTERVAL;
use crate::error::BusError;
use crate::kafka::committer::commit;
use crate::kafka::consumer_state::MarkedPosition;
use crate::kafka::error;

impl PollLoop {
    pub(super) fn handle_commits(&mut self, results: Vec<KafkaResult<()>>) {
        for result in results {
            let positions = self.committing.take().unwrap_or_default();
            self.committed(&positions, result.err().as_ref());
        }
    }

    pub(super) fn commit_if_due(&mut self) {
        if self.committing.is_some() {
            return;
        }
        let due = self.last_commit.elapsed() >= COMMIT_INTERVAL - POLL_INTERVAL;
        if !self.state.lock().take_commit_request() && !due {
            return;
        }
        let positions = self.state.lock().processed();
        if positions.is_empty() {
            return;
        }
        self.last_commit = Instant::now();
        if self.committer.commit(positions.clone()) {
            self.committing = Some(positions);
        }
    }

    /// Commits what is to be committed when these partitions, or all, are released, and waits for
    /// the acknowledgement. A commit in progress comes before it, so that it is not overwritten.
    pub(super) fn commit_at_release(&mut self, of: Option<&[u32]>) -> Option<BusError> {
        if self.committing.is_some() {
            self.committer.flush();
            let results = std::mem::take(&mut self.consumer.context().notes().commits);
            self.handle_commits(results);
        }
        let positions = self.state.lock().at_release(of);
        if positions.is_empty() {
            return None;
        }
        let result = commit(&self.consumer, &self.group.topic, &positions);
        self.committed(&positions, result.err().as_ref())
    }

    /// Handles the result of a commit. Positions stay marked after a transient failure.
    fn committed(
        &mut self,
        positions: &[MarkedPosition],
        error: Option<&KafkaError>,
    ) -> Option<BusError> {
        let mut state = self.state.lock();
        let Some(error) = error else {
            state.committed(positions);
            state.end_commit_waits(positions, &Ok(()));
            return None;
        };
        let code = error::code_of(error);
        if code.is_some_and(error::is_stale) {
            state.committed(positions);
            state.end_commit_waits(positions, &Err(BusError::Closed));
            return None;
        }
        if code == Some(Code::RebalanceInProgress) {
            return None;
        }
        let failure = error::about(&self.group.topic, error);
        if matches!(failure, BusError::Refused(_)) {
            state.committed(positions);
        }
        state.end_commit_waits(positions, &Err(failure.clone()));
        drop(state);
        self.fault(error);
        Some(failure)
    }
}
