//! One HTTP/1.1 connection, driven by the task that uses it: no task of its own, so that nothing is read,
//! written or kept alive behind the back of the attempt that pays for it.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use domain::attempt::{Failure, FailureCode};
use domain::limits::RESPONSE_HEAD_BYTES_MAX;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::budget::{Meter, Metered};

/// A request as it goes out.
pub(crate) type Message = Request<Full<Bytes>>;

/// A connection to a receiver; dropping it closes it.
pub(crate) struct Connection {
    requests: http1::SendRequest<Full<Bytes>>,
    driver: Pin<Box<http1::Connection<TokioIo<Socket>, Full<Bytes>>>>,
    is_open: bool,
    meter: Arc<Meter>,
}

impl Connection {
    /// Speaks HTTP over a socket that `meter` counts.
    pub(crate) async fn open(socket: Socket, meter: Arc<Meter>) -> Result<Self, Failure> {
        let opened = http1::Builder::new()
            .max_buf_size(RESPONSE_HEAD_BYTES_MAX)
            .writev(true)
            .handshake(TokioIo::new(socket))
            .await;
        let (requests, driver) = opened.map_err(|error| {
            Failure::new(FailureCode::Internal, format!("The connection could not be used: {error}."))
        })?;
        Ok(Self { requests, driver: Box::pin(driver), is_open: true, meter })
    }

    /// Sends one request and waits for the response's head. The error gives the request back if not one byte
    /// of it was written.
    pub(crate) async fn send(
        &mut self,
        message: Message,
    ) -> Result<Response<Incoming>, TrySendError<Message>> {
        let answered = self.requests.try_send_request(message);
        self.drive(answered).await
    }

    /// Waits for something that this connection brings about.
    pub(crate) async fn drive<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        let mut awaited = pin!(awaited);
        std::future::poll_fn(|cx| {
            self.poll_driver(cx);
            awaited.as_mut().poll(cx)
        })
        .await
    }

    /// Whether another request can be sent: the last exchange is complete in both directions, the receiver
    /// has not closed, and has sent nothing that nobody asked for.
    pub(crate) async fn is_idle(&mut self) -> bool {
        std::future::poll_fn(|cx| {
            self.poll_driver(cx);
            Poll::Ready(self.is_open && self.requests.is_ready())
        })
        .await
    }

    /// Counts what this attempt reads.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    fn poll_driver(&mut self, cx: &mut Context<'_>) {
        // What ended the connection is told to whoever awaits its response or body.
        if self.is_open && self.driver.as_mut().poll(cx).is_ready() {
            self.is_open = false;
        }
    }
}

/// What a connection is made of.
pub(crate) enum Socket {
    /// For `http`.
    Plain(Metered<TcpStream>),
    /// For `https`; the meter counts what TLS reads.
    Tls(Box<TlsStream<Metered<TcpStream>>>),
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
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
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Socket::Tls(socket) => Pin::new(socket).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
            Socket::Tls(socket) => Pin::new(socket).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Socket::Plain(socket) => socket.is_write_vectored(),
            Socket::Tls(socket) => socket.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Socket::Tls(socket) => Pin::new(socket).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Socket::Tls(socket) => Pin::new(socket).poll_shutdown(cx),
        }
    }
}
