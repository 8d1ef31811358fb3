//! One connection from its upgrade to its end.

use std::future::pending;
use std::time::{Duration, Instant};

use axum::extract::ws::WebSocket;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use mynah_auth::Principal;
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::backend::SessionBackend;
use crate::bus::ResumeClaims;
use crate::config::Identity;
use crate::event_forwarder::{EventFilter, EventForwarder, ForwardingEnd};
use crate::fault::End;
use crate::realtime_session::{ReadEnd, RealtimeSession};
use crate::send_queue::{self, SendQueue};
use crate::settings::GatewaySettings;
use crate::{metrics, send_queue::Outgoing};

/// How long a client gets to answer the close frame.
pub(crate) const CLOSING: Duration = Duration::from_secs(2);

/// Legs of a session that may wait for the one that is being told.
pub(crate) const MAX_WAITING_STREAMS: usize = 4;

/// All that a connection needs.
pub(crate) struct Connection {
    pub(crate) backend: SessionBackend,
    pub(crate) principal: Principal,
    pub(crate) settings: GatewaySettings,
    pub(crate) model: String,
    /// The id of the client's API key; none if none is required.
    pub(crate) api_key: Option<String>,
    pub(crate) shutdown: Cancel,
    /// What the client takes, where its connection tells.
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
        let end = self
            .converse(identity, &mut messages, &send_queue, outgoing, sink)
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
        identity: Identity,
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
        outgoing: Outgoing,
        sink: impl futures_util::Sink<axum::extract::ws::Message> + Unpin,
    ) -> End {
        let revoked = self.principal.revocation();
        let sending = outgoing.send_to(sink, send_queue, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            // Nothing can be sent any more: the client is gone, or too slow and has been told.
            end = &mut sending => return end,
            end = self.interpret(identity, messages, send_queue) => end,
            () = revoked.cancelled() => End::key_revoked(),
        };
        if end == End::key_revoked() {
            send_queue.discard();
        }
        send_queue.send_close(end.clone());
        if end != End::Left {
            // What is on its way is bounded in bytes, and each message in time: a client that
            // listens as the sound plays may need minutes for the rest.
            let limits = (&revoked, &self.shutdown);
            send_queue::send_rest(sending, limits, &self.settings).await;
            let answered = async { while let Some(Ok(_)) = messages.next().await {} };
            let _ = timeout(CLOSING, answered).await;
        }
        end
    }

    /// Interprets until the client is done, gone, or has to go.
    async fn interpret(
        &self,
        identity: Identity,
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
    ) -> End {
        let (streams, told) = mpsc::channel(MAX_WAITING_STREAMS);
        let filter = EventFilter::new(false);
        let mut realtime_session = RealtimeSession::new(
            &self.backend,
            &self.settings,
            send_queue,
            &filter,
            identity,
            streams,
        )
        .charging(&self.principal);
        if realtime_session.greet().await.is_err() {
            return End::Left;
        }
        let telling = EventForwarder::new(send_queue, &filter)
            .charging(&self.principal)
            .run(told);
        tokio::pin!(telling);

        let heard = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => ReadEnd::Finish(End::shutting_down(), self.settings.shutdown()),
            () = sleep(self.settings.session()) => {
                ReadEnd::Finish(End::expired(self.settings.session_seconds), self.settings.flush())
            }
            silence = &mut telling => match silence {
                Err(ForwardingEnd::Aborted(end)) => ReadEnd::Abort(end),
                // Nothing can be sent, which the caller sees as well.
                Err(ForwardingEnd::Unsendable) | Ok(()) => pending().await,
            },
            heard = realtime_session.read(messages) => heard,
        };
        let (end, limit) = match heard {
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
                telling.await
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
        Identity {
            session: SessionId::parse(&session.to_string()).expect("a UUID is a name"),
            id: Identity::shown(session),
            model: self.model.clone(),
            expires_at: claims.expires_at as u64 / 1_000,
            resume_token: self
                .backend
                .bus()
                .and_then(|backend| backend.token(&claims, self.api_key.as_deref())),
            api_key: self.api_key.clone(),
        }
    }
}

/// Ends when a shutdown has lasted as long as it may.
pub(crate) async fn shutdown_limit(shutdown: &Cancel, settings: &GatewaySettings) {
    shutdown.cancelled().await;
    sleep(settings.shutdown()).await;
}
