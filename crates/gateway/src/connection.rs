//! One connection from its upgrade to its end.

use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use mynah_auth::Principal;
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::backend::{Backend, OpenedSession, SessionStart};
use crate::config::Identity;
use crate::event_forwarder::{EventFilter, EventForwarder, ForwardingEnd};
use crate::fault::End;
use crate::realtime_session::{ReadEnd, RealtimeSession, SessionParts};
use crate::resume_token::{ResumeClaims, ResumeTokens};
use crate::send_queue::{self, SendQueue};
use crate::settings::GatewaySettings;
use crate::{metrics, send_queue::Outgoing};

/// How long a client gets to answer the close frame.
pub(crate) const CLOSING: Duration = Duration::from_secs(2);

/// Streams of results that may wait for the forwarder: the first, and that of a resumed session.
pub(crate) const MAX_WAITING_STREAMS: usize = 2;

/// All that a connection needs.
pub(crate) struct Connection {
    pub(crate) backend: Backend,
    pub(crate) tokens: ResumeTokens,
    pub(crate) principal: Principal,
    pub(crate) settings: GatewaySettings,
    pub(crate) model: String,
    /// The id of the client's API key; none if none is required.
    pub(crate) api_key: Option<String>,
    pub(crate) shutdown: Cancel,
    /// How much the client has read, where its connection can be asked.
    pub(crate) progress: Option<PeerProgress>,
}

impl Connection {
    /// Serves a client until one of the two ends it.
    pub(crate) async fn serve(self, socket: WebSocket) {
        let began = Instant::now();
        let identity = self.identity();
        let session = identity.id.clone();
        tracing::info!(session, "realtime session began");
        let (sink, mut messages) = socket.split();
        let (send_queue, outgoing) = send_queue::new(&session, self.settings.max_outgoing_bytes);
        let current = Mutex::new(identity.session.clone());
        let end = self
            .converse(
                (identity, &current),
                &mut messages,
                &send_queue,
                outgoing,
                sink,
            )
            .await;
        tracing::info!(
            session,
            end = end.name(),
            seconds = began.elapsed().as_secs(),
            "realtime session ended"
        );
        metrics::session_ended(end.name(), began.elapsed());
    }

    async fn converse(
        &self,
        (identity, current): (Identity, &Mutex<SessionId>),
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
        outgoing: Outgoing,
        sink: impl futures_util::Sink<Message> + Unpin,
    ) -> End {
        let revoked = self.principal.revocation();
        let sending = outgoing.send_to(sink, send_queue, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            // Nothing can be sent any more: the connection is lost, or the client was too slow.
            end = &mut sending => return end,
            end = self.interpret((identity, current), messages, send_queue) => end,
            () = revoked.cancelled() => End::key_revoked(),
        };
        let session = current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if !end.is_resumable() && !end.is_complete() {
            self.backend.sessions().discard(&session);
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
            let answer = timeout(CLOSING, close_answer(messages)).await;
            if answer.unwrap_or_default() {
                // The client has got everything.
                self.backend.sessions().discard(&session);
            }
        }
        end
    }

    /// Interprets until the client closes the session, is lost, or the session has to end.
    async fn interpret(
        &self,
        (identity, current): (Identity, &Mutex<SessionId>),
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
    ) -> End {
        let retention = self.settings.retention();
        let OpenedSession { input, results } = self.backend.sessions().open(SessionStart {
            session: identity.session.clone(),
            client: self.principal.client_key(),
            retention: Some(retention),
        });
        let (streams, forwarded) = mpsc::channel(MAX_WAITING_STREAMS);
        if streams.send(results).await.is_err() {
            return End::internal();
        }
        let filter = EventFilter::new(false);
        let parts = SessionParts {
            backend: &self.backend,
            tokens: &self.tokens,
            settings: &self.settings,
            send_queue,
            filter: &filter,
            current,
        };
        let mut realtime_session =
            RealtimeSession::new(parts, identity, input, streams).charging(&self.principal);
        if realtime_session.send_created().await.is_err() {
            return End::Left;
        }
        let forwarding = EventForwarder::new(send_queue, &filter)
            .charging(&self.principal)
            .run(forwarded);
        tokio::pin!(forwarding);

        let read = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => ReadEnd::Finish(End::shutting_down(), self.settings.shutdown()),
            () = sleep(self.settings.session()) => {
                ReadEnd::Finish(End::expired(self.settings.session_seconds), self.settings.flush())
            }
            ended = &mut forwarding => match ended {
                Err(ForwardingEnd::Aborted(end)) => ReadEnd::Abort(end),
                // Nothing can be sent, which the caller sees as well.
                Err(ForwardingEnd::Unsendable) | Ok(()) => pending().await,
            },
            read = realtime_session.read(messages) => read,
        };
        let (end, limit) = match read {
            ReadEnd::Finish(end, limit) => (end, limit),
            ReadEnd::Abort(end) => return end,
        };
        realtime_session.finish();
        let by_client = end == End::Closed;
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
            left = RealtimeSession::watch(messages, send_queue, &self.settings, by_client) => left,
            () = shutdown_limit(&self.shutdown, &self.settings) => End::flush_timeout(),
            () = filter.stalled(limit) => End::flush_timeout(),
        }
    }

    fn identity(&self) -> Identity {
        let session = Uuid::new_v4();
        let claims = ResumeClaims::issue(session, self.settings.session());
        let is_resumable = self
            .backend
            .sessions()
            .is_resumable(&self.settings.retention());
        let token = || self.tokens.token(&claims, self.api_key.as_deref());
        Identity {
            session: SessionId::parse(&session.to_string()).expect("a UUID is a session id"),
            id: Identity::shown(session),
            model: self.model.clone(),
            expires_at: claims.expires_at as u64 / 1_000,
            resume_token: is_resumable.then(token),
            api_key: self.api_key.clone(),
        }
    }
}

/// Whether the client answers a close frame with its own, so that it has read everything.
async fn close_answer(messages: &mut SplitStream<WebSocket>) -> bool {
    while let Some(Ok(message)) = messages.next().await {
        if matches!(message, Message::Close(_)) {
            return true;
        }
    }
    false
}

/// Ends when a shutdown has lasted as long as it may.
pub(crate) async fn shutdown_limit(shutdown: &Cancel, settings: &GatewaySettings) {
    shutdown.cancelled().await;
    sleep(settings.shutdown()).await;
}
