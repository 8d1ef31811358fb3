use std::collections::BTreeSet;

use mynah_bus::{
    Assigned, BusError, COMMIT_INTERVAL, ConsumerEvent, GroupConsumer, OffsetReset, Position,
};

use crate::harness::{Bench, assigned, group, key_in, record, text};

fn position(partition: u32, offset: i64, metadata: &str) -> Position {
    let metadata = metadata.to_owned();
    Position {
        partition,
        offset,
        metadata,
        metadata_at_release: None,
    }
}

fn numbers(assigned: &[Assigned]) -> BTreeSet<u32> {
    assigned.iter().map(|own| own.partition).collect()
}

/// Waits until so many partitions are gone from a member.
async fn revoked(member: &mut dyn GroupConsumer, count: usize) -> BTreeSet<u32> {
    let mut all = BTreeSet::new();
    while all.len() < count {
        match member.next().await.unwrap() {
            ConsumerEvent::Revoked(gone) => all.extend(gone),
            ConsumerEvent::Fault(fault) => println!("{fault}"),
            other => panic!("{other:?} before {count} are gone: {all:?}"),
        }
    }
    all
}

pub(crate) async fn members_share_the_partitions(bench: Bench) {
    let topic = bench.topic(4).await;
    for partition in 0..4 {
        bench.publish(&topic, &key_in(partition, 4), "early").await;
    }
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    let had = assigned(&mut *first, 4).await;
    assert_eq!(numbers(&had), BTreeSet::from([0, 1, 2, 3]));
    assert!(had.iter().all(|own| own.committed.is_none()));
    for _ in 0..4 {
        let record = record(&mut *first).await;
        let metadata = format!("of {}", record.partition);
        first.mark_processed(position(record.partition, record.offset + 1, &metadata));
    }

    let other = bench.other();
    let mut second = other.join(group).await.unwrap();
    let (gone, got) = tokio::join!(revoked(&mut *first, 2), assigned(&mut *second, 2));
    assert_eq!(gone, numbers(&got));
    for own in &had {
        assert_eq!(own.lost.is_cancelled(), gone.contains(&own.partition));
    }
    // Processed offsets were committed before the reassignment.
    for own in &got {
        let expected = position(own.partition, 1, &format!("of {}", own.partition));
        assert_eq!(own.committed, Some(expected));
        assert!(!own.lost.is_cancelled());
    }

    // Each gets what falls to it, and nothing twice.
    for partition in 0..4 {
        bench.publish(&topic, &key_in(partition, 4), "late").await;
    }
    for _ in 0..2 {
        let (one, two) = tokio::join!(record(&mut *first), record(&mut *second));
        assert_eq!((text(&one), text(&two)), ("late", "late"));
        assert!(!gone.contains(&one.partition) && gone.contains(&two.partition));
        second.mark_processed(position(
            two.partition,
            two.offset + 1,
            "processed by the second",
        ));
    }
    second.leave().await.unwrap();
    assert!(got.iter().all(|own| own.lost.is_cancelled()));
    let back = assigned(&mut *first, 2).await;
    assert_eq!(numbers(&back), gone);
    for own in back {
        let expected = position(own.partition, 2, "processed by the second");
        assert_eq!(own.committed, Some(expected));
    }
    first.leave().await.unwrap();
}

pub(crate) async fn new_members_begin_at_the_committed_position_of_members_that_left(bench: Bench) {
    let topic = bench.topic(1).await;
    for number in 0..5 {
        bench.publish(&topic, "session", number).await;
    }
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    assigned(&mut *first, 1).await;
    for _ in 0..4 {
        record(&mut *first).await;
    }
    let metadata = "ß".repeat(Position::MAX_METADATA / 2);
    first.mark_processed(position(0, 2, &metadata));
    let began = std::time::Instant::now();
    first.leave().await.unwrap();
    println!("leaving took {:?}", began.elapsed());

    let mut second = bench.bus.join(group).await.unwrap();
    let got = assigned(&mut *second, 1).await;
    assert_eq!(got[0].committed, Some(position(0, 2, &metadata)));
    for number in 2..5 {
        assert_eq!(text(&record(&mut *second).await), number.to_string());
    }
    second.leave().await.unwrap();
}

pub(crate) async fn new_members_begin_at_the_committed_position_of_members_that_crashed(
    bench: Bench,
) {
    let topic = bench.topic(1).await;
    for number in 0..3 {
        bench.publish(&topic, "session", number).await;
    }
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    let had = assigned(&mut *first, 1).await;
    for _ in 0..3 {
        record(&mut *first).await;
    }
    for (offset, metadata) in [(1, "one"), (2, "two")] {
        first.mark_processed(position(0, offset, metadata));
        bench.until_committed(&group, offset).await;
    }
    drop(first);
    assert!(had[0].lost.is_cancelled());

    let mut second = bench.other().join(group).await.unwrap();
    let got = assigned(&mut *second, 1).await;
    assert_eq!(got[0].committed, Some(position(0, 2, "two")));
    assert_eq!(text(&record(&mut *second).await), "2");
    second.leave().await.unwrap();
}

pub(crate) async fn an_acknowledged_commit_survives_a_crash(bench: Bench) {
    let topic = bench.topic(1).await;
    bench.publish(&topic, "session", "first").await;
    bench.publish(&topic, "session", "second").await;
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    assigned(&mut *first, 1).await;
    record(&mut *first).await;
    // The same offset again: metadata alone is a new commit.
    for metadata in ["decoding=0", "", "decoding=1"] {
        first.commit(position(0, 1, metadata)).await.unwrap();
    }
    let unassigned = first.commit(position(7, 1, "")).await;
    assert_eq!(unassigned, Err(BusError::Closed));
    drop(first);

    let mut second = bench.other().join(group).await.unwrap();
    let got = assigned(&mut *second, 1).await;
    assert_eq!(got[0].committed, Some(position(0, 1, "decoding=1")));
    assert_eq!(text(&record(&mut *second).await), "second");
    second.leave().await.unwrap();
}

pub(crate) async fn a_released_partition_has_its_metadata_at_release(bench: Bench) {
    let topic = bench.topic(2).await;
    let group = group(&topic, OffsetReset::Earliest, true);
    let marked = |partition| Position {
        metadata_at_release: Some("released".to_owned()),
        ..position(partition, 1, "decoding=0")
    };
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    for partition in 0..2 {
        bench.publish(&topic, &key_in(partition, 2), "").await;
    }
    assigned(&mut *first, 2).await;
    for _ in 0..2 {
        record(&mut *first).await;
    }
    first.commit(marked(0)).await.unwrap();
    first.commit(marked(1)).await.unwrap();

    // A rebalance.
    let mut second = bench.other().join(group.clone()).await.unwrap();
    let (gone, got) = tokio::join!(revoked(&mut *first, 1), assigned(&mut *second, 1));
    let revoked = got[0].partition;
    assert_eq!(gone, BTreeSet::from([revoked]));
    let released = |partition| Some(position(partition, 1, "released"));
    assert_eq!(got[0].committed, released(revoked));
    // A consumer that leaves.
    first.leave().await.unwrap();
    let got = assigned(&mut *second, 1).await;
    assert_eq!(got[0].committed, released(got[0].partition));
    second.leave().await.unwrap();
}

pub(crate) async fn a_refused_commit_ends_at_once(bench: Bench) {
    let topic = bench.topic(1).await;
    for _ in 0..3 {
        bench.publish(&topic, "session", "").await;
    }
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut member = bench.bus.join(group).await.unwrap();
    assigned(&mut *member, 1).await;
    member.commit(position(0, 3, "three")).await.unwrap();
    let refused = member.commit(position(0, 1, "one")).await;
    assert_eq!(refused, Err(BusError::Closed));
    member.leave().await.unwrap();
}

pub(crate) async fn committed_offsets_never_go_back(bench: Bench) {
    let topic = bench.topic(2).await;
    let group = group(&topic, OffsetReset::Earliest, true);
    for _ in 0..3 {
        bench.publish(&topic, &key_in(0, 2), "").await;
    }
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    assigned(&mut *first, 2).await;
    first.mark_processed(position(0, 3, "three"));
    first.mark_processed(position(0, 1, "one"));
    // A partition that is not there is no error.
    first.mark_processed(position(7, 1, ""));
    first.leave().await.unwrap();
    let mut second = bench.bus.join(group).await.unwrap();
    let got = assigned(&mut *second, 2).await;
    assert_eq!(got[0].committed, Some(position(0, 3, "three")));
    assert_eq!(got[1].committed, None);
    second.leave().await.unwrap();
}

pub(crate) async fn a_paused_partition_is_silent_until_it_is_resumed(bench: Bench) {
    let topic = bench.topic(2).await;
    let mut member = bench
        .bus
        .join(group(&topic, OffsetReset::Earliest, true))
        .await
        .unwrap();
    assigned(&mut *member, 2).await;
    bench.publish(&topic, &key_in(0, 2), "before").await;
    assert_eq!(text(&record(&mut *member).await), "before");
    member.pause(0);
    for number in 0..40 {
        bench
            .publish(&topic, &key_in(0, 2), format!("paused {number}"))
            .await;
        bench
            .publish(&topic, &key_in(1, 2), format!("open {number}"))
            .await;
    }
    for number in 0..40 {
        assert_eq!(text(&record(&mut *member).await), format!("open {number}"));
    }
    member.resume(0);
    for number in 0..40 {
        assert_eq!(
            text(&record(&mut *member).await),
            format!("paused {number}")
        );
    }
    member.leave().await.unwrap();
}

pub(crate) async fn a_latest_group_without_commits_always_begins_at_the_end(bench: Bench) {
    let topic = bench.topic(1).await;
    bench.publish(&topic, "session", "before").await;
    let group = group(&topic, OffsetReset::Latest, false);
    for round in 0..2 {
        let mut member = bench.bus.join(group.clone()).await.unwrap();
        let got = assigned(&mut *member, 1).await;
        assert_eq!(got[0].committed, None);
        // From the assignment on nothing is missed.
        let placed = bench.publish(&topic, "session", round).await;
        let record = record(&mut *member).await;
        assert_eq!(text(&record), round.to_string());
        member.mark_processed(position(0, placed.offset + 1, ""));
        member.leave().await.unwrap();
        bench.publish(&topic, "session", "between").await;
    }
}

pub(crate) async fn a_latest_group_with_commits_continues_at_its_position(bench: Bench) {
    let topic = bench.topic(1).await;
    bench.publish(&topic, "session", "before").await;
    let group = group(&topic, OffsetReset::Latest, true);
    let mut first = bench.bus.join(group.clone()).await.unwrap();
    assigned(&mut *first, 1).await;
    let placed = bench.publish(&topic, "session", "first").await;
    assert_eq!(text(&record(&mut *first).await), "first");
    first.mark_processed(position(0, placed.offset + 1, ""));
    first.leave().await.unwrap();
    bench.publish(&topic, "session", "between").await;
    let mut second = bench.bus.join(group).await.unwrap();
    assert_eq!(text(&record(&mut *second).await), "between");
    second.leave().await.unwrap();
}

pub(crate) async fn lag_is_the_number_of_undelivered_records(bench: Bench) {
    let topic = bench.topic(1).await;
    for number in 0..10 {
        bench.publish(&topic, "session", number).await;
    }
    let group = group(&topic, OffsetReset::Earliest, true);
    let mut member = bench.bus.join(group).await.unwrap();
    assigned(&mut *member, 1).await;
    assert_eq!(member.lag(), [(0, 10)]);
    for left in (0..10).rev() {
        record(&mut *member).await;
        assert_eq!(member.lag(), [(0, left)]);
    }
    member.pause(0);
    bench.publish(&topic, "session", 10).await;
    while member.lag() != [(0, 1)] {
        tokio::time::sleep(COMMIT_INTERVAL).await;
    }
    member.leave().await.unwrap();
}
