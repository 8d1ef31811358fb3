use tokio::sync::oneshot::error::TryRecvError;

use super::*;

/// A state with partition 0 assigned, committed up to this offset.
fn assigned(committed: i64) -> ConsumerState {
    let state = ConsumerState::new();
    let partition = PartitionState::new(Some(committed), None, committed);
    state.lock().partitions.insert(0, partition);
    state
}

fn position(offset: i64, metadata: &str, at_release: Option<&str>) -> Position {
    Position {
        partition: 0,
        offset,
        metadata: metadata.to_owned(),
        metadata_at_release: at_release.map(str::to_owned),
    }
}

fn acknowledge(state: &mut StateInner, positions: &[MarkedPosition]) {
    state.committed(positions);
    state.end_commit_waits(positions, &Ok(()));
}

#[test]
fn refused_commits_do_not_wait() {
    let state = assigned(5);
    let mut state = state.lock();
    let mut refused = state.commit(position(4, "", None));
    assert_eq!(refused.try_recv(), Err(TryRecvError::Closed));
    state.mark_processed(position(9, "", None));
    let mut refused = state.commit(position(8, "", None));
    assert_eq!(refused.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn replaced_commits_end_with_their_successor() {
    let state = assigned(0);
    let mut state = state.lock();
    state.mark_processed(position(7, "before", None));
    let in_flight = state.processed();
    let mut first = state.commit(position(7, "decoding=7", None));
    let mut second = state.commit(position(7, "decoding=8", None));
    acknowledge(&mut state, &in_flight);
    assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
    let latest = state.processed();
    assert_eq!(latest[0].position.metadata, "decoding=8");
    acknowledge(&mut state, &latest);
    assert_eq!(first.try_recv(), Ok(Ok(())));
    assert_eq!(second.try_recv(), Ok(Ok(())));
    assert!(state.processed().is_empty());
}

#[test]
fn release_commits_its_own_metadata_also_after_a_commit() {
    let state = assigned(0);
    let mut state = state.lock();
    state.mark_processed(position(7, "decoding=7", Some("")));
    let marked = state.processed();
    acknowledge(&mut state, &marked);
    assert!(state.processed().is_empty());
    let at_release = state.at_release(Some(&[0]));
    assert_eq!(at_release[0].position, position(7, "", None));
    assert!(state.at_release(Some(&[1])).is_empty());
    state.mark_processed(position(8, "", None));
    let at_release = state.at_release(None);
    assert_eq!(at_release[0].position, position(8, "", None));
}
