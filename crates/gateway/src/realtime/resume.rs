//! The session of an earlier connection.

use std::sync::PoisonError;
use std::time::Duration;

use mynah_api::realtime::{ResumeSession, ServerEventBody};
use mynah_bus::event::now_ms;
use mynah_bus_session::ReceivedAudio;
use tokio::time::Instant;

use super::session::{RealtimeSession, Stop};
use crate::backend::{ResumeError, ResumeRequest};
use crate::config::Identity;
use crate::fault::{End, Fault};
use crate::metrics;

impl RealtimeSession<'_> {
    /// Takes up a session of an earlier connection.
    pub(super) async fn resume(&mut self, resume: ResumeSession) -> Result<(), Stop> {
        let event_id = resume.event_id.as_deref();
        if self.input.is_started() || self.received.total() > 0 || self.expires.is_some() {
            let message = "a session is resumed before any audio, and once";
            let fault = Fault::client("resume_too_late", message);
            return self.invalid(fault.of_event(event_id)).await;
        }
        let api_key = self.identity.api_key.as_deref();
        let claims = self
            .protocol
            .tokens
            .open(&resume.resume_token, now_ms(), api_key);
        let named = claims.and_then(|claims| Some((claims.session()?, claims)));
        let Some((session, claims)) = named else {
            return self.unknown_token(event_id).await;
        };
        let request = ResumeRequest {
            session: session.clone(),
            began_at_ms: claims.issued_at,
            rate: self.config.format.rate(),
            last_seq: resume.last_seq,
            options: self.config.options.clone(),
        };
        let resumed = match self.parts.backend.sessions().resume(request).await {
            Ok(resumed) => resumed,
            Err(ResumeError::Unknown) => return self.unknown_token(event_id).await,
            Err(ResumeError::Unavailable) => {
                let message = "the state of the session can't be read now; resume it again";
                let fault = Fault::server("bus_unavailable", message);
                self.parts
                    .send_queue
                    .fault(fault.of_event(event_id))
                    .await?;
                return Ok(());
            }
        };
        metrics::resumed();
        tracing::info!(session = %session, connection = self.identity.id, "realtime session resumed");
        self.parts
            .backend
            .sessions()
            .discard(&self.identity.session);
        *self
            .parts
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = session.clone();
        let charges = &self.parts.charges;
        charges.resume(
            self.parts
                .charged_sessions
                .session(&session, claims.expires_at),
        );
        self.identity = Identity {
            session,
            id: Identity::shown(claims.session),
            expires_at: claims.expires_at as u64 / 1_000,
            resume_token: Some(resume.resume_token),
            model: self.identity.model.clone(),
            api_key: self.identity.api_key.clone(),
        };
        let left = claims.expires_at - now_ms();
        self.expires = Some(Instant::now() + Duration::from_millis(left.max(0) as u64));
        self.config.options = resumed.options;
        self.description = Some(resumed.description);
        self.update_filter();
        self.received = ReceivedAudio::new(self.config.format.rate(), resumed.through_sample);
        let is_closed = resumed.input.is_none();
        if let Some(input) = resumed.input {
            // The forwarder sees the end of the results of the one that is dropped.
            self.input = input;
        }
        let session = self.describe(Vec::new());
        self.parts
            .send_queue
            .send(ServerEventBody::Resumed {
                session,
                through_sample: resumed.through_sample,
            })
            .await?;
        self.streams
            .send(resumed.results)
            .await
            .map_err(|_| Stop::End(End::internal()))?;
        if resumed.through_sample > 0 {
            self.silence.resumed(Instant::now());
        }
        if is_closed {
            // All its audio is there: only results are left.
            return Err(Stop::Finish);
        }
        Ok(())
    }

    async fn unknown_token(&mut self, event_id: Option<&str>) -> Result<(), Stop> {
        let message = "the token is unknown, is of another API key, or has expired; this session \
                       is a new one";
        let fault = Fault::client("invalid_resume_token", message).blaming("resume_token");
        self.invalid(fault.of_event(event_id)).await
    }
}
