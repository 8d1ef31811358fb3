//! `GET /v1/realtime/translations`: events as JSON in both directions.

mod append;
mod resume;
mod session;
mod update;

use std::time::Duration;

use tokio::sync::mpsc;

use crate::backend::{AudioInput, ResultStream};
use crate::config::Identity;
use crate::event_forwarder::EventFilter;
use crate::fault::End;
use crate::protocol::{ClientReader, Protocol, ReadEnd, SessionParts};
use crate::resume_token::{ResumeClaims, ResumeTokens};
use crate::settings::GatewaySettings;
use session::RealtimeSession;

/// The protocol for one client.
pub(crate) struct Realtime {
    pub(crate) tokens: ResumeTokens,
    pub(crate) model: String,
    /// The id of the client's API key; none if none is required.
    pub(crate) api_key: Option<String>,
}

impl Protocol for Realtime {
    fn name(&self) -> &'static str {
        "realtime"
    }

    fn can_resume(&self) -> bool {
        true
    }

    fn filter(&self) -> EventFilter {
        EventFilter::by_configuration()
    }

    fn expiry(&self, settings: &GatewaySettings) -> (Duration, ReadEnd) {
        let end = End::expired(settings.session_seconds);
        (settings.session(), ReadEnd::Finish(end, settings.flush()))
    }

    fn reader<'a>(
        &'a self,
        parts: SessionParts<'a>,
        input: Box<dyn AudioInput>,
        streams: mpsc::Sender<Box<dyn ResultStream>>,
    ) -> Box<dyn ClientReader + 'a> {
        let identity = self.identity(&parts);
        Box::new(RealtimeSession::new(self, parts, identity, input, streams))
    }
}

impl Realtime {
    fn identity(&self, parts: &SessionParts<'_>) -> Identity {
        let claims = ResumeClaims {
            session: parts.session.uuid,
            issued_at: parts.session.began_at,
            expires_at: parts.session.expires_at,
        };
        let token = || self.tokens.token(&claims, self.api_key.as_deref());
        Identity {
            session: parts.session.id.clone(),
            id: Identity::shown(claims.session),
            model: self.model.clone(),
            expires_at: claims.expires_at as u64 / 1_000,
            resume_token: parts.session.is_resumable.then(token),
            api_key: self.api_key.clone(),
        }
    }
}
