use std::time::Duration;

use mynah_bus::{BusError, OffsetReset, StartOffset};

use crate::harness::{Bench, group, outgoing, span, spec, unique};

pub(crate) async fn a_missing_topic_is_named(bench: Bench) {
    let (bus, topic) = (&bench.bus, unique("nothing"));
    let missing = BusError::NoTopic(topic.clone());
    let published = bus.publish(outgoing(&topic, "session", 1)).await;
    assert_eq!(published, Err(missing.clone()));
    assert_eq!(bus.partitions(&topic).await, Err(missing.clone()));
    let joined = bus.join(group(&topic, OffsetReset::Earliest, true)).await;
    assert_eq!(joined.err(), Some(missing.clone()));
    let read = bus
        .read(vec![span(&topic, 0, StartOffset::Latest, false)])
        .await;
    assert_eq!(read.err(), Some(missing.clone()));
    let deleted = bus.delete_before(&topic, 0, 1).await;
    assert_eq!(deleted, Err(missing));
    // A partition that is not there is no better.
    let topic = bench.topic(1).await;
    let read = bus
        .read(vec![span(&topic, 1, StartOffset::Latest, false)])
        .await;
    assert_eq!(read.err(), Some(BusError::NoTopic(topic.clone())));
    let deleted = bus.delete_before(&topic, 1, 1).await;
    assert_eq!(deleted, Err(BusError::NoTopic(topic.clone())));
    // Once it is there, all is well.
    let late = unique("late");
    let published = bus.publish(outgoing(&late, "session", 1)).await;
    assert!(published.is_err());
    bus.ensure(&[spec(&late, 2)]).await.unwrap();
    bus.publish(outgoing(&late, "session", 1)).await.unwrap();
}

pub(crate) async fn ensuring_twice_changes_nothing(bench: Bench) {
    let (bus, a, b) = (&bench.bus, unique("a"), unique("b"));
    assert_eq!(bus.ensure(&[spec(&a, 3)]).await.unwrap(), [a.as_str()]);
    let both = [spec(&a, 3), spec(&b, 1)];
    assert_eq!(bus.ensure(&both).await.unwrap(), [b.as_str()]);
    bus.publish(outgoing(&a, "session", 1)).await.unwrap();
    let mut longer = spec(&a, 3);
    longer.retention *= 2;
    assert!(bus.ensure(&[longer]).await.unwrap().is_empty());
    assert_eq!(bus.partitions(&a).await, Ok(3));
    assert_eq!(bench.read_all(&a).await.len(), 1);
    let other = bus.ensure(&[spec(&a, 4)]).await;
    assert!(matches!(other, Err(BusError::Refused(_))), "{other:?}");
    assert_eq!(bus.partitions(&a).await, Ok(3));
}

pub(crate) async fn a_bus_is_ready(bench: Bench) {
    bench.bus.ready(Duration::from_secs(5)).await.unwrap();
}
