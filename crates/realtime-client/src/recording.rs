//! A recording that a gateway interprets, over as many connections as it takes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use mynah_api::realtime::{ClientEvent, RealtimeError, ServerEventBody, SessionUpdate};
use tokio::task::JoinHandle;

use crate::connection::{EventReceiver, EventSender, connect};
use crate::error::{ClientError, is_recoverable};
use crate::resume::{NOT_RESUMABLE, SessionState};

/// Attempts to reach the gateway again after a connection was lost.
const MAX_RETRIES: usize = 8;

/// The wait before the first of them; it doubles up to [`MAX_RETRY_DELAY`].
const MIN_RETRY_DELAY: Duration = Duration::from_millis(250);

/// The longest wait between two of them.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(8);

/// Connections in a row over which a session makes no progress before it fails.
const MAX_FRUITLESS_CONNECTIONS: usize = 3;

/// The close code of a session that ended as its client asked for.
const NORMAL_CLOSURE: u16 = 1000;

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
    /// The last error of the current connection.
    error: Option<RealtimeError>,
    /// Whether no event came after that error.
    is_error_latest: bool,
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
/// event comes twice, and audio that the gateway has acknowledged is not sent again. The same where
/// the gateway closes it because the connection or the bus was gone for a while.
///
/// # Errors
/// [`ClientError`]: the gateway can't be reached, or can't interpret what is asked for.
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
        if let ServerEventBody::Error { error } = event {
            return Err(error.into());
        }
        let is_answer = matches!(event, ServerEventBody::Updated { .. });
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
        error: None,
        is_error_latest: false,
        fruitless: 0,
    })
}

impl Interpreting {
    /// The next event; none once the session has ended as it should. Errors after which the
    /// session is resumed are not among them.
    ///
    /// # Errors
    /// [`ClientError`]: the gateway ended the session early, or the connection was lost and the
    /// session can't be resumed.
    pub async fn next(&mut self) -> Result<Option<ServerEventBody>, ClientError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            let disconnected = match self.receiver.next().await {
                Ok(Some(event)) => match self.noted(event) {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                },
                Ok(None) => ClientError::Broken("the gateway closed it".into()),
                Err(error) if error.is_recoverable() => error,
                Err(error) => return Err(error),
            };
            let error = self.error.take();
            if self.state.is_complete() {
                let is_normal = self
                    .receiver
                    .close_code()
                    .is_none_or(|own| own == NORMAL_CLOSURE);
                return match error {
                    Some(error) if !is_normal => Err(error.into()),
                    _ => Ok(None),
                };
            }
            // The event before a close frame is its reason.
            let reason = error.filter(|_| self.is_error_latest);
            let lost = match reason {
                Some(error) if self.receiver.close_code().is_some() => error.into(),
                _ => disconnected,
            };
            if !lost.is_recoverable() {
                return Err(lost);
            }
            self.resume(lost).await?;
        }
    }

    /// Notes an event of the current connection. Returns what the caller gets.
    fn noted(&mut self, event: ServerEventBody) -> Option<ServerEventBody> {
        self.state.note(&event);
        let ServerEventBody::Error { error } = &event else {
            // An error may be all that a resumed session has to report.
            self.fruitless = 0;
            self.is_error_latest = false;
            return Some(event);
        };
        self.error = Some(error.clone());
        self.is_error_latest = true;
        // The session is resumed, or the caller gets the error as the reason why it is not.
        if is_recoverable(&error.code) || error.code == NOT_RESUMABLE {
            tracing::warn!(code = error.code, "the gateway reports an error");
            return None;
        }
        Some(event)
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
            .when(ClientError::is_recoverable)
            .await?;
        for event in &waiting {
            self.state.note(event);
        }
        self.receiver = receiver;
        self.waiting = waiting.into();
        self.is_error_latest = false;
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
                return Err(error.into());
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
