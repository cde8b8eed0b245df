//! One HTTP/1.1 connection, driven by the task that uses it: no task of its own, so that nothing is read,
//! written or kept alive behind the back of the attempt that pays for it. What it holds between two polls is what is
//! still to be written and what has come and is not understood yet; both are mostly nothing, so that thousands of them
//! stay in the processor's caches.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::task::unconstrained;

use crate::budget::Meter;
use crate::head::{Fault, Head};
use crate::message::Message;
use crate::socket::Socket;

/// A connection to a receiver; dropping it closes it.
pub(crate) struct Connection {
    socket: Socket,
    meter: Arc<Meter>,
    /// What is being sent.
    outgoing: Option<Outgoing>,
    incoming: Incoming,
}

struct Outgoing {
    message: Message,
    written: usize,
}

/// What has come and was not taken.
#[derive(Default)]
struct Incoming {
    bytes: Vec<u8>,
    /// Of these, what was taken.
    taken: usize,
    /// Of the rest, what was looked at and is not the whole of a head.
    seen: usize,
    /// Whether that has the whole of its first line.
    has_line: bool,
}

/// Read at once: more than most responses have.
const READ_BYTES: usize = 4096;

impl Connection {
    /// Speaks HTTP over a socket that `meter` counts.
    pub(crate) fn new(socket: Socket, meter: Arc<Meter>) -> Self {
        Self { socket, meter, outgoing: None, incoming: Incoming::default() }
    }

    /// Sends one request and waits for the response's head. A response may come before the request has gone out.
    pub(crate) async fn send(&mut self, message: Message) -> Result<Head, Fault> {
        self.outgoing = Some(Outgoing { message, written: 0 });
        loop {
            self.read().await?;
            while let Some(head) = self.incoming.head()? {
                if !head.is_interim() {
                    return Ok(head);
                }
            }
        }
    }

    /// Waits for more. What is still to be written goes on.
    pub(crate) async fn read(&mut self) -> Result<(), Fault> {
        poll_fn(|cx| {
            self.poll_write(cx);
            self.poll_read(cx)
        })
        .await
    }

    /// Takes of what has come as much as `take` says.
    pub(crate) fn take<E>(&mut self, take: impl FnOnce(&[u8]) -> Result<usize, E>) -> Result<(), E> {
        let taken = take(self.incoming.rest())?;
        self.incoming.take(taken);
        Ok(())
    }

    /// Whether another request can be sent: the last exchange is complete in both directions, the receiver
    /// has not closed, and has sent nothing that nobody asked for.
    pub(crate) async fn is_idle(&mut self) -> bool {
        let look = poll_fn(|cx| {
            self.poll_write(cx);
            let is_complete = self.outgoing.is_none() && !self.meter.has_lost_a_write();
            let is_quiet = is_complete && self.incoming.rest().is_empty();
            Poll::Ready(is_quiet && self.poll_read(cx).is_pending())
        });
        // Otherwise a task that has done much would find every connection quiet, because it is to give way to others.
        unconstrained(look).await
    }

    /// Counts what this attempt reads.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Whether it could be written is no matter: the response says what became of the request, or its absence does.
    fn poll_write(&mut self, cx: &mut Context<'_>) {
        if let Some(outgoing) = &mut self.outgoing
            && let Poll::Ready(written) = outgoing.poll(&mut self.socket, cx)
        {
            if written.is_err() {
                self.meter.lose_write();
            }
            self.outgoing = None;
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        let mut room = [MaybeUninit::uninit(); READ_BYTES];
        let mut room = ReadBuf::uninit(&mut room);
        ready!(self.socket.poll_read(cx, &mut room)).map_err(Fault::Broken)?;
        self.incoming.bytes.extend_from_slice(room.filled());
        Poll::Ready(if room.filled().is_empty() { Err(Fault::Closed) } else { Ok(()) })
    }
}

impl Outgoing {
    fn poll(&mut self, socket: &mut Socket, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.left().iter().any(|part| !part.is_empty()) {
            match ready!(socket.poll_write(cx, &self.left().map(IoSlice::new)))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        socket.poll_flush(cx)
    }

    /// What is still to be written of the head and of the body.
    fn left(&self) -> [&[u8]; 2] {
        let Message { head, body } = &self.message;
        [&head[self.written.min(head.len())..], &body[self.written.saturating_sub(head.len())..]]
    }
}

impl Incoming {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    fn take(&mut self, taken: usize) {
        self.taken += taken;
        (self.seen, self.has_line) = (0, false);
        if self.taken == self.bytes.len() {
            self.taken = 0;
            self.bytes.clear();
            self.bytes.shrink_to(READ_BYTES);
        }
    }

    /// The next head, if the whole of it has come. It is not read from its beginning with each byte that comes: at first and
    /// with its first line, to see whether it may become one, and when there is an empty line.
    fn head(&mut self) -> Result<Option<Head>, Fault> {
        self.skip_empty_lines();
        let rest = self.rest();
        let fresh = &rest[self.seen.saturating_sub(EMPTY_LINE_BYTES)..];
        let has_line = self.has_line || fresh.contains(&b'\n');
        let is_telling = self.seen == 0 || has_line != self.has_line || has_empty_line(fresh);
        if is_telling && let Some((head, length)) = Head::read(rest)? {
            self.take(length);
            return Ok(Some(head));
        }
        (self.seen, self.has_line) = (rest.len(), has_line);
        Ok(None)
    }

    /// Some servers end their bodies with a line too much.
    fn skip_empty_lines(&mut self) {
        while let length @ 1.. = empty_line(self.rest()) {
            self.take(length);
        }
    }
}

/// The end of a line and an empty one, without their last byte.
const EMPTY_LINE_BYTES: usize = 2;

/// Whether a line ends and the next one is empty.
fn has_empty_line(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().any(|(at, byte)| *byte == b'\n' && empty_line(&bytes[at + 1..]) > 0)
}

/// The length of an empty line at the beginning; lines may end without a carriage return.
fn empty_line(bytes: &[u8]) -> usize {
    match bytes {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
