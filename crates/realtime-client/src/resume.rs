//! The state of a session, for the next connection.

use mynah_api::realtime::{ReceivedSeq, ResumeSession, ServerEventBody};

/// The code of the error after which a session can't be resumed any more, and goes on.
pub(crate) const NOT_RESUMABLE: &str = "session_not_resumable";

/// The state of a session, as far as its client has received it.
#[derive(Debug, Default)]
pub(crate) struct SessionState {
    /// What opens the session again; none where it can't be resumed.
    token: Option<String>,
    received: ReceivedSeq,
    /// Samples that need not be sent again.
    through_sample: u64,
    /// Whether all results have arrived.
    is_complete: bool,
}

impl SessionState {
    /// Notes an event that has arrived.
    pub(crate) fn note(&mut self, event: &ServerEventBody) {
        let seq = match event {
            ServerEventBody::Created { session } => {
                // The session of a later connection is resumed, and its own token is of no use.
                if self.token.is_none() {
                    self.token.clone_from(&session.resume_token);
                }
                None
            }
            ServerEventBody::Acknowledged { through_sample }
            | ServerEventBody::Resumed { through_sample, .. } => {
                self.through_sample = *through_sample;
                None
            }
            ServerEventBody::Closed {} => {
                self.is_complete = true;
                None
            }
            ServerEventBody::Error { error } => {
                if error.code == NOT_RESUMABLE {
                    self.token = None;
                }
                None
            }
            ServerEventBody::InputTranscript(delta) | ServerEventBody::OutputTranscript(delta) => {
                delta.seq
            }
            ServerEventBody::OutputAudio(delta) => delta.seq,
            ServerEventBody::SegmentDone(done) => done.seq,
            ServerEventBody::SegmentFailed(failed) => failed.seq,
            _ => None,
        };
        if let Some(seq) = seq {
            self.received.note(seq);
        }
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Samples that need not be sent again.
    pub(crate) fn through_sample(&self) -> usize {
        usize::try_from(self.through_sample).unwrap_or(usize::MAX)
    }

    /// The event that resumes the session; none where it can't be resumed.
    pub(crate) fn resume(&self) -> Option<ResumeSession> {
        Some(ResumeSession {
            event_id: None,
            resume_token: self.token.clone()?,
            last_seq: self.received.numbers(),
        })
    }
}

#[cfg(test)]
mod tests {
    use mynah_api::realtime::TranscriptDelta;

    use super::*;

    #[test]
    fn a_session_resumes_after_the_highest_number_of_each_kind() {
        let mut state = SessionState::default();
        let delta = |seq| TranscriptDelta {
            delta: String::new(),
            elapsed_ms: 0,
            seq: Some(seq),
        };
        for seq in [0, 1 << 20] {
            state.note(&ServerEventBody::InputTranscript(delta(seq)));
        }
        state.note(&ServerEventBody::OutputTranscript(delta(1 << 16)));
        state.note(&ServerEventBody::Acknowledged {
            through_sample: 4_800,
        });
        assert_eq!(state.through_sample(), 4_800);
        assert!(state.resume().is_none(), "there is no token");
        state.token = Some("token".into());
        let resume = state.resume().expect("a token");
        assert_eq!(resume.last_seq, [1 << 20, 1 << 16]);
    }
}
