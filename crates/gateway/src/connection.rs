//! One connection from its upgrade to its end, whatever its protocol.

use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{Sink, StreamExt};
use mynah_auth::Principal;
use mynah_bus::event::now_ms;
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::audio_charges::{AudioCharges, ChargedSessions, SessionCharges};
use crate::backend::{Backend, OpenedSession, SessionStart};
use crate::config::Identity;
use crate::event_forwarder::{EventForwarder, ForwardingEnd};
use crate::fault::End;
use crate::protocol::{NewSession, Protocol, ReadEnd, SessionParts};
use crate::send_queue::{self, SendQueue};
use crate::settings::GatewaySettings;
use crate::socket::{Messages, is_close_answered, watch};
use crate::{metrics, send_queue::Outgoing};

/// How long a client gets to answer the close frame.
pub(crate) const CLOSING: Duration = Duration::from_secs(2);

/// Streams of results that may wait for the forwarder: the first, and that of a resumed session.
const MAX_WAITING_STREAMS: usize = 2;

/// All that a connection needs.
pub(crate) struct Connection {
    pub(crate) protocol: Box<dyn Protocol>,
    pub(crate) backend: Backend,
    pub(crate) principal: Principal,
    pub(crate) settings: GatewaySettings,
    pub(crate) charged_sessions: ChargedSessions,
    pub(crate) shutdown: Cancel,
    /// How much the client has read, where its connection can be asked.
    pub(crate) progress: Option<PeerProgress>,
}

impl Connection {
    /// Serves a client until one of the two ends it.
    pub(crate) async fn serve(self, socket: WebSocket) {
        let began = Instant::now();
        let session = self.new_session();
        let (shown, protocol) = (Identity::shown(session.uuid), self.protocol.name());
        tracing::info!(session = shown, protocol, "session began");
        let (sink, mut messages) = socket.split();
        let (send_queue, outgoing) = send_queue::new(&shown, self.settings.max_outgoing_bytes);
        self.protocol.greet(session.uuid, &send_queue);
        let end = self
            .converse(&session, &mut messages, &send_queue, outgoing, sink)
            .await;
        tracing::info!(
            session = shown,
            protocol,
            end = end.name(),
            seconds = began.elapsed().as_secs(),
            "session ended"
        );
        metrics::session_ended(end.name(), began.elapsed());
    }

    async fn converse(
        &self,
        session: &NewSession,
        messages: &mut Messages,
        send_queue: &SendQueue,
        outgoing: Outgoing,
        sink: impl Sink<Message> + Unpin,
    ) -> End {
        let revoked = self.principal.revocation();
        let current = Mutex::new(session.id.clone());
        let sending = outgoing.send_to(sink, send_queue, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            // Nothing can be sent any more: the connection is lost, or the client was too slow.
            end = &mut sending => return end,
            end = self.interpret((session, &current), messages, send_queue) => end,
            () = revoked.cancelled() => End::key_revoked(),
        };
        let session = current.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !end.is_resumable() && !end.is_complete() {
            self.discard(&session);
        }
        if end == End::key_revoked() {
            send_queue.discard();
        }
        send_queue.send_close(end.clone());
        if !end.is_disconnected() {
            // What is on its way is bounded in bytes, and each message in time: a client that
            // listens as the sound plays may need minutes for the rest.
            let limits = (&revoked, &self.shutdown);
            send_queue::send_rest(sending, limits, &self.settings).await;
            let answer = timeout(CLOSING, is_close_answered(messages)).await;
            if answer.unwrap_or_default() && end.is_complete() {
                // The client has got everything.
                self.discard(&session);
            }
        }
        end
    }

    /// Interprets until the client closes the session, is lost, or the session has to end.
    async fn interpret(
        &self,
        (session, current): (&NewSession, &Mutex<SessionId>),
        messages: &mut Messages,
        send_queue: &SendQueue,
    ) -> End {
        let OpenedSession { input, results } = self.backend.sessions().open(SessionStart {
            session: session.id.clone(),
            client: self.principal.client_key(),
            revoked: self.principal.revocation(),
            max_kept_per_client: self.settings.max_connections_per_caller,
            retention: self
                .protocol
                .can_resume()
                .then(|| self.settings.retention()),
        });
        let (streams, forwarded) = mpsc::channel(MAX_WAITING_STREAMS);
        if streams.send(results).await.is_err() {
            return End::internal();
        }
        let filter = self.protocol.filter();
        let charged = if session.is_resumable {
            self.charged_sessions
                .session(&session.id, session.expires_at)
        } else {
            SessionCharges::default()
        };
        let charges = AudioCharges::new(&self.principal, charged);
        let parts = SessionParts {
            backend: &self.backend,
            settings: &self.settings,
            send_queue,
            filter: &filter,
            charges: &charges,
            charged_sessions: &self.charged_sessions,
            session,
            current,
        };
        let mut reader = self.protocol.reader(parts, input, streams);
        if reader.begin().await.is_err() {
            return End::Left;
        }
        let forwarding = EventForwarder::new(send_queue, &filter, &charges).run(forwarded);
        tokio::pin!(forwarding);

        let (lifetime, expired) = self.protocol.expiry(&self.settings);
        let read = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => ReadEnd::Finish(End::shutting_down(), self.settings.shutdown()),
            () = sleep(lifetime) => expired,
            ended = &mut forwarding => match ended {
                Err(ForwardingEnd::Aborted(end)) => ReadEnd::Abort(end),
                // Nothing can be sent, which the caller sees as well.
                Err(ForwardingEnd::Unsendable) | Ok(()) => pending().await,
            },
            read = reader.read(messages) => read,
        };
        let (end, limit) = match read {
            ReadEnd::Finish(end, limit) => (end, limit),
            ReadEnd::Abort(end) => return end,
        };
        reader.finish();
        send_queue.release();
        let by_client = end == End::Closed && self.protocol.can_resume();
        tokio::select! {
            flushed = async {
                if let End::Fault { fault, .. } = &end {
                    send_queue.fault(fault.clone()).await?;
                }
                forwarding.await
            } => match flushed {
                Ok(()) => end.after_flush(),
                Err(ForwardingEnd::Aborted(end)) => end,
                Err(ForwardingEnd::Unsendable) => End::Left,
            },
            left = watch(messages, send_queue, &self.settings, by_client) => left,
            () = shutdown_limit(&self.shutdown, &self.settings) => End::flush_timeout(),
            () = filter.stalled(limit) => End::flush_timeout(),
        }
    }

    fn new_session(&self) -> NewSession {
        let uuid = Uuid::new_v4();
        let (lifetime, _) = self.protocol.expiry(&self.settings);
        let began_at = now_ms();
        let retention = self.settings.retention();
        let is_resumable = self.backend.sessions().is_resumable(&retention);
        NewSession {
            uuid,
            id: SessionId::parse(&uuid.to_string()).expect("a UUID is a session id"),
            began_at,
            expires_at: began_at + lifetime.as_millis() as i64,
            is_resumable: is_resumable && self.protocol.can_resume(),
        }
    }

    /// Ends what is kept of a session.
    fn discard(&self, session: &SessionId) {
        self.backend.sessions().discard(session);
        self.charged_sessions.remove(session);
    }
}

/// Ends when a shutdown has lasted as long as it may.
async fn shutdown_limit(shutdown: &Cancel, settings: &GatewaySettings) {
    shutdown.cancelled().await;
    sleep(settings.shutdown()).await;
}
