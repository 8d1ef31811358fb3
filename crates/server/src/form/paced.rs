//! The bytes of a form, passed to its parser in steps that limit the head of a part.
//!
//! The parser takes all available bytes, and scans all that it holds for the end of a head whenever
//! a byte arrives: a head of many megabytes that arrives byte by byte would cost a core. So it gets
//! a few bytes at a time, and no more than a head may have while it scans for the end of one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use futures_util::{Stream, StreamExt as _};

/// The largest head of a part, and the most bytes before the first part.
pub(super) const MAX_HEAD_BYTES: usize = 16 << 10;
/// The most bytes that the parser gets at once. The rest of them when a head begins counts for no
/// head.
const MAX_STEP_BYTES: usize = 8 << 10;

/// The state that the reader of a form shares with its stream of bytes.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<State>);

#[derive(Default)]
struct State {
    /// Whether the parser scans for the end of a head.
    in_head: AtomicBool,
    /// Bytes that were passed since then.
    given: AtomicUsize,
    exceeded: AtomicBool,
}

impl Heads {
    /// The parser begins to scan for the end of a head.
    pub(super) fn begin(&self) {
        self.0.given.store(0, Ordering::Relaxed);
        self.0.in_head.store(true, Ordering::Relaxed);
    }

    /// The end of the head was found.
    pub(super) fn end(&self) {
        self.0.in_head.store(false, Ordering::Relaxed);
    }

    /// Whether a head was too large.
    pub(super) fn is_exceeded(&self) -> bool {
        self.0.exceeded.load(Ordering::Relaxed)
    }

    /// Counts bytes. False if they are too many for a head.
    fn give(&self, bytes: usize) -> bool {
        let state = &*self.0;
        if !state.in_head.load(Ordering::Relaxed) {
            return true;
        }
        // Bytes passed before the parser scans again may belong to the content of the part.
        let before = state.given.fetch_add(bytes, Ordering::Relaxed);
        let fits = before <= MAX_HEAD_BYTES;
        state.exceeded.store(!fits, Ordering::Relaxed);
        fits
    }
}

/// The same request, with its bytes passed in steps.
pub(super) fn by_heads(request: Request) -> (Request, Heads) {
    let heads = Heads::default();
    let own = heads.clone();
    let request = request.map(|body| {
        Body::from_stream(Paced {
            body: body.into_data_stream(),
            rest: Bytes::new(),
            heads: own,
            given: false,
        })
    });
    (request, heads)
}

struct Paced {
    body: BodyDataStream,
    /// Bytes that arrived and were not passed yet.
    rest: Bytes,
    heads: Heads,
    /// Whether bytes were passed since the parser scanned for the end of a head.
    given: bool,
}

impl Stream for Paced {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        if std::mem::take(&mut self.given) {
            // The parser takes bytes until none are ready: now it scans those that it has.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(self.body.poll_next_unpin(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                None => return Poll::Ready(None),
            }
        }
        let step = self.rest.len().min(MAX_STEP_BYTES);
        if !self.heads.give(step) {
            return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())));
        }
        self.given = true;
        Poll::Ready(Some(Ok(self.rest.split_to(step))))
    }
}
