//! Segments that the recognition stage has committed before their text is published: what a stage
//! that dies now would lose.

use mynah_bus::event::{Body, Kind};
use mynah_bus::identity::Stage;
use tokio::task::JoinHandle;

use crate::checker::{self, ClientResult};
use crate::cluster::TestCluster;
use crate::committed::committed;
use crate::support::setting;
use crate::waiting;

/// Waits until there is one; false where all sessions are over before.
pub(crate) async fn until_one(
    cluster: &TestCluster,
    speaking: &[JoinHandle<ClientResult>],
) -> bool {
    waiting::until("a commit is ahead of its text", async || {
        if is_one(cluster).await {
            return Some(true);
        }
        speaking
            .iter()
            .all(JoinHandle::is_finished)
            .then_some(false)
    })
    .await
}

/// Whether there is one.
pub(crate) async fn is_one(cluster: &TestCluster) -> bool {
    let partitions = cluster.partitions().await;
    let brokers = setting("MYNAH_BUS__BROKERS").unwrap();
    let offsets = tokio::task::spawn_blocking(move || {
        let (group, topic) = (Stage::Recognize.service(), Kind::SpeechSegment.topic());
        committed(&brokers, group, topic, partitions)
    });
    // In this order: what is published after the commit was read is no loss.
    let offsets = offsets.await.unwrap();
    let segments = checker::events(cluster, Kind::SpeechSegment).await;
    let topics = checker::topics(cluster).await;
    segments.into_iter().any(|(record, event)| {
        let Body::SpeechSegment(segment) = event.body else {
            return false;
        };
        let end = offsets[record.partition as usize];
        let session = topics.get(event.session.as_str());
        end.is_some_and(|end| record.offset < end)
            && session.is_some_and(|own| !own.texts.contains_key(&segment.segment.index))
    })
}
