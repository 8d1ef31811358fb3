//! What the two protocols of a connection differ in.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use mynah_bus::identity::SessionId;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::audio_charges::{AudioCharges, ChargedSessions};
use crate::backend::{AudioInput, Backend, ResultStream};
use crate::event_forwarder::EventFilter;
use crate::fault::End;
use crate::send_queue::{SendQueue, SendQueueClosed};
use crate::settings::GatewaySettings;
use crate::socket::Messages;

/// A protocol, for one connection.
pub(crate) trait Protocol: Send + Sync + 'static {
    /// Its name in logs.
    fn name(&self) -> &'static str;

    /// Whether a client can resume a session over another connection.
    fn can_resume(&self) -> bool;

    /// Queues what comes before all events.
    fn greet(&self, _session: Uuid, _send_queue: &SendQueue) {}

    /// Which events the client gets.
    fn filter(&self) -> EventFilter;

    /// How long a session lasts, and how it ends then.
    fn expiry(&self, settings: &GatewaySettings) -> (Duration, ReadEnd);

    /// What reads the client's messages. `streams` takes the results of a session that is resumed;
    /// without it there are no results after those of `input`.
    fn reader<'a>(
        &'a self,
        parts: SessionParts<'a>,
        input: Box<dyn AudioInput>,
        streams: mpsc::Sender<Box<dyn ResultStream>>,
    ) -> Box<dyn ClientReader + 'a>;
}

/// Reads one client's messages. One that is dropped ends its session unless that is resumed.
#[async_trait]
pub(crate) trait ClientReader: Send {
    /// Sends the first event, where there is one.
    async fn begin(&mut self) -> Result<(), SendQueueClosed> {
        Ok(())
    }

    /// Reads until the client is done or the connection is over.
    async fn read(&mut self, messages: &mut Messages) -> ReadEnd;

    /// Ends the audio: all of it is interpreted.
    fn finish(self: Box<Self>);
}

/// How the client's part of a session ended.
pub(crate) enum ReadEnd {
    /// All of it is to be interpreted, within this time.
    Finish(End, Duration),
    /// The rest is of no use.
    Abort(End),
}

/// What a reader shares with its connection.
#[derive(Clone, Copy)]
pub(crate) struct SessionParts<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) settings: &'a GatewaySettings,
    pub(crate) send_queue: &'a SendQueue,
    pub(crate) filter: &'a EventFilter,
    pub(crate) charges: &'a AudioCharges<'a>,
    pub(crate) charged_sessions: &'a ChargedSessions,
    /// The session that the connection began with.
    pub(crate) session: &'a NewSession,
    /// The session that the connection has, which a resume changes.
    pub(crate) current: &'a Mutex<SessionId>,
}

/// A session that a connection begins with.
pub(crate) struct NewSession {
    pub(crate) uuid: Uuid,
    pub(crate) id: SessionId,
    /// In milliseconds since 1970.
    pub(crate) began_at: i64,
    /// Likewise.
    pub(crate) expires_at: i64,
    pub(crate) is_resumable: bool,
}
