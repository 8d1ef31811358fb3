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

pub(crate) mod dead;
mod done;
mod fault;
mod lane;
mod ledger;
pub(crate) mod memo;
pub(crate) mod outlet;
mod partition;
mod read_back;
mod turn;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mynah_bus::avro::Codec;
use mynah_bus::event::now_ms;
use mynah_bus::{Beginning, Bus, BusError, Group, Happening, Member, Position, Record};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::PipelineSettings;
use crate::metrics;
use crate::sounds::Sounds;
use crate::stage::Stage;
use partition::Partition;

/// How often a stage looks at what waits.
const LOOK: Duration = Duration::from_millis(500);

/// What the workers of one stage share.
pub(crate) struct Crew<S> {
    pub(crate) stage: S,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) sounds: Sounds,
    pub(crate) settings: PipelineSettings,
    /// Places to work.
    pub(crate) places: Arc<Semaphore>,
    /// When the bus last had a fault, in milliseconds since 1970: silence is no silence then.
    pub(crate) fault_ms: AtomicI64,
}

/// What a partition tells the member.
enum ToMember {
    Finished(Position),
    /// So much is here that no more is to come for now.
    Full(u32),
    Room(u32),
}

/// A partition's task.
struct Owned {
    records: mpsc::UnboundedSender<Record>,
    /// How many records lie on the bus behind those that came.
    behind: Arc<AtomicI64>,
    task: JoinHandle<()>,
    lost: CancellationToken,
}

/// Runs a stage until `shutdown`, then finishes what was begun and leaves the group.
pub(crate) async fn run<S: Stage>(
    crew: Arc<Crew<S>>,
    shutdown: CancellationToken,
) -> Result<(), BusError> {
    let group = Group {
        name: S::STAGE.service().to_owned(),
        topic: S::INPUT.topic().to_owned(),
        from: Beginning::Earliest,
        commits: true,
    };
    let mut member = crew.bus.join(group).await?;
    let mut owned: HashMap<u32, Owned> = HashMap::new();
    let (to_member, mut told) = mpsc::unbounded_channel();
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let drain = CancellationToken::new();
    let ended = loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break Ok(()),
            Some(told) = told.recv() => heed(member.as_ref(), told),
            happening = member.next() => match happening {
                Ok(Happening::Assigned(partitions)) => {
                    for assigned in partitions {
                        tracing::info!(stage = S::STAGE.as_str(), partition = assigned.partition, "partition assigned");
                        let (sender, records) = mpsc::unbounded_channel();
                        let behind = Arc::new(AtomicI64::new(i64::MAX));
                        let (number, lost) = (assigned.partition, assigned.lost.clone());
                        let work = Partition::new(Arc::clone(&crew), assigned, to_member.clone(), Arc::clone(&behind), drain.clone());
                        let task = tokio::spawn(work.run(records));
                        owned.insert(number, Owned { records: sender, behind, task, lost });
                    }
                    metrics::partitions(S::STAGE, owned.len());
                }
                Ok(Happening::Revoked(partitions)) => {
                    for partition in partitions {
                        tracing::info!(stage = S::STAGE.as_str(), partition, "partition revoked");
                        owned.remove(&partition);
                    }
                    metrics::partitions(S::STAGE, owned.len());
                }
                Ok(Happening::Record(record)) => {
                    if let Some(own) = owned.get(&record.partition) {
                        // A task that is gone has lost the partition.
                        let _ = own.records.send(record);
                    }
                }
                Ok(Happening::Fault(error)) => {
                    metrics::fault(S::STAGE);
                    crew.fault_ms.store(now_ms(), Ordering::Relaxed);
                    tracing::warn!(stage = S::STAGE.as_str(), %error, "the bus has a fault");
                }
                Err(error) => break Err(error),
            },
            _ = look.tick() => {
                for (partition, behind) in member.behind() {
                    if let Some(own) = owned.get(&partition) {
                        own.behind.store(behind as i64, Ordering::Relaxed);
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
        &mut told,
        crew.settings.drain(),
    )
    .await;
    member.leave().await?;
    ended
}

fn heed(member: &dyn Member, told: ToMember) {
    match told {
        ToMember::Finished(position) => member.finished(position),
        ToMember::Full(partition) => member.pause(partition),
        ToMember::Room(partition) => member.resume(partition),
    }
}

/// Waits until what was begun is finished, for so long at most.
async fn finish(
    owned: &mut HashMap<u32, Owned>,
    member: &mut dyn Member,
    told: &mut mpsc::UnboundedReceiver<ToMember>,
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
    while let Ok(told) = told.try_recv() {
        heed(member, told);
    }
}
