//! The runner, one for all stages and all buses: decode, check, skip what is on the bus already,
//! let the stage work, publish, await the acknowledgement, commit.
//!
//! ```text
//! consumer ─▶ partition ─▶ key worker (a session) ─▶ stage ─▶ publisher ─▶ bus
//!    ▲            │ offset tracker: what is finished             └ dedup cache: what is there
//!    └── commit ──┘
//! ```
//!
//! **At least once, and the first record of an identity wins.** A record is finished once all that
//! follows from it is acknowledged. A replica that takes a partition over replays the stage's own
//! output of the same partition, as far back as the unfinished input reaches.

pub(crate) mod commit_metadata;
mod dead_letter_producer;
mod dedup_cache;
mod fault_injection;
mod key_worker;
mod offset_tracker;
mod output_replay;
mod partition;
pub(crate) mod publisher;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mynah_bus::avro::Codec;
use mynah_bus::claim::Store;
use mynah_bus::event::now_ms;
use mynah_bus::{
    Assigned, Bus, BusError, ConsumerEvent, Group, GroupConsumer, OffsetReset, Position, Record,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::PipelineSettings;
use crate::metrics;
use crate::stage::Stage;
use partition::Partition;

/// The interval between checks of lag and of failed partitions.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// What the workers of one stage share.
pub(crate) struct StageContext<S> {
    pub(crate) stage: S,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) store: Store,
    pub(crate) settings: PipelineSettings,
    /// Slots for records in work.
    pub(crate) slots: Arc<Semaphore>,
    /// One permit for decoding reference audio.
    pub(crate) decoding: Arc<Semaphore>,
    /// When the bus last had a fault, in milliseconds since 1970: no session is idle by the clock
    /// then.
    pub(crate) fault_ms: AtomicI64,
}

/// What a partition sends to its consumer.
enum ConsumerCommand {
    MarkProcessed(Position),
    /// Commit now, and send the result.
    Commit {
        position: Position,
        done: oneshot::Sender<Result<(), BusError>>,
    },
    Pause(u32),
    Resume(u32),
}

/// The task of an assigned partition.
struct PartitionTask {
    records: mpsc::UnboundedSender<Record>,
    /// The number of records after the last one received.
    lag: Arc<AtomicI64>,
    task: JoinHandle<()>,
    lost: CancellationToken,
}

/// Runs a stage until `shutdown`, then finishes the records in work and leaves the group.
pub(crate) async fn run<S: Stage>(
    context: Arc<StageContext<S>>,
    shutdown: CancellationToken,
) -> Result<(), BusError> {
    let group = Group {
        name: S::STAGE.service().to_owned(),
        topic: S::INPUT.topic().to_owned(),
        offset_reset: OffsetReset::Earliest,
        commits: true,
    };
    let mut consumer = context.bus.join(group).await?;
    let mut partitions: HashMap<u32, PartitionTask> = HashMap::new();
    let (sender, mut commands) = mpsc::unbounded_channel();
    let mut tick = interval(POLL_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let drain = CancellationToken::new();
    let ended = loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break Ok(()),
            Some(command) = commands.recv() => handle(consumer.as_ref(), command),
            event = consumer.next() => match event {
                Ok(ConsumerEvent::Assigned(assigned)) => {
                    for assigned in assigned {
                        tracing::info!(stage = S::STAGE.as_str(), partition = assigned.partition, "partition assigned");
                        let number = assigned.partition;
                        partitions.insert(number, start(&context, assigned, &sender, &drain));
                    }
                    metrics::partitions(S::STAGE, partitions.len());
                }
                Ok(ConsumerEvent::Revoked(revoked)) => {
                    for partition in revoked {
                        tracing::info!(stage = S::STAGE.as_str(), partition, "partition revoked");
                        partitions.remove(&partition);
                    }
                    metrics::partitions(S::STAGE, partitions.len());
                }
                Ok(ConsumerEvent::Record(record)) => {
                    if let Some(own) = partitions.get(&record.partition) {
                        // A task that has ended has lost the partition.
                        let _ = own.records.send(record);
                    }
                }
                Ok(ConsumerEvent::Fault(error)) => {
                    metrics::fault(S::STAGE);
                    context.fault_ms.store(now_ms(), Ordering::Relaxed);
                    tracing::warn!(stage = S::STAGE.as_str(), %error, "the bus has a fault");
                }
                Err(error) => break Err(error),
            },
            _ = tick.tick() => {
                for (partition, lag) in consumer.lag() {
                    if let Some(own) = partitions.get(&partition) {
                        own.lag.store(lag as i64, Ordering::Relaxed);
                    }
                }
                let failed = |own: &PartitionTask| own.task.is_finished() && !own.lost.is_cancelled();
                if let Some((partition, _)) = partitions.iter().find(|(_, own)| failed(own)) {
                    // Another replica continues from the last commit.
                    break Err(BusError::Refused(format!("the work on partition {partition} failed")));
                }
            }
        }
    };
    drain.cancel();
    let deadline = Instant::now() + context.settings.drain();
    finish(&mut partitions, consumer.as_mut(), &mut commands, deadline).await;
    consumer.leave().await?;
    ended
}

fn start<S: Stage>(
    context: &Arc<StageContext<S>>,
    assigned: Assigned,
    commands: &mpsc::UnboundedSender<ConsumerCommand>,
    drain: &CancellationToken,
) -> PartitionTask {
    let (records, receiver) = mpsc::unbounded_channel();
    let lag = Arc::new(AtomicI64::new(i64::MAX));
    let lost = assigned.lost.clone();
    let partition = Partition::new(
        Arc::clone(context),
        assigned,
        commands.clone(),
        Arc::clone(&lag),
        drain.clone(),
    );
    PartitionTask {
        records,
        lag,
        task: tokio::spawn(partition.run(receiver)),
        lost,
    }
}

fn handle(consumer: &dyn GroupConsumer, command: ConsumerCommand) {
    match command {
        ConsumerCommand::MarkProcessed(position) => consumer.mark_processed(position),
        ConsumerCommand::Commit { position, done } => {
            let committed = consumer.commit(position);
            tokio::spawn(async move {
                // The partition may be lost meanwhile.
                let _ = done.send(committed.await);
            });
        }
        ConsumerCommand::Pause(partition) => consumer.pause(partition),
        ConsumerCommand::Resume(partition) => consumer.resume(partition),
    }
}

/// Waits until the records in work are finished, until the deadline.
async fn finish(
    partitions: &mut HashMap<u32, PartitionTask>,
    consumer: &mut dyn GroupConsumer,
    commands: &mut mpsc::UnboundedReceiver<ConsumerCommand>,
    deadline: Instant,
) {
    for (partition, own) in partitions.iter_mut() {
        let ended = loop {
            tokio::select! {
                biased;
                Some(command) = commands.recv() => handle(consumer, command),
                ended = tokio::time::timeout_at(deadline, &mut own.task) => break ended,
            }
        };
        if ended.is_err() {
            tracing::warn!(
                partition,
                "work did not end before the deadline; another replica repeats it"
            );
            own.task.abort();
        }
    }
    while let Ok(command) = commands.try_recv() {
        handle(consumer, command);
    }
}
