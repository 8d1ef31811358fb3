//! Detection of a peer that has stalled.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::progress::Progress;

/// How often progress is checked within the timeout.
const CHECKS_PER_TIMEOUT: u32 = 8;

/// Runs while data waits to be sent, and ends when the peer has acknowledged nothing for `timeout`:
/// at the latest an eighth of it later.
pub struct StallTimer {
    timeout: Duration,
    /// Acknowledged bytes at the last check.
    acknowledged: u64,
    /// When they last increased.
    since: Instant,
    next_check: Pin<Box<Sleep>>,
}

impl StallTimer {
    /// A timer that starts now, at this number of acknowledged bytes.
    pub fn new(timeout: Duration, acknowledged: u64) -> Self {
        Self {
            timeout,
            acknowledged,
            since: Instant::now(),
            next_check: Box::pin(sleep(timeout / CHECKS_PER_TIMEOUT)),
        }
    }

    /// Ready when the peer has stalled.
    pub fn poll_stalled(
        &mut self,
        context: &mut Context<'_>,
        progress: &(impl Progress + ?Sized),
    ) -> Poll<()> {
        loop {
            ready!(self.next_check.as_mut().poll(context));
            let now = Instant::now();
            let acknowledged = progress.acknowledged_bytes();
            if acknowledged != self.acknowledged {
                self.acknowledged = acknowledged;
                self.since = now;
            } else if now >= self.since + self.timeout {
                return Poll::Ready(());
            }
            let next = now + self.timeout / CHECKS_PER_TIMEOUT;
            self.next_check
                .as_mut()
                .reset(next.min(self.since + self.timeout));
        }
    }
}

/// The peer has acknowledged nothing for the timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the peer has stalled")
    }
}

impl std::error::Error for Stalled {}

/// Waits until data is sent, as long as the peer acknowledges earlier data. Without a measure of
/// progress, it has `timeout` in total.
///
/// # Errors
/// [`Stalled`], if the peer acknowledged nothing for `timeout`.
pub async fn unless_stalled<T>(
    timeout: Duration,
    progress: Option<&dyn Progress>,
    sending: impl Future<Output = T>,
) -> Result<T, Stalled> {
    let mut sending = pin!(sending);
    let progress = progress.unwrap_or(&NoProgress);
    let mut timer = StallTimer::new(timeout, progress.acknowledged_bytes());
    std::future::poll_fn(|context| {
        if let Poll::Ready(sent) = sending.as_mut().poll(context) {
            return Poll::Ready(Ok(sent));
        }
        timer.poll_stalled(context, progress).map(|()| Err(Stalled))
    })
    .await
}

/// A transport without a measure.
struct NoProgress;

impl Progress for NoProgress {
    fn acknowledged_bytes(&self) -> u64 {
        0
    }
}

/// Closes the connection when its peer acknowledges nothing for too long while data waits to be
/// sent: a client that never reads its audio would hold its slot forever.
pub struct Stall<T> {
    inner: T,
    timeout: Duration,
    /// Runs while a write waits.
    waiting: Option<StallTimer>,
}

impl<T> Stall<T> {
    /// A connection whose peer may acknowledge nothing for `timeout`.
    pub const fn new(inner: T, timeout: Duration) -> Self {
        Self {
            inner,
            timeout,
            waiting: None,
        }
    }
}

impl<T: Progress> Stall<T> {
    /// Returns a finished write, and fails a waiting one when the peer has stalled.
    fn poll_write_timeout<R>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let (timeout, inner) = (self.timeout, &self.inner);
        let timer = self
            .waiting
            .get_or_insert_with(|| StallTimer::new(timeout, inner.acknowledged_bytes()));
        ready!(timer.poll_stalled(context, inner));
        self.waiting = None;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stall<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Progress + Unpin> AsyncWrite for Stall<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.poll_write_timeout(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, bytes);
        self.poll_write_timeout(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        self.poll_write_timeout(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(context);
        self.poll_write_timeout(context, shut)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// A transport that is never writable, and whose acknowledged bytes are set by the test.
    struct Full(Arc<AtomicU64>);

    impl Progress for Full {
        fn acknowledged_bytes(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl AsyncWrite for Full {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    const TIMEOUT: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn a_stalled_peer_is_disconnected_after_the_timeout() {
        let began = Instant::now();
        let mut stall = Stall::new(Full(Arc::default()), TIMEOUT);
        let error = stall.write_all(&[0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let took = began.elapsed();
        assert!(took >= TIMEOUT && took <= TIMEOUT * 10, "{took:?}");
    }

    #[tokio::test]
    async fn each_acknowledged_byte_restarts_the_timeout() {
        let taken = Arc::new(AtomicU64::new(0));
        let mut stall = Stall::new(Full(Arc::clone(&taken)), TIMEOUT);
        let began = Instant::now();
        let writing = tokio::spawn(async move { stall.write_all(&[0]).await });
        // Bytes are acknowledged, and the socket never becomes writable.
        for _ in 0..20 {
            sleep(TIMEOUT / 4).await;
            assert!(!writing.is_finished(), "cut after {:?}", began.elapsed());
            taken.fetch_add(1, Ordering::Relaxed);
        }
        let last = Instant::now();
        assert!(writing.await.unwrap().is_err());
        let took = last.elapsed();
        assert!(took >= TIMEOUT && took <= TIMEOUT * 10, "{took:?}");
    }

    #[tokio::test]
    async fn without_a_measure_a_message_has_the_timeout_in_total() {
        let never = std::future::pending::<()>();
        assert_eq!(unless_stalled(TIMEOUT, None, never).await, Err(Stalled));
        let soon = sleep(TIMEOUT / 2);
        assert_eq!(unless_stalled(TIMEOUT, None, soon).await, Ok(()));
    }
}
