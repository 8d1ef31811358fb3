//! How long a stage is away when it is started again, and starts of everything in any order.
//!
//! Times are printed, not judged: a machine that tests is busy.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mynah_bus::event::{
    Body, ClientOptions, Event, Kind, SegmentRange, TextRecognized, Times, now_ms,
};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::{Headers, PartitionRange, ProducerRecord, StartOffset};

use crate::cluster::TestCluster;
use crate::sessions::{all_is_well, begin_so_many};
use crate::support::setting;
use crate::{checker, waiting};

/// How often what is done once otherwise is done.
fn times() -> usize {
    if setting("MYNAH_TEST_SOAK").is_some() {
        10
    } else {
        1
    }
}

/// A sentence to translate, of a session of its own, which is returned.
async fn say_something(cluster: &TestCluster) -> String {
    let session = SessionId::fresh();
    let recognized = TextRecognized {
        segment: SegmentRange {
            index: 0,
            start_sample: 0,
            end_sample: 16_000,
        },
        text: "hello".into(),
        language: "en".into(),
        confidence: None,
        recognizer: None,
        options: ClientOptions {
            target: Some("es".into()),
            ..ClientOptions::default()
        },
        times: Times::default(),
    };
    let event = Event::new(
        session.clone(),
        Stage::Recognize,
        Body::TextRecognized(recognized),
    );
    let body = cluster.codec.encode(&event).await.unwrap();
    let record = ProducerRecord {
        topic: event.kind().topic().to_owned(),
        key: Bytes::from(session.to_string()),
        headers: Headers::default(),
        body,
    };
    cluster.bus.publish(record).await.unwrap();
    session.to_string()
}

/// When the bus took the first translation after that time, in milliseconds since 1970.
async fn translated_after(cluster: &TestCluster, ms: i64) -> i64 {
    let topic = Kind::TextTranslated.topic();
    let spans = (0..cluster.partitions().await).map(|partition| PartitionRange {
        topic: topic.to_owned(),
        partition,
        start: StartOffset::Timestamp(ms),
        stop_at_end: false,
    });
    let mut reader = cluster.bus.read(spans.collect()).await.unwrap();
    loop {
        let record = reader.next().await.unwrap().unwrap();
        if record.timestamp_ms >= ms {
            return record.timestamp_ms;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_is_started_again_goes_on() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    let on = AtomicBool::new(true);
    let published = Mutex::new(Vec::new());
    let feed = async {
        while on.load(Ordering::Relaxed) {
            let session = say_something(&cluster).await;
            published.lock().unwrap().push(session);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let restart = async {
        let mut stage = Some(cluster.stage("translate"));
        translated_after(&cluster, cluster.began_ms).await;
        for _ in 0..times() {
            for kill in [false, true] {
                let began = now_ms();
                let own = stage.take().unwrap();
                if kill {
                    own.kill();
                } else {
                    own.stop();
                }
                let gone = now_ms();
                stage = Some(cluster.stage("translate"));
                let first = translated_after(&cluster, gone).await;
                let how = if kill { "killed" } else { "graceful" };
                eprintln!("restart, {how}: first record after {} ms", first - began);
                let so_far = published.lock().unwrap().clone();
                waiting::until("all that waited is translated", async || {
                    let topics = checker::topics(&cluster).await;
                    let done = |session: &String| !topics[session].translations.is_empty();
                    so_far.iter().all(done).then_some(())
                })
                .await;
            }
        }
        on.store(false, Ordering::Relaxed);
    };
    tokio::join!(feed, restart);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_may_start_in_any_order() {
    let Some(cluster) = TestCluster::new().await else {
        return;
    };
    for _ in 0..times() {
        let mut names = vec!["vad", "asr", "translate", "speak", "gateway"];
        let mut order = Vec::new();
        while !names.is_empty() {
            order.push(names.remove(cluster.below(names.len() as u64) as usize));
        }
        let began = Instant::now();
        let start = |name: &'static str| match name {
            "gateway" => cluster.gateway(),
            stage => cluster.stage(stage),
        };
        // At the same time, in this order.
        let running = std::thread::scope(|scope| {
            let started: Vec<_> = order
                .iter()
                .map(|name| {
                    let starting = scope.spawn(|| start(name));
                    std::thread::sleep(Duration::from_millis(cluster.below(300)));
                    starting
                })
                .collect();
            started
                .into_iter()
                .map(|own| own.join().unwrap())
                .collect::<Vec<_>>()
        });
        eprintln!(
            "{order:?}: all there after {} ms",
            began.elapsed().as_millis()
        );
        let gateway = order.iter().position(|own| *own == "gateway").unwrap();
        all_is_well(&cluster, begin_so_many(&cluster, &running[gateway], 1)).await;
        for mut own in running {
            assert!(own.is_running(), "one has ended by itself");
        }
    }
}
