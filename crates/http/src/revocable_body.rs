//! The body of a response, which ends when the key of its request is revoked.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use mynah_auth::Principal;
use tokio::task::AbortHandle;

/// How long a stream has to end itself after its key was revoked, such as by a last error event.
const LAST_EVENT_GRACE: Duration = Duration::from_millis(500);

/// Ends a body that is still being produced once its key is revoked. A complete one is sent.
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
        tokio::time::sleep(LAST_EVENT_GRACE).await;
        // Stops engines and frees their slots, whether or not the client reads the rest.
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
            // Breaks the connection, so that the client does not take the part for the whole file.
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
