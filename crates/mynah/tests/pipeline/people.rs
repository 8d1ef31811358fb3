//! Several people who speak at the same time.

use tokio::task::JoinHandle;

use crate::checker::{self, Heard};
use crate::client;
use crate::world::{Process, World};

const SESSIONS: usize = 3;

/// Several people who begin to speak now.
pub(crate) fn begin(world: &World, gateway: &Process) -> Vec<JoinHandle<Heard>> {
    begin_so_many(world, gateway, SESSIONS)
}

pub(crate) fn begin_so_many(
    world: &World,
    gateway: &Process,
    sessions: usize,
) -> Vec<JoinHandle<Heard>> {
    let one = || tokio::spawn(client::speak(gateway.address.clone(), world.speech.clone()));
    (0..sessions).map(|_| one()).collect()
}

pub(crate) async fn heard(speaking: Vec<JoinHandle<Heard>>) -> Vec<Heard> {
    let mut all = Vec::new();
    for own in speaking {
        all.push(own.await.unwrap());
    }
    all
}

/// Everybody was answered, all of it, once; and no log says what was said.
pub(crate) async fn all_is_well(world: &World, speaking: Vec<JoinHandle<Heard>>) {
    let heard = heard(speaking).await;
    let faults = checker::check(world, &heard).await;
    assert!(faults.is_empty(), "{faults:#?}");
    for own in &heard {
        assert!(own.closed, "{own:?}");
        assert!(own.done.len() >= 2, "{own:?}");
        assert!(own.failed.is_empty(), "{own:?}");
    }
    let told = checker::told(world, &heard);
    assert!(told.is_empty(), "{told:#?}");
}
