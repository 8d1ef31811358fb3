//! The runner, one for all stages and all buses: decode, check, skip what was done before, let
//! the stage work, publish, await the acknowledgement, commit.
//!
//! ```text
//! member ─▶ partition ─▶ lane (a session) ─▶ worker ─▶ outlet ─▶ bus
//!    ▲          │ ledger: what is finished        └ done: what is there already
//!    └─ commit ─┘
//! ```
//!
//! **At least once, and the first record of an identity wins.** A record is finished once all
//! that follows from it is acknowledged. Whoever takes a partition over reads the stage's own
//! output of the same partition back, as far as the unfinished input reaches, and so knows what
//! has been published already.

pub(crate) mod commit_metadata;
pub(crate) mod dead_letter;
mod dedup_cache;
mod fault;
mod key_worker;
mod offset_tracker;
mod output_replay;
mod partition;
pub(crate) mod publisher;
mod slot;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mynah_bus::avro::Codec;
use mynah_bus::event::now_ms;
use mynah_bus::{
    Bus, BusError, ConsumerEvent, Group, GroupConsumer, OffsetReset, Position, Record,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::PipelineSettings;
use crate::audio_store::AudioStore;
use crate::metrics;
use crate::stage::Stage;
use partition::Partition;

/// How often a stage looks at what waits.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// What the workers of one stage share.
pub(crate) struct StageContext<S> {
    pub(crate) stage: S,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) audio_store: AudioStore,
    pub(crate) settings: PipelineSettings,
    /// Places to work.
    pub(crate) places: Arc<Semaphore>,
    /// When the bus last had a fault, in milliseconds since 1970: silence is no silence then.
    pub(crate) fault_ms: AtomicI64,
}

/// What a partition tells the member.
enum ConsumerCommand {
    Finished(Position),
    /// So much is here that no more is to come for now.
    Full(u32),
    Room(u32),
}

/// A partition's task.
struct AssignedPartition {
    records: mpsc::UnboundedSender<Record>,
    /// How many records lie on the bus behind those that came.
    lag: Arc<AtomicI64>,
    task: JoinHandle<()>,
    lost: CancellationToken,
}

/// Runs a stage until `shutdown`, then finishes what was begun and leaves the group.
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
    let mut member = context.bus.join(group).await?;
    let mut owned: HashMap<u32, AssignedPartition> = HashMap::new();
    let (to_member, mut commands) = mpsc::unbounded_channel();
    let mut tick = interval(POLL_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let drain = CancellationToken::new();
    let ended = loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break Ok(()),
            Some(commands) = commands.recv() => handle(member.as_ref(), commands),
            event = member.next() => match event {
                Ok(ConsumerEvent::Assigned(partitions)) => {
                    for assigned in partitions {
                        tracing::info!(stage = S::STAGE.as_str(), partition = assigned.partition, "partition assigned");
                        let (sender, records) = mpsc::unbounded_channel();
                        let lag = Arc::new(AtomicI64::new(i64::MAX));
                        let (number, lost) = (assigned.partition, assigned.lost.clone());
                        let work = Partition::new(Arc::clone(&context), assigned, to_member.clone(), Arc::clone(&lag), drain.clone());
                        let task = tokio::spawn(work.run(records));
                        owned.insert(number, AssignedPartition { records: sender, lag, task, lost });
                    }
                    metrics::partitions(S::STAGE, owned.len());
                }
                Ok(ConsumerEvent::Revoked(partitions)) => {
                    for partition in partitions {
                        tracing::info!(stage = S::STAGE.as_str(), partition, "partition revoked");
                        owned.remove(&partition);
                    }
                    metrics::partitions(S::STAGE, owned.len());
                }
                Ok(ConsumerEvent::Record(record)) => {
                    if let Some(own) = owned.get(&record.partition) {
                        // A task that is gone has lost the partition.
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
                for (partition, lag) in member.lag() {
                    if let Some(own) = owned.get(&partition) {
                        own.lag.store(lag as i64, Ordering::Relaxed);
                    }
                }
                if let Some((partition, _)) = owned.iter().find(|(_, own)| own.task.is_finished() && !own.lost.is_cancelled()) {
                    // Nothing is finished that was not published; another replica goes on.
                    break Err(BusError::Refused(format!("the work on partition {partition} broke")));
                }
            }
        }
    };
    drain.cancel();
    finish(
        &mut owned,
        member.as_mut(),
        &mut commands,
        context.settings.drain(),
    )
    .await;
    member.leave().await?;
    ended
}

fn handle(member: &dyn GroupConsumer, commands: ConsumerCommand) {
    match commands {
        ConsumerCommand::Finished(position) => member.mark_processed(position),
        ConsumerCommand::Full(partition) => member.pause(partition),
        ConsumerCommand::Room(partition) => member.resume(partition),
    }
}

/// Waits until what was begun is finished, for so long at most.
async fn finish(
    owned: &mut HashMap<u32, AssignedPartition>,
    member: &mut dyn GroupConsumer,
    commands: &mut mpsc::UnboundedReceiver<ConsumerCommand>,
    limit: Duration,
) {
    let until = Instant::now() + limit;
    for (partition, own) in owned.iter_mut() {
        if tokio::time::timeout_at(until, &mut own.task).await.is_err() {
            tracing::warn!(
                partition,
                "work was begun that did not end in time; it is done again by another"
            );
            own.task.abort();
        }
    }
    while let Ok(commands) = commands.try_recv() {
        handle(member, commands);
    }
}
