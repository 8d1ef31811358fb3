//! A TCP connection that measures what its peer has acknowledged.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::progress::{PeerProgress, Progress};

/// The most bytes that wait unsent in the kernel. More would hold memory (4 MiB per connection by
/// default), and let engines work far ahead of the client.
const MAX_UNSENT_BYTES: u32 = 256 << 10;

/// A connection with its slot, which is freed when the socket is closed, also after an upgrade to a
/// WebSocket.
pub(crate) struct Socket<P> {
    shared: Arc<Shared>,
    _slot: P,
}

struct Shared {
    stream: TcpStream,
    /// Bytes that the kernel has accepted.
    written: AtomicU64,
}

impl<P> Socket<P> {
    pub(crate) fn new(stream: TcpStream, slot: P) -> Self {
        // Audio is sent in small writes without delay. A failure costs only latency.
        let _ = stream.set_nodelay(true);
        // A failure costs memory.
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(MAX_UNSENT_BYTES);
        Self {
            shared: Arc::new(Shared {
                stream,
                written: AtomicU64::new(0),
            }),
            _slot: slot,
        }
    }

    pub(crate) fn progress(&self) -> PeerProgress {
        PeerProgress::new(&self.shared)
    }

    /// Writes once the socket is writable, and counts the bytes.
    fn poll_send(
        &self,
        context: &mut Context<'_>,
        send: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.shared.stream.poll_write_ready(context))?;
            match send(&self.shared.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(bytes) => {
                    self.shared
                        .written
                        .fetch_add(bytes as u64, Ordering::Relaxed);
                    return Poll::Ready(Ok(bytes));
                }
            }
        }
    }
}

impl<P> Progress for Socket<P>
where
    P: Send + Sync,
{
    fn acknowledged_bytes(&self) -> u64 {
        self.shared.acknowledged_bytes()
    }
}

impl Progress for Shared {
    fn acknowledged_bytes(&self) -> u64 {
        // In this order: bytes written in between count as progress, which they are.
        let pending = unacknowledged_bytes(&self.stream).unwrap_or(0);
        self.written.load(Ordering::Relaxed).saturating_sub(pending)
    }
}

/// Bytes in the send queue, sent or not, that the peer has not acknowledged (`SIOCOUTQ`).
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no safe wrapper of this ioctl is in the tree")]
fn unacknowledged_bytes(stream: &TcpStream) -> Option<u64> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open while `stream` is borrowed, and `SIOCOUTQ`, which is another
    // name of `TIOCOUTQ`, writes one `int` to where the pointer says.
    let result = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    (result == 0).then(|| u64::try_from(bytes).unwrap_or(0))
}

/// On other systems progress is what the kernel has accepted.
#[cfg(not(target_os = "linux"))]
fn unacknowledged_bytes(_: &TcpStream) -> Option<u64> {
    None
}

impl<P: Unpin> AsyncRead for Socket<P> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.shared.stream.poll_read_ready(context))?;
            match self.shared.stream.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|_| ())),
            }
        }
    }
}

impl<P: Unpin> AsyncWrite for Socket<P> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |stream| stream.try_write_vectored(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = SockRef::from(&self.shared.stream).shutdown(Shutdown::Write);
        Poll::Ready(match shut {
            // The peer closed first.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            shut => shut,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn acknowledged_bytes_are_those_that_the_peer_received() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = Socket::new(stream, ());
        let progress = socket.progress();
        assert_eq!(progress.acknowledged_bytes(), 0);
        // More than the peer's window.
        let all = vec![7; 16 << 20];
        let writing = tokio::spawn(async move {
            socket.write_all(&all).await.unwrap();
            socket
        });
        let mut read = 0;
        let mut buffer = vec![0; 64 << 10];
        while read < 16 << 20 {
            let acknowledged = progress.acknowledged_bytes();
            read += peer.read(&mut buffer).await.unwrap();
            // More can be acknowledged than was read: the rest is in the peer's buffer.
            assert!(acknowledged <= 16 << 20);
        }
        let socket = writing.await.unwrap();
        while progress.acknowledged_bytes() < 16 << 20 {
            tokio::task::yield_now().await;
        }
        drop(socket);
        assert_eq!(
            progress.acknowledged_bytes(),
            0,
            "it does not keep the socket"
        );
    }
}
