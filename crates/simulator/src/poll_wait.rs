//! A poll that waits for a change.

use std::future::Future;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use tokio::sync::watch;

const X_LAST_ID: HeaderName = HeaderName::from_static("x-last-id");

/// A poll that waits for the next change of its channel and room: an extension of the response of
/// [`Simulator::handle`](crate::Simulator::handle), which answers at once, with the status 204 of a
/// poll that heard nothing. A server waits for the change.
#[derive(Clone, Debug)]
pub struct PollWait {
    heard: watch::Receiver<Option<HeardChange>>,
}

/// The change that a poll waits for: its id, and its JSON text.
#[derive(Clone, Debug)]
pub struct HeardChange {
    pub id: u32,
    pub body: Bytes,
}

impl PollWait {
    pub(crate) fn new(heard: watch::Receiver<Option<HeardChange>>) -> PollWait {
        PollWait { heard }
    }

    /// Returns whether the response waits for a change.
    pub fn is_in(response: &Response<Bytes>) -> bool {
        response.extensions().get::<PollWait>().is_some()
    }

    /// Returns the response of a poll: with the change, or without one after `end`. Any other
    /// response is returned unchanged, at once.
    pub async fn finish(mut response: Response<Bytes>, end: impl Future<Output = ()>) -> Response<Bytes> {
        let Some(mut wait) = response.extensions_mut().remove::<PollWait>() else { return response };
        let is_head = response.headers().contains_key(CONTENT_LENGTH);
        let heard = async {
            let heard = wait.heard.wait_for(Option::is_some).await.ok().and_then(|heard| heard.clone());
            match heard {
                Some(heard) => heard,
                // The channel is gone, or its whole world. The poll goes on, as on the platform.
                None => std::future::pending().await,
            }
        };
        let HeardChange { id, body } = tokio::select! {
            biased;
            heard = heard => heard,
            () = end => return response,
        };
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.remove(ALLOW);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(X_LAST_ID, HeaderValue::from(id));
        match is_head {
            true => drop(headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()))),
            false => *response.body_mut() = body,
        }
        response
    }
}
