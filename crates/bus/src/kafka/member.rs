//! A member of a group, as its caller sees it.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, atomic};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use tokio::sync::oneshot;

use super::desk::Desk;
use super::feed::{Command, Feed};
use super::instances::Instance;
use super::watch::Watch;
use super::{blocking, error};
use crate::bus::{Group, Happening, Member, Position};
use crate::error::BusError;

/// The member. A thread of its own polls librdkafka.
pub(super) struct Seat {
    desk: Arc<Desk>,
    thread: Waker,
    group: Group,
    /// For how long leaving is waited for.
    patience: Duration,
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
pub(super) struct Patience {
    pub(super) request: Duration,
    pub(super) max_poll: Duration,
}

pub(super) async fn join(
    config: ClientConfig,
    group: Group,
    instance: Option<Instance>,
    patience: Patience,
) -> Result<Box<dyn Member>, BusError> {
    let desk = Arc::new(Desk::new());
    let (commands, orders) = channel();
    let thread = Waker {
        commands,
        woken: Arc::default(),
    };
    let (own_desk, waker, own_group) = (Arc::clone(&desk), thread.clone(), group.clone());
    let ended = Arc::clone(&desk);
    blocking(move || {
        let consumer: BaseConsumer<Watch> = config
            .create_with_context(Watch::default())
            .map_err(|e| error::about(&own_group.topic, &e))?;
        let feed = Feed::new(consumer, own_desk, waker, orders, own_group, patience)?;
        let named = std::thread::Builder::new().name("bus-member".to_owned());
        let started = named.spawn(move || {
            let _ends = Ends(ended);
            feed.run();
            drop(instance);
        });
        started.map_err(|_| BusError::Unreachable("no thread for a member".to_owned()))
    })
    .await?;
    Ok(Box::new(Seat {
        desk,
        thread,
        group,
        patience: patience.request,
        left: false,
    }))
}

/// However the thread ends, the member hears of it.
struct Ends(Arc<Desk>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end(BusError::Closed);
    }
}

#[async_trait]
impl Member for Seat {
    async fn next(&mut self) -> Result<Happening, BusError> {
        let _asking = self.desk.ask();
        loop {
            let taken = self.desk.lock().take();
            if let Some((happening, wake)) = taken {
                if wake {
                    self.thread.wake();
                }
                return happening;
            }
            self.desk.stirred.notified().await;
        }
    }

    fn finished(&self, position: Position) {
        if self.group.commits {
            self.desk.lock().note(position);
        }
    }

    fn pause(&self, partition: u32) {
        self.desk.set_paused(partition, true);
    }

    fn resume(&self, partition: u32) {
        self.desk.set_paused(partition, false);
        self.thread.wake();
    }

    fn behind(&self) -> Vec<(u32, u64)> {
        self.desk.lock().behind()
    }

    async fn leave(mut self: Box<Self>) -> Result<(), BusError> {
        self.left = true;
        let (done, left) = oneshot::channel();
        if self.thread.commands.send(Command::Leave(done)).is_err() {
            return Ok(());
        }
        match tokio::time::timeout(self.patience, left).await {
            Ok(answer) => answer.unwrap_or(Ok(())),
            Err(_) => Err(BusError::Unreachable("no answer to leaving".to_owned())),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.left {
            self.desk.end(BusError::Closed);
            let _ = self.thread.commands.send(Command::Vanish);
        }
    }
}
