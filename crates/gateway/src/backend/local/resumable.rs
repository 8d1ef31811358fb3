//! Sessions that may be resumed: those with a connection, and for a while those that lost it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use mynah_admission::ClientKey;
use mynah_bus::identity::SessionId;
use mynah_speech::Cancel;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::input::InputState;
use super::results::ResultsState;
use crate::backend::{Retention, SessionStart};

type Sessions = Mutex<HashMap<SessionId, Arc<Resumable>>>;

/// The sessions of this process that may be resumed.
#[derive(Clone, Default)]
pub(super) struct ResumableSessions(Arc<Sessions>);

impl ResumableSessions {
    /// Adds a session, which a connection has.
    pub(super) fn insert(&self, start: SessionStart, retention: Retention) -> Arc<Resumable> {
        let session = start.session;
        let max_per_client = start.client.share_of(retention.max_sessions);
        let resumable = Arc::new(Resumable {
            session: session.clone(),
            max_per_client: max_per_client.min(start.max_kept_per_client),
            client: start.client,
            revoked: start.revoked,
            retention,
            sessions: Arc::downgrade(&self.0),
            state: Mutex::default(),
            detached: Notify::new(),
        });
        lock(&self.0).insert(session, Arc::clone(&resumable));
        resumable
    }

    pub(super) fn get(&self, session: &SessionId) -> Option<Arc<Resumable>> {
        lock(&self.0).get(session).cloned()
    }

    /// Removes a session. Without a connection it ends.
    pub(super) fn remove(&self, session: &SessionId) {
        remove(&self.0, session);
    }
}

fn remove(sessions: &Sessions, session: &SessionId) {
    let removed = lock(sessions).remove(session);
    if let Some(resumable) = removed {
        resumable.discard();
    }
}

/// A session that may be resumed.
pub(super) struct Resumable {
    session: SessionId,
    client: ClientKey,
    /// How many sessions of the client are kept.
    max_per_client: usize,
    /// Cancelled when the client's key is revoked.
    revoked: Cancel,
    retention: Retention,
    sessions: Weak<Sessions>,
    state: Mutex<State>,
    detached: Notify,
}

#[derive(Default)]
struct State {
    /// Both directions, where no connection has them.
    input: Option<InputState>,
    results: Option<ResultsState>,
    /// Since when no connection has the session.
    detached_at: Option<Instant>,
    /// Cancelled when another connection takes the session.
    superseded: Cancel,
    is_discarded: bool,
}

/// A session that a connection has taken.
pub(super) struct Attached {
    pub(super) input: InputState,
    pub(super) results: ResultsState,
    /// Cancelled when another connection takes the session.
    pub(super) superseded: Cancel,
}

impl Resumable {
    /// Cancelled when another connection takes the session.
    pub(super) fn superseded(&self) -> Cancel {
        lock(&self.state).superseded.clone()
    }

    /// Takes the session for a connection, from the earlier one if need be. None where it has
    /// ended.
    pub(super) async fn attach(&self) -> Option<Attached> {
        let superseded = Cancel::new();
        let earlier = {
            let mut state = lock(&self.state);
            std::mem::replace(&mut state.superseded, superseded.clone())
        };
        earlier.cancel();
        loop {
            let detached = self.detached.notified();
            tokio::pin!(detached);
            detached.as_mut().enable();
            {
                let mut state = lock(&self.state);
                if state.is_discarded {
                    return None;
                }
                match (state.input.take(), state.results.take()) {
                    (Some(input), Some(results)) => {
                        state.detached_at = None;
                        return Some(Attached {
                            input,
                            results,
                            superseded,
                        });
                    }
                    (input, results) => (state.input, state.results) = (input, results),
                }
            }
            detached.await;
        }
    }

    /// Keeps the audio of a connection that has ended.
    pub(super) fn detach_input(self: &Arc<Self>, input: InputState) {
        self.detach(|state| state.input = Some(input));
    }

    /// Keeps the results of a connection that has ended.
    pub(super) fn detach_results(self: &Arc<Self>, results: ResultsState) {
        self.detach(|state| state.results = Some(results));
    }

    fn detach(self: &Arc<Self>, keep: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        if state.is_discarded {
            // The half that was to be kept is dropped with the closure.
            return;
        }
        keep(&mut state);
        let is_detached = state.input.is_some() && state.results.is_some();
        let at = Instant::now();
        if is_detached {
            state.detached_at = Some(at);
        }
        drop(state);
        self.detached.notify_waiters();
        if is_detached {
            self.limit_detached();
            self.expire_after(at);
        }
    }

    /// Ends the session once it was detached for as long as it may be, or its client's key is
    /// revoked.
    fn expire_after(self: &Arc<Self>, detached_at: Instant) {
        let resumable = Arc::clone(self);
        let expire = async move {
            tokio::select! {
                () = sleep(resumable.retention.duration) => {}
                () = resumable.revoked.cancelled() => {}
            }
            resumable.discard_detached(detached_at);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(expire)),
            // The process ends.
            Err(_) => self.discard(),
        }
    }

    /// Ends the session that was detached first where there are too many, of this client or of all.
    fn limit_detached(&self) {
        let Some(sessions) = self.sessions.upgrade() else {
            return;
        };
        let all: Vec<_> = lock(&sessions).values().cloned().collect();
        let is_own = |other: &Self| other.client.name() == self.client.name();
        let own = all.iter().filter(|other| is_own(other)).cloned().collect();
        end_first_beyond(own, self.max_per_client);
        end_first_beyond(all, self.retention.max_sessions);
    }

    /// The session can't be resumed any more. The connection that has it goes on.
    pub(super) fn forget(&self) {
        match self.sessions.upgrade() {
            Some(sessions) => remove(&sessions, &self.session),
            None => self.discard(),
        }
    }

    /// Ends the session unless a connection has taken it since.
    fn discard_detached(&self, detached_at: Instant) {
        let state = lock(&self.state);
        if state.detached_at != Some(detached_at) {
            return;
        }
        self.end(state);
        if let Some(sessions) = self.sessions.upgrade() {
            remove(&sessions, &self.session);
        }
    }

    fn discard(&self) {
        self.end(lock(&self.state));
    }

    fn end(&self, mut state: MutexGuard<'_, State>) {
        state.is_discarded = true;
        state.detached_at = None;
        let kept = (state.input.take(), state.results.take());
        drop(state);
        drop(kept);
        self.detached.notify_waiters();
    }
}

/// Ends the session that was detached first where more of these are detached.
fn end_first_beyond(sessions: Vec<Arc<Resumable>>, max: usize) {
    let detached_at = |own: &Arc<Resumable>| lock(&own.state).detached_at;
    let mut detached: Vec<_> = sessions
        .into_iter()
        .filter_map(|own| Some((detached_at(&own)?, own)))
        .collect();
    if detached.len() <= max {
        return;
    }
    detached.sort_unstable_by_key(|(at, _)| *at);
    if let Some((at, first)) = detached.first() {
        first.discard_detached(*at);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
