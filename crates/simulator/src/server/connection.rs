//! A connection: its reading half, the time of its last request, and whether a poll waits.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Instant, sleep};

use crate::PollWait;

/// The reading half of a connection. A waiting poll ends when its client closes the connection, or
/// its half of it: the two look the same.
#[derive(Clone)]
pub struct Reader(Arc<Mutex<OwnedReadHalf>>);

impl Reader {
    pub fn new(reader: OwnedReadHalf) -> Reader {
        Reader(Arc::new(Mutex::new(reader)))
    }

    /// Completes when the client has closed its side. If the client has sent another request, it
    /// never completes.
    async fn closed(&self) {
        let mut byte = [0];
        poll_fn(|context| match self.lock().poll_peek(context, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(1..)) | Poll::Pending => Poll::Pending,
            Poll::Ready(_) => Poll::Ready(()),
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, OwnedReadHalf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Reader {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(context, buffer)
    }
}

/// The requests of a connection.
pub struct Connection {
    reader: Reader,
    begun: Instant,
    /// When the last request arrived, in milliseconds after `begun`. Updating it costs one reading
    /// of the clock per request.
    last: AtomicU64,
    is_polling: AtomicBool,
}

impl Connection {
    pub fn new(reader: Reader) -> Connection {
        Connection { reader, begun: Instant::now(), last: AtomicU64::new(0), is_polling: AtomicBool::new(false) }
    }

    /// Notes that a request has arrived.
    pub fn update(&self) {
        self.last.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Completes when no request has arrived for `limit` and no poll waits.
    pub async fn silence(&self, limit: Duration) {
        loop {
            let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
            let left = limit.saturating_sub(self.begun.elapsed().saturating_sub(last));
            match (left.is_zero(), self.is_polling.load(Ordering::Relaxed)) {
                (false, _) => sleep(left).await,
                (true, true) => sleep(limit).await,
                (true, false) => return,
            }
        }
    }

    /// Waits for the change that the response to a poll needs, for at most `limit`. Returns `None`
    /// if the client has gone away.
    pub async fn finish(&self, response: Response<Bytes>, limit: Duration) -> Option<Response<Bytes>> {
        if !PollWait::is_in(&response) {
            return Some(response);
        }
        self.is_polling.store(true, Ordering::Relaxed);
        let finished = tokio::select! {
            response = PollWait::finish(response, sleep(limit)) => Some(response),
            () = self.reader.closed() => None,
        };
        self.is_polling.store(false, Ordering::Relaxed);
        self.update();
        finished
    }
}
