//! The group consumer over librdkafka.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, atomic};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use tokio::sync::oneshot;

use super::callbacks::ConsumerCallbacks;
use super::consumer_state::ConsumerState;
use super::instance_ids::InstanceId;
use super::poll_loop::{Command, PollLoop};
use super::{blocking, error};
use crate::bus::{ConsumerEvent, Group, GroupConsumer, Position};
use crate::error::BusError;

/// A group consumer. Its poll loop runs on a thread of its own.
pub(super) struct KafkaConsumer {
    state: Arc<ConsumerState>,
    thread: Waker,
    group: Group,
    /// How long leaving is waited for.
    leave_timeout: Duration,
    left: bool,
}

/// Wakes the poll loop; several calls before it runs wake it once.
#[derive(Clone)]
pub(super) struct Waker {
    commands: Sender<Command>,
    woken: Arc<atomic::AtomicBool>,
}

impl Waker {
    pub(super) fn wake(&self) {
        if !self.woken.swap(true, atomic::Ordering::AcqRel) {
            // A thread that has ended needs no wake-up.
            let _ = self.commands.send(Command::Wake);
        }
    }

    pub(super) fn awake(&self) {
        self.woken.store(false, atomic::Ordering::Release);
    }
}

/// The time limits of a consumer.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) request: Duration,
    pub(super) max_poll: Duration,
}

pub(super) async fn join(
    config: ClientConfig,
    group: Group,
    instance: Option<InstanceId>,
    timeouts: Timeouts,
) -> Result<KafkaConsumer, BusError> {
    let state = Arc::new(ConsumerState::new());
    let (commands, receiver) = channel();
    let thread = Waker {
        commands,
        woken: Arc::default(),
    };
    let (own_state, waker, own_group) = (Arc::clone(&state), thread.clone(), group.clone());
    let own = Arc::clone(&state);
    blocking(move || {
        let consumer: BaseConsumer<ConsumerCallbacks> = config
            .create_with_context(ConsumerCallbacks::default())
            .map_err(|e| error::about(&own_group.topic, &e))?;
        let poll_loop = PollLoop::new(consumer, own_state, waker, receiver, own_group, timeouts)?;
        let named = std::thread::Builder::new().name("bus-member".to_owned());
        let started = named.spawn(move || {
            let _close = CloseOnDrop(own);
            poll_loop.run();
            drop(instance);
        });
        started.map_err(|_| BusError::Unreachable("no thread for a consumer".to_owned()))
    })
    .await?;
    Ok(KafkaConsumer {
        state,
        thread,
        group,
        leave_timeout: timeouts.request,
        left: false,
    })
}

#[cfg(test)]
impl KafkaConsumer {
    pub(super) fn commands(&self) -> Sender<Command> {
        self.thread.commands.clone()
    }
}

/// Ends the consumer when its thread ends, also by a panic.
struct CloseOnDrop(Arc<ConsumerState>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close(BusError::Closed);
    }
}

#[async_trait]
impl GroupConsumer for KafkaConsumer {
    async fn next(&mut self) -> Result<ConsumerEvent, BusError> {
        let _pending = self.state.begin_poll();
        loop {
            let taken = self.state.lock().next_event();
            if let Some((event, wake)) = taken {
                if wake {
                    self.thread.wake();
                }
                return event;
            }
            self.state.notify.notified().await;
        }
    }

    fn mark_processed(&self, position: Position) {
        if self.group.commits {
            // A position that is not marked is of a partition that is assigned no longer.
            self.state.lock().mark_processed(position);
        }
    }

    fn commit(&self, position: Position) -> BoxFuture<'static, Result<(), BusError>> {
        if !self.group.commits {
            return Box::pin(std::future::ready(Ok(())));
        }
        let committed = self.state.lock().commit(position);
        self.thread.wake();
        Box::pin(async move { committed.await.unwrap_or(Err(BusError::Closed)) })
    }

    fn pause(&self, partition: u32) {
        self.state.set_paused(partition, true);
    }

    fn resume(&self, partition: u32) {
        self.state.set_paused(partition, false);
        self.thread.wake();
    }

    fn lag(&self) -> Vec<(u32, u64)> {
        self.state.lock().lag()
    }

    async fn leave(mut self: Box<Self>) -> Result<(), BusError> {
        self.left = true;
        let (done, left) = oneshot::channel();
        if self.thread.commands.send(Command::Leave(done)).is_err() {
            return Ok(());
        }
        match tokio::time::timeout(self.leave_timeout, left).await {
            Ok(answer) => answer.unwrap_or(Ok(())),
            Err(_) => Err(BusError::Unreachable(
                "leaving the group timed out".to_owned(),
            )),
        }
    }
}

impl Drop for KafkaConsumer {
    fn drop(&mut self) {
        if !self.left {
            self.state.close(BusError::Closed);
            let _ = self.thread.commands.send(Command::Abandon);
        }
    }
}
