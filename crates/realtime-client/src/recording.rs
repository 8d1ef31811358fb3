//! A recording that a gateway interprets, over as many connections as it takes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use mynah_api::realtime::{ClientEvent, ServerEventBody, SessionUpdate};
use tokio::task::JoinHandle;

use crate::connection::{EventReceiver, EventSender, connect};
use crate::error::ClientError;
use crate::resume::SessionState;

/// Attempts to reach the gateway again after a connection was lost.
const MAX_RETRIES: usize = 8;

/// The wait before the first of them; it doubles up to [`MAX_RETRY_DELAY`].
const MIN_RETRY_DELAY: Duration = Duration::from_millis(250);

/// The longest wait between two of them.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(8);

/// Connections in a row over which a session makes no progress before it fails.
const MAX_FRUITLESS_CONNECTIONS: usize = 3;

/// Which gateway interprets.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its address, `ws://host:port`.
    pub address: String,
    /// The API key, where it needs one.
    pub key: Option<String>,
}

/// What is interpreted, and how.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Samples at 24 kHz, mono.
    pub samples: Arc<[f32]>,
    /// The configuration.
    pub update: SessionUpdate,
    /// Whether it is sent as fast as it was spoken.
    pub in_real_time: bool,
}

/// A recording that is being interpreted. Dropping it ends the session.
pub struct Interpreting {
    gateway: Gateway,
    recording: Recording,
    state: SessionState,
    receiver: EventReceiver,
    /// Sends the audio of the current connection.
    sending: SendingTask,
    /// Events that came before the session was configured or resumed.
    waiting: VecDeque<ServerEventBody>,
    /// Connections in a row without progress.
    fruitless: usize,
}

/// A task that ends when it is dropped.
struct SendingTask(JoinHandle<()>);

impl Drop for SendingTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Has a gateway interpret a recording. Where the connection is lost the session is resumed: no
/// event comes twice, and audio that the gateway has acknowledged is not sent again.
///
/// # Errors
/// [`ClientError`]: the gateway can't be reached.
pub async fn interpret(
    gateway: Gateway,
    recording: Recording,
) -> Result<Interpreting, ClientError> {
    let (mut sender, mut receiver) = open(&gateway).await?;
    sender.update(recording.update.clone()).await?;
    let (mut state, mut waiting) = (SessionState::default(), VecDeque::new());
    // Before any audio the token is here, so that all of it survives a lost connection.
    while let Some(event) = receiver.next().await? {
        state.note(&event);
        let is_answer = matches!(
            event,
            ServerEventBody::Updated { .. } | ServerEventBody::Error { .. }
        );
        waiting.push_back(event);
        if is_answer {
            break;
        }
    }
    let sending = send(sender, &recording, 0);
    Ok(Interpreting {
        gateway,
        recording,
        state,
        receiver,
        sending,
        waiting,
        fruitless: 0,
    })
}

impl Interpreting {
    /// The next event; none once the session has ended.
    ///
    /// # Errors
    /// [`ClientError`]: the connection was lost, and the session can't be resumed.
    pub async fn next(&mut self) -> Result<Option<ServerEventBody>, ClientError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            match self.receiver.next().await {
                Ok(Some(event)) => {
                    self.state.note(&event);
                    self.fruitless = 0;
                    return Ok(Some(event));
                }
                Ok(None) if self.state.is_complete() => return Ok(None),
                Ok(None) => {
                    let closed = ClientError::Broken("the gateway closed it".into());
                    self.resume(closed).await?;
                }
                Err(error) if error.is_disconnect() => {
                    if self.state.is_complete() {
                        return Ok(None);
                    }
                    self.resume(error).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on with the session over another connection.
    async fn resume(&mut self, lost: ClientError) -> Result<(), ClientError> {
        self.fruitless += 1;
        if self.state.resume().is_none() || self.fruitless > MAX_FRUITLESS_CONNECTIONS {
            return Err(lost);
        }
        tracing::info!(error = %lost, "the connection is lost; the session is resumed");
        let attempts = ExponentialBuilder::default()
            .with_min_delay(MIN_RETRY_DELAY)
            .with_max_delay(MAX_RETRY_DELAY)
            .with_max_times(MAX_RETRIES);
        let (state, gateway, recording) = (&self.state, &self.gateway, &self.recording);
        let (sender, receiver, waiting) = (|| reconnect(gateway, recording, state))
            .retry(attempts)
            .when(ClientError::is_disconnect)
            .await?;
        for event in &waiting {
            self.state.note(event);
        }
        self.receiver = receiver;
        self.waiting = waiting.into();
        self.sending = send(sender, &self.recording, self.state.through_sample());
        Ok(())
    }
}

async fn open(gateway: &Gateway) -> Result<(EventSender, EventReceiver), ClientError> {
    connect(&gateway.address, "mynah", gateway.key.as_deref()).await
}

/// Connects, and resumes the session. Returns also the events that came until it was resumed.
async fn reconnect(
    gateway: &Gateway,
    recording: &Recording,
    state: &SessionState,
) -> Result<(EventSender, EventReceiver, Vec<ServerEventBody>), ClientError> {
    let (mut sender, mut receiver) = open(gateway).await?;
    sender.update(recording.update.clone()).await?;
    let resume = state.resume().ok_or(ClientError::Protocol)?;
    sender.send(&ClientEvent::Resume(resume)).await?;
    let mut events = Vec::new();
    loop {
        match receiver.next().await? {
            Some(event @ ServerEventBody::Resumed { .. }) => {
                events.push(event);
                return Ok((sender, receiver, events));
            }
            // Of the session of this connection, which is not used.
            Some(ServerEventBody::Created { .. } | ServerEventBody::Updated { .. }) => {}
            Some(ServerEventBody::Error { error }) => {
                return Err(if error.code == "bus_unavailable" {
                    ClientError::Broken(error.message)
                } else {
                    ClientError::Refused {
                        code: error.code,
                        message: error.message,
                    }
                });
            }
            Some(event) => events.push(event),
            None => return Err(ClientError::Broken("the gateway closed it".into())),
        }
    }
}

/// Sends the audio from a sample on, and ends it.
fn send(mut sender: EventSender, recording: &Recording, from: usize) -> SendingTask {
    let (samples, in_real_time) = (Arc::clone(&recording.samples), recording.in_real_time);
    SendingTask(tokio::spawn(async move {
        let rest = &samples[from.min(samples.len())..];
        // The receiver sees a connection that is lost.
        if sender.append_all(rest, in_real_time).await.is_ok() && sender.close().await.is_ok() {
            // The connection stays open for the results.
            std::future::pending::<()>().await;
        }
    }))
}
