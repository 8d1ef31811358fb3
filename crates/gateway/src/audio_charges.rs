//! What is charged to a client's audio budget. A session that is resumed sends and gets audio
//! again that was on its way when the connection was lost; each sample is charged once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mynah_audio::SampleRate;
use mynah_auth::{AudioBudgetExceeded, Principal};
use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;

/// Sessions whose charges are remembered. One takes some 150 bytes.
const MAX_SESSIONS: usize = 65_536;

/// What was charged of a session so far.
#[derive(Debug, Default)]
struct Charged {
    /// The client's samples, at 24 kHz.
    received: u64,
    /// The number of the last part of its speech.
    speech: Option<u64>,
}

/// The charges of one session, shared by its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionCharges(Arc<Mutex<Charged>>);

/// The charges of the sessions that may be resumed here. Another gateway has budgets of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChargedSessions(Arc<Mutex<HashMap<SessionId, Entry>>>);

#[derive(Debug)]
struct Entry {
    charges: SessionCharges,
    /// When the session can't be resumed any more, in milliseconds since 1970.
    expires_at: i64,
}

impl ChargedSessions {
    /// The charges of a session, which may be resumed until this time (milliseconds since 1970).
    pub(crate) fn session(&self, session: &SessionId, expires_at: i64) -> SessionCharges {
        let mut entries = lock(&self.0);
        if let Some(entry) = entries.get(session) {
            return entry.charges.clone();
        }
        if entries.len() >= MAX_SESSIONS {
            remove_expired(&mut entries, now_ms());
        }
        let charges = SessionCharges::default();
        let entry = Entry {
            charges: charges.clone(),
            expires_at,
        };
        entries.insert(session.clone(), entry);
        charges
    }

    /// Removes a session that can't be resumed any more.
    pub(crate) fn remove(&self, session: &SessionId) {
        lock(&self.0).remove(session);
    }
}

/// Makes room: by what has expired, else by what expires first.
fn remove_expired(entries: &mut HashMap<SessionId, Entry>, now: i64) {
    entries.retain(|_, entry| entry.expires_at > now);
    if entries.len() < MAX_SESSIONS {
        return;
    }
    let mut expiries: Vec<_> = entries.values().map(|entry| entry.expires_at).collect();
    let (_, median, _) = expiries.select_nth_unstable(MAX_SESSIONS / 2);
    let median = *median;
    entries.retain(|_, entry| entry.expires_at > median);
}

/// Charges a client for the session of its connection.
pub(crate) struct AudioCharges<'a> {
    principal: &'a Principal,
    session: Mutex<SessionCharges>,
}

impl<'a> AudioCharges<'a> {
    pub(crate) const fn new(principal: &'a Principal, session: SessionCharges) -> Self {
        Self {
            principal,
            session: Mutex::new(session),
        }
    }

    /// The connection has taken another session.
    pub(crate) fn resume(&self, session: SessionCharges) {
        *lock(&self.session) = session;
    }

    /// Whether the client may send audio up to this sample of its session, at 24 kHz.
    pub(crate) fn check(&self, end: u64) -> Result<(), AudioBudgetExceeded> {
        let session = lock(&self.session).clone();
        if end <= lock(&session.0).received {
            return Ok(());
        }
        self.principal.check_audio_budget()
    }

    /// Charges received audio up to this sample of the session, at 24 kHz, of this duration.
    pub(crate) fn receive(&self, end: u64, audio: Duration) {
        let session = lock(&self.session).clone();
        let mut charged = lock(&session.0);
        let new = end.saturating_sub(charged.received);
        charged.received = charged.received.max(end);
        drop(charged);
        let new = SampleRate::HZ_24000.duration_of(usize::try_from(new).unwrap_or(usize::MAX));
        self.principal.charge_audio(audio.min(new));
    }

    /// Charges a part of the session's speech, by its number where the session may be resumed.
    pub(crate) fn speak(&self, seq: Option<u64>, audio: Duration) {
        let session = lock(&self.session).clone();
        let mut charged = lock(&session.0);
        if seq.is_some() && seq <= charged.speech {
            return;
        }
        charged.speech = charged.speech.max(seq);
        drop(charged);
        self.principal.charge_audio(audio);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_keeps_its_charges_until_it_is_removed() {
        let charged_sessions = ChargedSessions::default();
        let session = SessionId::fresh();
        lock(&charged_sessions.session(&session, 1).0).received = 7;
        assert_eq!(lock(&charged_sessions.session(&session, 1).0).received, 7);
        charged_sessions.remove(&session);
        assert_eq!(lock(&charged_sessions.session(&session, 1).0).received, 0);
    }

    #[test]
    fn sessions_that_expire_first_make_room() {
        let charged_sessions = ChargedSessions::default();
        let far = i64::MAX - MAX_SESSIONS as i64;
        let last = SessionId::fresh();
        for n in 1..MAX_SESSIONS as i64 {
            charged_sessions.session(&SessionId::fresh(), far + n);
        }
        lock(&charged_sessions.session(&last, i64::MAX).0).received = 7;
        charged_sessions.session(&SessionId::fresh(), i64::MAX);
        assert!(lock(&charged_sessions.0).len() <= MAX_SESSIONS / 2 + 2);
        assert_eq!(
            lock(&charged_sessions.session(&last, i64::MAX).0).received,
            7
        );
    }
}
