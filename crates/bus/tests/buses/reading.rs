use std::time::Duration;

use mynah_bus::event::now_ms;
use mynah_bus::{BusError, StartOffset};

use crate::harness::{Bench, key_in, rest, span, text, texts};

pub(crate) async fn a_tail_reads_every_record_after_its_start(bench: Bench) {
    let topic = bench.topic(2).await;
    bench.publish(&topic, &key_in(0, 2), "before").await;
    let tails = [0, 1].map(|partition| span(&topic, partition, StartOffset::Latest, false));
    let mut reader = bench.other().read(tails.to_vec()).await.unwrap();
    // The reader has not been polled yet.
    for number in 0..20 {
        bench.publish(&topic, &key_in(number % 2, 2), number).await;
    }
    let mut received: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..20 {
        let record = reader.next().await.unwrap().expect("a tail has no end");
        received[record.partition as usize].push(text(&record).parse().unwrap());
    }
    assert_eq!(received[0], (0..20).step_by(2).collect::<Vec<u32>>());
    assert_eq!(received[1], (1..20).step_by(2).collect::<Vec<u32>>());
    // What is dropped while it waits loses nothing.
    let waiting = tokio::time::timeout(Duration::from_millis(50), reader.next()).await;
    assert!(waiting.is_err());
    bench.publish(&topic, "session", "last").await;
    let last = reader.next().await.unwrap();
    assert_eq!(text(&last.expect("a tail has no end")), "last");
}

pub(crate) async fn a_bounded_read_excludes_records_published_after_its_start(bench: Bench) {
    let (one, two) = (bench.topic(3).await, bench.topic(1).await);
    for number in 0..300 {
        bench.publish(&one, &key_in(number % 2, 3), number).await;
    }
    bench.publish(&two, "session", "two").await;
    let mut spans = vec![span(&two, 0, StartOffset::Earliest, true)];
    spans.extend((0..3).map(|partition| span(&one, partition, StartOffset::Earliest, true)));
    let mut reader = bench.bus.read(spans).await.unwrap();
    for partition in 0..3 {
        bench.publish(&one, &key_in(partition, 3), "too late").await;
    }
    let mut records = rest(&mut *reader).await;
    assert_eq!(records.len(), 301);
    assert!(records.iter().all(|own| text(own) != "too late"));
    records.retain(|own| own.topic == one && own.partition == 1);
    let expected: Vec<_> = (1..300).step_by(2).map(|own| own.to_string()).collect();
    assert_eq!(texts(&records), expected);
    // The end stays the end.
    assert_eq!(reader.next().await, Ok(None));
}

pub(crate) async fn deleted_records_are_skipped(bench: Bench) {
    let topic = bench.topic(1).await;
    for number in 0..10 {
        bench.publish(&topic, "session", number).await;
    }
    bench.bus.delete_before(&topic, 0, 4).await.unwrap();
    assert_eq!(
        texts(&bench.read_all(&topic).await),
        ["4", "5", "6", "7", "8", "9"]
    );
    // Less than that is gone already.
    bench.bus.delete_before(&topic, 0, 2).await.unwrap();
    let spans = vec![span(&topic, 0, StartOffset::Offset(1), true)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    assert_eq!(rest(&mut *reader).await.len(), 6);
    // And more than there is is all there is.
    bench.bus.delete_before(&topic, 0, 99).await.unwrap();
    assert!(bench.read_all(&topic).await.is_empty());
    let placed = bench.publish(&topic, "session", "new").await;
    assert_eq!(placed.offset, 10);
    assert_eq!(texts(&bench.read_all(&topic).await), ["new"]);
}

pub(crate) async fn a_reader_begins_at_an_offset(bench: Bench) {
    let topic = bench.topic(1).await;
    for number in 0..5 {
        bench.publish(&topic, "session", number).await;
    }
    let spans = vec![span(&topic, 0, StartOffset::Offset(3), true)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    assert_eq!(texts(&rest(&mut *reader).await), ["3", "4"]);
    // One that is not there yet is waited for.
    let spans = vec![span(&topic, 0, StartOffset::Offset(6), false)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    for number in 5..8 {
        bench.publish(&topic, "session", number).await;
    }
    let next = reader.next().await.unwrap();
    assert_eq!(text(&next.expect("a tail has no end")), "6");
}

pub(crate) async fn a_reader_begins_at_a_time(bench: Bench) {
    let topic = bench.topic(1).await;
    bench.publish(&topic, "session", "old").await;
    // Times are in milliseconds: two records must not share one.
    let old = bench.read_all(&topic).await[0].timestamp_ms;
    while now_ms() <= old {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for number in 0..2 {
        bench.publish(&topic, "session", number).await;
    }
    let all = bench.read_all(&topic).await;
    let (old, new) = (all[0].timestamp_ms, all[1].timestamp_ms);
    assert!(old < new);
    for (ms, expected) in [(0, 3), (old, 3), (old + 1, 2), (new, 2), (new + 60_000, 0)] {
        let spans = vec![span(&topic, 0, StartOffset::Timestamp(ms), true)];
        let mut reader = bench.bus.read(spans).await.unwrap();
        assert_eq!(rest(&mut *reader).await.len(), expected, "{ms}");
    }
    let spans = vec![span(&topic, 0, StartOffset::Timestamp(new + 1_000), false)];
    let mut reader = bench.bus.read(spans).await.unwrap();
    bench.publish(&topic, "session", "before its time").await;
    let waiting = async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            bench.publish(&topic, "session", "later").await;
        }
    };
    let first = tokio::select! {
        first = reader.next() => first.unwrap().expect("a tail has no end"),
        () = waiting => unreachable!(),
    };
    assert_eq!(text(&first), "later");
    assert!(first.timestamp_ms >= new + 1_000);
}

pub(crate) async fn nothing_to_read_ends_at_once(bench: Bench) {
    let topic = bench.topic(2).await;
    assert!(bench.read_all(&topic).await.is_empty());
    bench.publish(&topic, "session", "").await;
    for from in [StartOffset::Latest, StartOffset::Offset(99)] {
        let spans = [0, 1].map(|partition| span(&topic, partition, from, true));
        let mut reader = bench.bus.read(spans.to_vec()).await.unwrap();
        assert_eq!(reader.next().await, Ok(None), "{from:?}");
    }
    let mut reader = bench.bus.read(Vec::new()).await.unwrap();
    assert_eq!(reader.next().await, Ok::<_, BusError>(None));
}
