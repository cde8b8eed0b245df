//! Counts what one attempt reads from its socket, and ends the reading when it is too much. One rule for
//! floods of headers, informational responses, chunks, trailers and TLS records alike.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use domain::limits::{ATTEMPT_BYTES_READ_MAX, RESPONSE_HEAD_BYTES_MAX};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the attempt that has the connection may still read. Shared between the attempt and its socket, which
/// are always polled by the same task.
#[derive(Debug)]
pub(crate) struct Meter {
    read: AtomicUsize,
    limit: AtomicUsize,
    is_write_lost: AtomicBool,
}

impl Meter {
    /// For the first attempt on a new connection, its handshakes included.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            read: AtomicUsize::new(0),
            limit: AtomicUsize::new(RESPONSE_HEAD_BYTES_MAX),
            is_write_lost: AtomicBool::new(false),
        })
    }

    /// Another attempt begins on the same connection.
    pub(crate) fn restart(&self) {
        self.read.store(0, Relaxed);
        self.limit.store(RESPONSE_HEAD_BYTES_MAX, Relaxed);
    }

    /// The response's head is complete: what is left is for the body.
    pub(crate) fn allow_body(&self) {
        self.limit.store(ATTEMPT_BYTES_READ_MAX, Relaxed);
    }

    /// Whether reading was ended here.
    pub(crate) fn is_used_up(&self) -> bool {
        self.left() == 0
    }

    /// Whether anything could not be written: the connection is good for one answer at most.
    pub(crate) fn has_lost_a_write(&self) -> bool {
        self.is_write_lost.load(Relaxed)
    }

    /// Notes that something could not be written.
    pub(crate) fn lose_write(&self) {
        self.is_write_lost.store(true, Relaxed);
    }

    fn left(&self) -> usize {
        self.limit.load(Relaxed).saturating_sub(self.read.load(Relaxed))
    }

    fn count(&self, bytes: usize) {
        self.read.store(self.read.load(Relaxed).saturating_add(bytes), Relaxed);
    }
}

/// A socket under a meter.
///
/// A failed write is not an error here: a receiver may answer and close before it has taken the whole
/// request, and then its answer counts. What became of the connection is what reading says next.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    socket: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    pub(crate) fn new(socket: S, meter: Arc<Meter>) -> Self {
        Self { socket, meter }
    }

    fn forgive<T>(&self, written: Poll<io::Result<T>>, as_if: T) -> Poll<io::Result<T>> {
        match written {
            Poll::Ready(Err(_)) => {
                self.meter.lose_write();
                Poll::Ready(Ok(as_if))
            }
            other => other,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.meter.left();
        if left == 0 {
            return Poll::Ready(Err(io::Error::other("the attempt's bytes are used up")));
        }
        let before = buf.filled().len();
        let result = if buf.remaining() <= left {
            Pin::new(&mut self.socket).poll_read(cx, buf)
        } else {
            read_at_most(Pin::new(&mut self.socket), cx, buf, left)
        };
        self.meter.count(buf.filled().len() - before);
        result
    }
}

fn read_at_most<S: AsyncRead>(
    socket: Pin<&mut S>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
    bytes_max: usize,
) -> Poll<io::Result<()>> {
    let mut part = ReadBuf::new(buf.initialize_unfilled_to(bytes_max));
    let result = socket.poll_read(cx, &mut part);
    let bytes = part.filled().len();
    buf.advance(bytes);
    result
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.meter.has_lost_a_write() {
            return Poll::Ready(Ok(buf.len()));
        }
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.forgive(written, buf.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let bytes = bufs.iter().map(|buf| buf.len()).sum();
        if self.meter.has_lost_a_write() {
            return Poll::Ready(Ok(bytes));
        }
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.forgive(written, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        self.forgive(flushed, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.socket).poll_shutdown(cx);
        self.forgive(shut, ())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn reading_ends_exactly_at_the_limit() {
        let meter = Meter::new();
        let mut socket = Metered::new(tokio::io::repeat(b'x'), Arc::clone(&meter));
        let mut read = Vec::new();
        assert!(socket.read_to_end(&mut read).await.is_err());
        assert_eq!(read.len(), RESPONSE_HEAD_BYTES_MAX);
        meter.allow_body();
        assert!(!meter.is_used_up() && socket.read_to_end(&mut read).await.is_err());
        assert_eq!(read.len(), ATTEMPT_BYTES_READ_MAX);
        meter.restart();
        assert!(socket.read_to_end(&mut read).await.is_err());
        assert_eq!(read.len(), ATTEMPT_BYTES_READ_MAX + RESPONSE_HEAD_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_lost_write_leaves_the_answer_to_be_read() {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        theirs.write_all(b"answer").await.unwrap();
        drop(theirs);
        let mut socket = Metered::new(ours, Meter::new());
        socket.write_all(b"request").await.unwrap();
        socket.flush().await.unwrap();
        let mut read = Vec::new();
        socket.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"answer");
    }
}
