//! A member of a group, as its caller sees it.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, atomic};
use std::time::Duration;

use async_trait::async_trait;
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

/// The member. A thread of its own polls librdkafka.
pub(super) struct KafkaConsumer {
    state: Arc<ConsumerState>,
    thread: Waker,
    group: Group,
    /// For how long leaving is waited for.
    timeouts: Duration,
    left: bool,
}

/// Wakes the thread, however often it is called, once until it looks.
#[derive(Clone)]
pub(super) struct Waker {
    commands: Sender<Command>,
    woken: Arc<atomic::AtomicBool>,
}

impl Waker {
    pub(super) fn wake(&self) {
        if !self.woken.swap(true, atomic::Ordering::AcqRel) {
            // A thread that is gone needs no waking.
            let _ = self.commands.send(Command::Wake);
        }
    }

    pub(super) fn awake(&self) {
        self.woken.store(false, atomic::Ordering::Release);
    }
}

/// How patient a member is.
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
) -> Result<Box<dyn GroupConsumer>, BusError> {
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
        started.map_err(|_| BusError::Unreachable("no thread for a member".to_owned()))
    })
    .await?;
    Ok(Box::new(KafkaConsumer {
        state,
        thread,
        group,
        timeouts: timeouts.request,
        left: false,
    }))
}

/// However the thread ends, the member hears of it.
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
            let taken = self.state.lock().take();
            if let Some((happening, wake)) = taken {
                if wake {
                    self.thread.wake();
                }
                return happening;
            }
            self.state.notify.notified().await;
        }
    }

    fn mark_processed(&self, position: Position) {
        if self.group.commits {
            self.state.lock().mark_processed(position);
        }
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
        match tokio::time::timeout(self.timeouts, left).await {
            Ok(answer) => answer.unwrap_or(Ok(())),
            Err(_) => Err(BusError::Unreachable("no answer to leaving".to_owned())),
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
