//! One connection from its upgrade to its end.

use std::future::pending;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::ws::WebSocket;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use mynah_interpreter::Interpreter;
use mynah_speech::Cancel;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::config::Identity;
use crate::conversation::Conversation;
use crate::fault::End;
use crate::outbox::{self, Outbox};
use crate::pump::Pump;
use crate::settings::GatewaySettings;
use crate::{metrics, outbox::Outgoing};

/// How long a client gets to answer the close frame.
const CLOSING: Duration = Duration::from_secs(2);

/// Legs of a session that may wait for the one that is being told.
const WAITING_LEGS: usize = 4;

/// All that a connection needs.
pub(crate) struct Connection {
    pub(crate) interpreter: Interpreter,
    pub(crate) settings: GatewaySettings,
    pub(crate) model: String,
    pub(crate) shutdown: Cancel,
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
        let sending = outgoing.send_to(sink, outbox, &self.settings);
        tokio::pin!(sending);
        let end = tokio::select! {
            // Nothing can be sent any more: the client is gone, or too slow and has been told.
            end = &mut sending => return end,
            end = self.interpret(identity, messages, outbox) => end,
        };
        outbox.farewell(end.clone());
        if end != End::Left {
            // What is on its way is bounded in bytes, and each message in time.
            let _ = timeout(self.settings.flush(), sending).await;
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
        let transcription = AtomicBool::new(false);
        let mut conversation = Conversation::new(
            &self.interpreter,
            &self.settings,
            outbox,
            &transcription,
            identity,
            legs,
        );
        if conversation.greet().await.is_err() {
            return End::Left;
        }
        let telling = Pump::new(outbox, &transcription).run(told);
        tokio::pin!(telling);

        let heard = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Heard::Until(End::shutting_down(), self.settings.shutdown()),
            () = sleep(self.settings.session()) => {
                Heard::Until(End::expired(self.settings.session_seconds), self.settings.flush())
            }
            // Ends only where nothing can be sent, which the caller sees as well.
            _ = &mut telling => pending().await,
            end = conversation.read(messages) => match end {
                None => Heard::Until(End::Closed, self.settings.flush()),
                Some(end) => Heard::Cut(end),
            },
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
            } => if flushed.is_ok() { end.after_flush() } else { End::Left },
            left = Conversation::watch(messages, outbox, &self.settings, by_client) => left,
            () = self.shutdown_limit() => End::flush_timeout(),
            () = sleep(limit) => End::flush_timeout(),
        }
    }

    /// Ends when a shutdown has lasted as long as it may.
    async fn shutdown_limit(&self) {
        self.shutdown.cancelled().await;
        sleep(self.settings.shutdown()).await;
    }

    fn identity(&self) -> Identity {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Identity {
            id: format!("sess_{}", Uuid::new_v4().simple()),
            model: self.model.clone(),
            expires_at: (now + self.settings.session()).as_secs(),
        }
    }
}

/// How the client's part of a session ended.
enum Heard {
    /// All of it is to be interpreted, within this time.
    Until(End, Duration),
    /// The rest is of no use.
    Cut(End),
}
