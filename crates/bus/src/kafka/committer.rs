//! Commits on a thread of their own, since a commit may wait for an unreachable broker while the
//! poll loop must handle revocations. (librdkafka's own asynchronous commit does not report its
//! result: `rd_kafka_commit` has no queue for it.)

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::callbacks::ConsumerCallbacks;
use super::consumer::Waker;
use super::consumer_state::MarkedPosition;
use crate::error::BusError;

/// A thread that commits. Results are added to the consumer's [`ConsumerCallbacks`].
pub(super) struct Committer {
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

enum Request {
    Commit(Vec<MarkedPosition>),
    /// Answer once all earlier requests are done.
    Flush(Sender<()>),
}

impl Committer {
    pub(super) fn start(
        consumer: Arc<BaseConsumer<ConsumerCallbacks>>,
        topic: String,
        waker: Waker,
    ) -> Result<Self, BusError> {
        let (requests, received) = channel();
        let named = std::thread::Builder::new().name("bus-commit".to_owned());
        let started = named.spawn(move || {
            for request in received {
                match request {
                    Request::Commit(positions) => {
                        let result = commit(&consumer, &topic, &positions);
                        consumer.context().notes().commits.push(result);
                        waker.wake();
                    }
                    // The poll loop waits for it.
                    Request::Flush(done) => _ = done.send(()),
                }
            }
        });
        let thread = started.map_err(|_| BusError::Unreachable("no thread to commit".to_owned()));
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread?),
        })
    }

    /// Returns whether it will be tried.
    pub(super) fn commit(&self, positions: Vec<MarkedPosition>) -> bool {
        self.request(Request::Commit(positions))
    }

    /// Waits for the result of the commit in progress.
    pub(super) fn flush(&self) {
        let (done, flushed) = channel();
        if self.request(Request::Flush(done)) {
            // An error: the thread has ended, and with it the commit.
            let _ = flushed.recv();
        }
    }

    fn request(&self, request: Request) -> bool {
        let requests = self.requests.as_ref();
        requests.is_some_and(|requests| requests.send(request).is_ok())
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Commits, and waits for the acknowledgement.
pub(super) fn commit(
    consumer: &BaseConsumer<ConsumerCallbacks>,
    topic: &str,
    positions: &[MarkedPosition],
) -> KafkaResult<()> {
    let mut list = TopicPartitionList::new();
    for MarkedPosition { position, .. } in positions {
        let mut element = list.add_partition(topic, position.partition as i32);
        element.set_offset(Offset::Offset(position.offset))?;
        element.set_metadata(&position.metadata);
    }
    consumer.commit(&list, CommitMode::Sync)?;
    let parts = list.elements();
    parts.iter().try_for_each(TopicPartitionListElem::error)
}
