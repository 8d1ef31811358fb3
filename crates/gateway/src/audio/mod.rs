//! `GET /ws/audio`: the earlier protocol. Bare sound in binary messages, a word at the end of it,
//! then the results as the events of the other route.

mod rate;
mod recording;
mod text;

use std::future::pending;
use std::time::Instant;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::SplitStream;
use futures_util::{Sink, StreamExt};
use mynah_bus::identity::SessionId;
use mynah_http::PeerProgress;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::config::Identity;
use crate::connection::{CLOSING, WAITING_LEGS, shutdown_limit};
use crate::conversation::{Conversation, Heard};
use crate::desk::Desk;
use crate::fault::End;
use crate::key::Client;
use crate::metrics;
use crate::outbox::{self, Outbox, Outgoing};
use crate::pump::{Pump, Silence, Wanted};
use crate::settings::GatewaySettings;
use recording::Recording;

/// All that a connection needs.
pub(crate) struct AudioConnection {
    pub(crate) desk: Desk,
    pub(crate) client: Client,
    pub(crate) settings: GatewaySettings,
    pub(crate) shutdown: Cancel,
    /// What the client takes, where its connection tells.
    pub(crate) progress: Option<PeerProgress>,
}

impl AudioConnection {
    /// Tells a client why it can't stay.
    pub(crate) async fn refuse(mut socket: WebSocket, end: End) {
        metrics::refused("overloaded");
        let (outbox, outgoing) = outbox::new(&Identity::shown(Uuid::new_v4()), 1);
        outbox.farewell(end);
        let told = async {
            for message in outgoing.left() {
                socket.send(message).await?;
            }
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<_, axum::Error>(())
        };
        let _ = timeout(CLOSING, told).await;
    }

    /// Serves a client until one of the two ends it.
    pub(crate) async fn serve(self, socket: WebSocket) {
        let began = Instant::now();
        let session = Uuid::new_v4();
        let shown = Identity::shown(session);
        tracing::info!(session = shown, "audio session began");
        let (sink, mut messages) = socket.split();
        let (outbox, outgoing) = outbox::new(&shown, self.settings.max_outgoing_bytes);
        outbox.greet(text::handshake(session));
        outbox.hold();
        let end = self
            .converse(session, &mut messages, &outbox, outgoing, sink)
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
        outbox: &Outbox,
        outgoing: Outgoing,
        sink: impl Sink<Message> + Unpin,
    ) -> End {
        let sending = outgoing.send_to(sink, outbox, &self.settings, self.progress.as_ref());
        tokio::pin!(sending);
        let end = tokio::select! {
            end = &mut sending => return end,
            end = self.interpret(session, messages, outbox) => end,
            () = self.client.revoked.cancelled() => End::key_revoked(),
        };
        if end == End::key_revoked() {
            outbox.discard();
        }
        outbox.farewell(end.clone());
        if end != End::Left {
            let limits = (&self.client.revoked, &self.shutdown);
            outbox::send_rest(sending, limits, &self.settings).await;
            let answered = async { while let Some(Ok(_)) = messages.next().await {} };
            let _ = timeout(CLOSING, answered).await;
        }
        end
    }

    async fn interpret(
        &self,
        session: Uuid,
        messages: &mut SplitStream<WebSocket>,
        outbox: &Outbox,
    ) -> End {
        let session = SessionId::parse(&session.to_string()).expect("a UUID is a name");
        let limits = &self.settings.ws_audio;
        let (legs, told) = mpsc::channel(WAITING_LEGS);
        let wanted = Wanted::new(true);
        let mut recording = Recording::new(&self.desk, &self.settings, session, legs)
            .charging(&*self.client.account);
        let telling = Pump::new(outbox, &wanted)
            .quiet()
            .charging(&*self.client.account)
            .run(told);
        tokio::pin!(telling);
        let heard = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Heard::Until(End::shutting_down(), self.settings.shutdown()),
            () = sleep(limits.session()) => Heard::Cut(End::expired(limits.session_seconds)),
            silence = &mut telling => match silence {
                Err(Silence::Over(end)) => Heard::Cut(end),
                Err(Silence::Unsendable) | Ok(()) => pending().await,
            },
            heard = recording.read(messages) => heard,
        };
        let (end, limit) = match heard {
            Heard::Until(end, limit) => (end, limit),
            Heard::Cut(end) => return end,
        };
        recording.finish();
        outbox.release();
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
            left = Conversation::watch(messages, outbox, &self.settings, false) => left,
            () = shutdown_limit(&self.shutdown, &self.settings) => End::flush_timeout(),
            () = wanted.stalled(limit) => End::flush_timeout(),
        }
    }
}
