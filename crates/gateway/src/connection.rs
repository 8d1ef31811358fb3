//! One connection from its upgrade to its end.

use std::future::pending;
use std::time::{Duration, Instant};

use axum::extract::ws::WebSocket;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::bus::Ticket;
use crate::config::Identity;
use crate::conversation::{Conversation, Heard};
use crate::desk::Desk;
use crate::fault::End;
use crate::key::Client;
use crate::outbox::{self, Outbox};
use crate::pump::{Pump, Silence, Wanted};
use crate::settings::GatewaySettings;
use crate::{metrics, outbox::Outgoing};

/// How long a client gets to answer the close frame.
pub(crate) const CLOSING: Duration = Duration::from_secs(2);

/// Legs of a session that may wait for the one that is being told.
pub(crate) const WAITING_LEGS: usize = 4;

/// All that a connection needs.
pub(crate) struct Connection {
    pub(crate) desk: Desk,
    pub(crate) client: Client,
    pub(crate) settings: GatewaySettings,
    pub(crate) model: String,
    /// The id of the API key that the client came with; none where none is needed.
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
        let (outbox, outgoing) = outbox::new(&session, self.settings.max_outgoing_bytes);
        let end = self
            .converse(identity, &mut messages, &outbox, outgoing, sink)
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
        outbox: &Outbox,
        outgoing: Outgoing,
        sink: impl futures_util::Sink<axum::extract::ws::Message> + Unpin,
    ) -> End {
        let sending = outgoing.send_to(sink, outbox, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            // Nothing can be sent any more: the client is gone, or too slow and has been told.
            end = &mut sending => return end,
            end = self.interpret(identity, messages, outbox) => end,
            () = self.client.revoked.cancelled() => End::key_revoked(),
        };
        if end == End::key_revoked() {
            outbox.discard();
        }
        outbox.farewell(end.clone());
        if end != End::Left {
            // What is on its way is bounded in bytes, and each message in time: a client that
            // listens as the sound plays may need minutes for the rest.
            let limits = (&self.client.revoked, &self.shutdown);
            outbox::send_rest(sending, limits, &self.settings).await;
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
        outbox: &Outbox,
    ) -> End {
        let (legs, told) = mpsc::channel(WAITING_LEGS);
        let wanted = Wanted::new(false);
        let mut conversation =
            Conversation::new(&self.desk, &self.settings, outbox, &wanted, identity, legs)
                .charging(&*self.client.account);
        if conversation.greet().await.is_err() {
            return End::Left;
        }
        let telling = Pump::new(outbox, &wanted)
            .charging(&*self.client.account)
            .run(told);
        tokio::pin!(telling);

        let heard = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Heard::Until(End::shutting_down(), self.settings.shutdown()),
            () = sleep(self.settings.session()) => {
                Heard::Until(End::expired(self.settings.session_seconds), self.settings.flush())
            }
            silence = &mut telling => match silence {
                Err(Silence::Over(end)) => Heard::Cut(end),
                // Nothing can be sent, which the caller sees as well.
                Err(Silence::Unsendable) | Ok(()) => pending().await,
            },
            heard = conversation.read(messages) => heard,
        };
        let (end, limit) = match heard {
            Heard::Until(end, limit) => (end, limit),
            Heard::Cut(end) => return end,
        };
        conversation.finish();
        let by_client = end == End::Closed;
        tokio::select! {
            flushed = async {
                if let End::Fault { fault, .. } = &end {
                    outbox.fault(fault.clone()).await?;
                }
                telling.await
            } => match flushed {
                Ok(()) => end.after_flush(),
                Err(Silence::Over(end)) => end,
                Err(Silence::Unsendable) => End::Left,
            },
            left = Conversation::watch(messages, outbox, &self.settings, by_client) => left,
            () = shutdown_limit(&self.shutdown, &self.settings) => End::flush_timeout(),
            () = wanted.stalled(limit) => End::flush_timeout(),
        }
    }

    fn identity(&self) -> Identity {
        let session = Uuid::new_v4();
        let ticket = Ticket::issue(session, self.settings.session());
        Identity {
            session: SessionId::parse(&session.to_string()).expect("a UUID is a name"),
            id: Identity::shown(session),
            model: self.model.clone(),
            expires_at: ticket.expires_at as u64 / 1_000,
            resume_token: self
                .desk
                .bus()
                .and_then(|desk| desk.token(&ticket, self.api_key.as_deref())),
            api_key: self.api_key.clone(),
        }
    }
}

/// Ends when a shutdown has lasted as long as it may.
pub(crate) async fn shutdown_limit(shutdown: &Cancel, settings: &GatewaySettings) {
    shutdown.cancelled().await;
    sleep(settings.shutdown()).await;
}
