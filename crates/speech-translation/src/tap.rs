//! Tells the reader what passes between two stages.

use mynah_speech::Cancel;
use tokio::sync::mpsc;

use crate::event::SessionEvent;
use crate::stage::Flow;

/// Passes everything on, and tells of each event as it passes.
pub(crate) fn tap<T: Send + 'static>(
    mut flows: mpsc::Receiver<Flow<T>>,
    events: mpsc::Sender<SessionEvent>,
    cancel: &Cancel,
    tell: impl Fn(&T) -> SessionEvent + Send + 'static,
) -> mpsc::Receiver<Flow<T>> {
    // One place: the stage behind has a queue of its own.
    let (sender, passed) = mpsc::channel(1);
    let pass = async move {
        while let Some(flow) = flows.recv().await {
            if let Flow::Event(event) = &flow
                && events.send(tell(event)).await.is_err()
            {
                return;
            }
            if sender.send(flow).await.is_err() {
                return;
            }
        }
    };
    tokio::spawn(cancel.clone().run_until_cancelled_owned(pass));
    passed
}
