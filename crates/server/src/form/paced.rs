//! The bytes of a form, given to its parser so that heads stay small.
//!
//! The parser takes all bytes that there are, and looks through all that it holds for the end of a
//! head whenever a byte more comes: a head of many megabytes that goes on byte by byte would cost
//! a core. So it is given a few bytes at a time, and no more than a head may have while it looks
//! for the end of one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use futures_util::{Stream, StreamExt as _};

/// The largest head of a part, and the most that may stand before the first part, in bytes.
pub(super) const MAX_HEAD_BYTES: usize = 16 << 10;
/// The most bytes that the parser is given at once. What is left of them when a head begins counts
/// for no head.
const STEP_BYTES: usize = 8 << 10;

/// What the reader of a form and its bytes know together.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<State>);

#[derive(Default)]
struct State {
    /// Whether the end of a head is looked for.
    in_head: AtomicBool,
    /// Bytes that were given since it is.
    given: AtomicUsize,
    exceeded: AtomicBool,
}

impl Heads {
    /// From now on the end of a head is looked for.
    pub(super) fn begin(&self) {
        self.0.given.store(0, Ordering::Relaxed);
        self.0.in_head.store(true, Ordering::Relaxed);
    }

    /// It was found.
    pub(super) fn end(&self) {
        self.0.in_head.store(false, Ordering::Relaxed);
    }

    /// Whether a head was larger than it may be.
    pub(super) fn is_exceeded(&self) -> bool {
        self.0.exceeded.load(Ordering::Relaxed)
    }

    /// Counts bytes. False where they are too many for a head.
    fn give(&self, bytes: usize) -> bool {
        let state = &*self.0;
        if !state.in_head.load(Ordering::Relaxed) {
            return true;
        }
        // What is given before the parser has looked again may belong to the part's content.
        let before = state.given.fetch_add(bytes, Ordering::Relaxed);
        let fits = before <= MAX_HEAD_BYTES;
        state.exceeded.store(!fits, Ordering::Relaxed);
        fits
    }
}

/// The same request, its bytes given as the parser of a form is to have them.
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
    /// Bytes that came and were not given yet.
    rest: Bytes,
    heads: Heads,
    /// Whether bytes were given since the parser looked for the end of a head.
    given: bool,
}

impl Stream for Paced {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        if std::mem::take(&mut self.given) {
            // The parser takes bytes until there are none: now it looks at those that it has.
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
        let step = self.rest.len().min(STEP_BYTES);
        if !self.heads.give(step) {
            return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())));
        }
        self.given = true;
        Poll::Ready(Some(Ok(self.rest.split_to(step))))
    }
}
