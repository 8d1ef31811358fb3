//! `GET /ws/audio`: the earlier protocol. Bare sound in binary messages, a word at the end of it,
//! then the results as the events of the other route.

mod message_rate;
mod reader;
mod text_message;

use std::future::pending;
use std::time::Instant;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::SplitStream;
use futures_util::{Sink, StreamExt};
use mynah_auth::Principal;
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::backend::{Backend, OpenedSession, SessionStart};
use crate::config::Identity;
use crate::connection::{CLOSING, MAX_WAITING_STREAMS, shutdown_limit};
use crate::event_forwarder::{EventFilter, EventForwarder, ForwardingEnd};
use crate::fault::End;
use crate::metrics;
use crate::realtime_session::{ReadEnd, RealtimeSession};
use crate::send_queue::{self, Outgoing, SendQueue};
use crate::settings::GatewaySettings;
use reader::AudioReader;

/// All that a connection needs.
pub(crate) struct AudioConnection {
    pub(crate) backend: Backend,
    pub(crate) principal: Principal,
    pub(crate) settings: GatewaySettings,
    pub(crate) shutdown: Cancel,
    /// How much the client has read, where its connection can be asked.
    pub(crate) progress: Option<PeerProgress>,
}

impl AudioConnection {
    /// Closes the connection of a client that is refused.
    pub(crate) async fn refuse(mut socket: WebSocket, end: End) {
        metrics::refused("overloaded");
        let (send_queue, outgoing) = send_queue::new(&Identity::shown(Uuid::new_v4()), 1);
        send_queue.send_close(end);
        let closing = async {
            for message in outgoing.left() {
                socket.send(message).await?;
            }
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<_, axum::Error>(())
        };
        let _ = timeout(CLOSING, closing).await;
    }

    /// Serves a client until one of the two ends it.
    pub(crate) async fn serve(self, socket: WebSocket) {
        let began = Instant::now();
        let session = Uuid::new_v4();
        let shown = Identity::shown(session);
        tracing::info!(session = shown, "audio session began");
        let (sink, mut messages) = socket.split();
        let (send_queue, outgoing) = send_queue::new(&shown, self.settings.max_outgoing_bytes);
        send_queue.greet(text_message::handshake(session));
        send_queue.hold();
        let end = self
            .converse(session, &mut messages, &send_queue, outgoing, sink)
            .await;
        tracing::info!(
            session = shown,
            end = end.name(),
            seconds = began.elapsed().as_secs(),
            "audio session ended"
        );
        metrics::session_ended(end.name(), began.elapsed());
    }

    async fn converse(
        &self,
        session: Uuid,
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
        outgoing: Outgoing,
        sink: impl Sink<Message> + Unpin,
    ) -> End {
        let revoked = self.principal.revocation();
        let sending = outgoing.send_to(sink, send_queue, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            end = &mut sending => return end,
            end = self.interpret(session, messages, send_queue) => end,
            () = revoked.cancelled() => End::key_revoked(),
        };
        if end == End::key_revoked() {
            send_queue.discard();
        }
        send_queue.send_close(end.clone());
        if !end.is_disconnected() {
            let limits = (&revoked, &self.shutdown);
            send_queue::send_rest(sending, limits, &self.settings).await;
            let answered = async { while let Some(Ok(_)) = messages.next().await {} };
            let _ = timeout(CLOSING, answered).await;
        }
        end
    }

    async fn interpret(
        &self,
        session: Uuid,
        messages: &mut SplitStream<WebSocket>,
        send_queue: &SendQueue,
    ) -> End {
        let session = SessionId::parse(&session.to_string()).expect("a UUID is a name");
        let limits = &self.settings.ws_audio;
        let OpenedSession { input, results } = self.backend.sessions().open(SessionStart {
            session,
            client: self.principal.client_key(),
            // This protocol has no way to resume a session.
            retention: None,
        });
        let (streams, forwarded) = mpsc::channel(MAX_WAITING_STREAMS);
        if streams.send(results).await.is_err() {
            return End::internal();
        }
        drop(streams);
        let filter = EventFilter::new(true);
        let mut reader = AudioReader::new(&self.settings, input).charging(&self.principal);
        let forwarding = EventForwarder::new(send_queue, &filter)
            .quiet()
            .charging(&self.principal)
            .run(forwarded);
        tokio::pin!(forwarding);
        let read = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => ReadEnd::Finish(End::shutting_down(), self.settings.shutdown()),
            () = sleep(limits.session()) => ReadEnd::Abort(End::expired(limits.session_seconds)),
            ended = &mut forwarding => match ended {
                Err(ForwardingEnd::Aborted(end)) => ReadEnd::Abort(end),
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
            left = RealtimeSession::watch(messages, send_queue, &self.settings, false) => left,
            () = shutdown_limit(&self.shutdown, &self.settings) => End::flush_timeout(),
            () = filter.stalled(limit) => End::flush_timeout(),
        }
    }
}
