//! Adapts the reading side of a connection for hyper: passes on one request at a time, each with a
//! head that hyper can read.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::{io, mem};

use bytes::BytesMut;
use tokio::io::{AsyncRead, ReadBuf};

use super::chunks::Chunks;
use super::head::{self, BodyEnd, Head, UnreadableRequest};

/// The number of bytes per read.
const STEP: usize = 16 * 1024;

/// The rest of the head that replaces an unreadable one, after its method. hyper closes the
/// connection after the response.
const REPLACEMENT: &str = " / HTTP/1.1\r\nconnection: close\r\n";

/// The reading side of a connection.
///
/// It passes on a request only after hyper has read the whole previous request, so the content of
/// [`UnreadableSlot`] belongs to the request that hyper read last.
pub struct Heads<R> {
    stream: R,
    limit: usize,
    /// Bytes that hyper may not read yet.
    input: BytesMut,
    /// Bytes that hyper may read.
    ready: BytesMut,
    next: NextPart,
    unreadable: UnreadableSlot,
}

/// The element to which the next byte of the input belongs.
enum NextPart {
    /// A head. `is_escaped` is set once its request line is escaped.
    Head {
        is_escaped: bool,
    },
    /// A body with this number of bytes left.
    Sized(u64),
    Chunked(Chunks),
    /// Incomplete or invalid input, which hyper handles.
    Rest,
    /// Input after an unreadable head, which is dropped.
    Nothing,
}

/// A slot that passes an unreadable request to the request handler.
#[derive(Clone, Default)]
pub struct UnreadableSlot(Arc<Mutex<Option<UnreadableRequest>>>);

impl UnreadableSlot {
    /// Returns the unreadable request that the current request replaces, if any, and empties the
    /// slot.
    pub fn take(&self) -> Option<UnreadableRequest> {
        self.slot(None)
    }

    fn slot(&self, unread: Option<UnreadableRequest>) -> Option<UnreadableRequest> {
        mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), unread)
    }
}

impl<R> Heads<R> {
    /// Reads heads of up to `limit` bytes.
    pub fn new(stream: R, limit: usize, unreadable: UnreadableSlot) -> Heads<R> {
        let (input, ready) = (BytesMut::new(), BytesMut::new());
        Heads { stream, limit, input, ready, next: NextPart::Head { is_escaped: false }, unreadable }
    }

    /// Moves the bytes that hyper may read from the input to `ready`.
    fn advance(&mut self) {
        match &mut self.next {
            NextPart::Head { .. } => self.head(),
            NextPart::Sized(left) => {
                let length = usize::try_from(*left).map_or(self.input.len(), |left| left.min(self.input.len()));
                *left -= length as u64;
                self.ready = self.input.split_to(length);
                if *left == 0 {
                    self.next = NextPart::Head { is_escaped: false };
                }
            }
            NextPart::Chunked(chunks) => match chunks.follow(&self.input) {
                // A line over the limit without an end is not part of a chunked body.
                Some(part) if part.length > 0 || self.input.len() <= self.limit => {
                    self.ready = self.input.split_to(part.length);
                    if part.is_last {
                        self.next = NextPart::Head { is_escaped: false };
                    }
                }
                _ => self.next = NextPart::Rest,
            },
            NextPart::Rest => self.ready = self.input.split(),
            NextPart::Nothing => self.input.clear(),
        }
    }

    fn head(&mut self) {
        let NextPart::Head { is_escaped } = &mut self.next else { return };
        *is_escaped = *is_escaped || head::escape_request_line(&mut self.input);
        match head::read(&self.input, self.limit) {
            Head::Incomplete => {}
            Head::Whole(length, body) => {
                self.ready = self.input.split_to(length);
                self.next = match body {
                    BodyEnd::Sized(0) => NextPart::Head { is_escaped: false },
                    BodyEnd::Sized(length) => NextPart::Sized(length),
                    BodyEnd::Chunked => NextPart::Chunked(Chunks::Size),
                };
            }
            Head::Unreadable(unread) => {
                let method = if unread.method == "HEAD" { "HEAD" } else { "GET" };
                let origin = if unread.has_origin { "origin: null\r\n" } else { "" };
                self.ready = BytesMut::from(format!("{method}{REPLACEMENT}{origin}\r\n").as_str());
                self.next = NextPart::Nothing;
                self.unreadable.slot(Some(unread));
            }
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Heads<R> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.ready.is_empty() && !this.input.is_empty() {
                this.advance();
            }
            if !this.ready.is_empty() {
                let length = this.ready.len().min(buffer.remaining());
                buffer.put_slice(&this.ready.split_to(length));
                return Poll::Ready(Ok(()));
            }
            let mut space = [MaybeUninit::uninit(); STEP];
            let mut read = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut read))?;
            this.input.extend_from_slice(read.filled());
            if read.filled().is_empty() {
                if this.input.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                this.next = NextPart::Rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn read(sent: &[&[u8]]) -> (String, Option<UnreadableRequest>) {
        let unreadable = UnreadableSlot::default();
        let (mut near, far) = tokio::io::duplex(1 << 20);
        for part in sent {
            tokio::io::AsyncWriteExt::write_all(&mut near, part).await.unwrap();
        }
        drop(near);
        let mut text = String::new();
        Heads::new(far, 1000, unreadable.clone()).read_to_string(&mut text).await.unwrap();
        (text, unreadable.take())
    }

    #[tokio::test]
    async fn heads_are_escaped_and_bodies_are_not() {
        let body = "GET /{ HTTP/1.1\r\n\r\n";
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let sent = format!(
            "POST /{{ HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}\r\nPOST /{{ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}{body}",
            body.len()
        );
        let expected = sent.replace("POST /{", "POST /%7B").trim_end().to_owned();
        let expected = expected.strip_suffix("GET /{ HTTP/1.1").unwrap().to_owned() + "GET /%7B HTTP/1.1\r\n\r\n";
        assert_eq!(read(&[sent.as_bytes()]).await, (expected, None));
    }

    #[tokio::test]
    async fn an_unreadable_request_is_replaced_and_later_input_is_dropped() {
        let (text, unread) = read(&[b"GET / HTTP/3.0\r\n\r\n"]).await;
        assert!(text.starts_with("GET / HTTP/1.1\r\nconnection: close\r\n\r\n"), "{text}");
        assert_eq!(unread.unwrap().status, 400);
    }

    #[tokio::test]
    async fn an_incomplete_head_is_passed_on() {
        assert_eq!(read(&[b"GET / HT"]).await, ("GET / HT".to_owned(), None));
    }
}
