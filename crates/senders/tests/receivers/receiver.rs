//! A receiver whose behaviour is a function of the raw connection, and which counts what reaches it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Runs until it is dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

/// What a receiver got.
pub(crate) type Kept = Arc<Mutex<Vec<String>>>;

/// One accepted connection.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    counts: Arc<Counts>,
    /// Which connection this is, from 0.
    pub(crate) index: usize,
}

impl Receiver {
    /// Listens on a free port of `127.0.0.1` and gives each connection to `behave`.
    pub(crate) async fn start<F, B>(behave: B) -> Self
    where
        B: Fn(Wire) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = listen();
        let (address, counts) = (listener.local_addr().unwrap(), Arc::new(Counts::default()));
        let counted = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            // Dropped with this task, so that no connection outlives its receiver.
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let index = counted.connections.fetch_add(1, SeqCst);
                connections.spawn(behave(Wire { stream, counts: Arc::clone(&counted), index }));
            }
        });
        Self { address, counts, task }
    }

    /// Answers every request with 204.
    pub(crate) async fn honest() -> Self {
        Self::start(|mut wire| async move {
            while wire.request().await.is_some() && wire.write("HTTP/1.1 204 No Content\r\n\r\n").await {}
        })
        .await
    }

    /// Keeps every request, and answers it by its number, from 0.
    pub(crate) async fn keeping(answer: fn(usize) -> String) -> (Self, Kept) {
        let kept = Kept::default();
        let keeping = Arc::clone(&kept);
        let receiver = Self::start(move |mut wire| {
            let keeping = Arc::clone(&keeping);
            async move {
                while let Some(request) = wire.request().await {
                    let number = {
                        let mut kept = keeping.lock().unwrap();
                        kept.push(String::from_utf8(request).unwrap());
                        kept.len() - 1
                    };
                    wire.write(answer(number)).await;
                }
            }
        });
        (receiver.await, kept)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(SeqCst)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A listener on a port that names may be called on as well (below the dynamic ports), with a small receive
/// buffer, so that a receiver that does not read is soon felt by the sender.
pub(crate) fn listen() -> TcpListener {
    for _ in 0..1000 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1024).unwrap();
        if listener.local_addr().unwrap().port() < 49152 {
            return listener;
        }
    }
    panic!("the system has no free port below 49152");
}

/// A port where connections are not completed: nobody accepts, and the queue is full.
pub(crate) struct SilentPort {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl SilentPort {
    /// On this address of loopback, `127.0.0.1` or one beside it, and this port; 0 for any.
    pub(crate) async fn start(address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let (address, mut queued) = (listener.local_addr().unwrap(), Vec::new());
        // The system completes as many connections as it queues; the first that hangs shows that it is full.
        loop {
            let connecting = TcpSocket::new_v4().unwrap().connect(address);
            match tokio::time::timeout(Duration::from_millis(100), connecting).await {
                Ok(connected) => queued.push(connected.unwrap()),
                Err(_) => return Self { address, _listener: listener, _queued: queued },
            }
        }
    }
}

impl Wire {
    /// Reads one whole request and counts it; `None` when the sender has closed.
    pub(crate) async fn request(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut whole = None;
        while whole.is_none_or(|length| bytes.len() < length) {
            if self.stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
            whole = whole.or_else(|| length(&bytes));
        }
        self.counts.requests.fetch_add(1, SeqCst);
        Some(bytes)
    }

    /// Writes, as far as the sender lets it.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Reads a request, answers it, and keeps the connection open until the sender closes it.
    pub(crate) async fn answer(mut self, bytes: impl AsRef<[u8]>) {
        if self.request().await.is_some() && self.write(bytes).await {
            self.hold().await;
        }
    }

    /// Never reads, and never closes: its end is that of the receiver.
    pub(crate) async fn ignore(self) {
        std::future::pending::<()>().await;
        drop(self);
    }

    /// Closes at once, with a reset instead of a goodbye.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Does nothing until the sender closes.
    pub(crate) async fn hold(mut self) {
        while let Ok(1..) = self.stream.read(&mut [0; 4096]).await {}
    }
}

/// Bytes of the request at the beginning of `bytes`, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).unwrap();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some(head + body.map_or(0, |length| length.parse::<usize>().unwrap()))
}
