//! The body of an answer, which ends when the key that asked for it is revoked.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use tokio::task::AbortHandle;

use super::Principal;

/// How long a stream may take to say itself that its key was revoked, such as by a last event.
const LAST_EVENT: Duration = Duration::from_millis(500);

/// Ends a body that is still being made once its key is revoked. One that is whole already is sent.
pub(super) fn until_revoked(body: Body, principal: Principal) -> Body {
    if !principal.has_key() || body.size_hint().exact().is_some() {
        return body;
    }
    let shared = Arc::new(Shared {
        body: Mutex::new(Some(body)),
        reader: AtomicWaker::new(),
    });
    let watched = Arc::clone(&shared);
    // A task of its own: the body is not polled while its reader does not read.
    let watcher = tokio::spawn(async move {
        principal.revoked().await;
        tokio::time::sleep(LAST_EVENT).await;
        // Engines stop and places are free from here on, whether the rest is read or not.
        let body = watched.lock().take();
        drop(body);
        watched.reader.wake();
    });
    Body::new(Revocable {
        shared,
        watcher: watcher.abort_handle(),
    })
}

struct Shared {
    /// None once the key was revoked.
    body: Mutex<Option<Body>>,
    reader: AtomicWaker,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Body>> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Revocable {
    shared: Arc<Shared>,
    watcher: AbortHandle,
}

impl HttpBody for Revocable {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.shared.reader.register(context.waker());
        match self.shared.lock().as_mut() {
            Some(body) => Pin::new(body).poll_frame(context),
            // The connection breaks: half a file is not taken for a whole one.
            None => Poll::Ready(Some(Err(axum::Error::new("the key was revoked")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.shared.lock().as_ref().is_some_and(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.shared.lock();
        body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Revocable {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}
