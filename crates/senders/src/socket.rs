//! What a connection is made of: a socket that is counted, and TLS over it where the URL wants that.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::budget::Metered;

/// A socket to a receiver.
pub(crate) enum Socket {
    /// For `http`.
    Plain(Metered<TcpStream>),
    /// For `https`; the meter counts what TLS reads.
    Tls(Box<TlsStream<Metered<TcpStream>>>),
}

impl Socket {
    /// Reads what has come; nothing is the end of the stream.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            // Many servers close without saying goodbye in TLS. That could only shorten a body of unknown
            // length, which nothing depends on, so it is the end of the stream like any other.
            Socket::Tls(socket) => match Pin::new(socket).poll_read(cx, buf) {
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Poll::Ready(Ok(()))
                }
                other => other,
            },
        }
    }

    /// Writes as much of these as there is room for, and says how much that was.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Socket::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, parts),
            Socket::Tls(socket) => Pin::new(socket).poll_write_vectored(cx, parts),
        }
    }

    /// Sees to it that what was written is on its way.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Socket::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Socket::Tls(socket) => Pin::new(socket).poll_flush(cx),
        }
    }
}
