//! A poll that waits for a change.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use tokio::sync::watch;

use super::changes::Change;
use super::view::ChangeView;

const X_LAST_ID: HeaderName = HeaderName::from_static("x-last-id");

/// A poll that waits for the next change of its channel and room: an extension of the response of
/// [`Simulator::handle`](crate::Simulator::handle), which answers at once, with the status 204 of a
/// poll that heard nothing. A server waits for the change.
#[derive(Clone, Debug)]
pub struct PollWait {
    change: watch::Receiver<Option<Change>>,
}

impl PollWait {
    pub(super) fn new(change: watch::Receiver<Option<Change>>) -> PollWait {
        PollWait { change }
    }

    /// Returns whether the response waits for a change.
    pub fn is_in(response: &Response<Bytes>) -> bool {
        response.extensions().get::<PollWait>().is_some()
    }

    /// Returns the response of a poll, after at most `limit`. Any other response is returned
    /// unchanged, at once.
    pub async fn finish(mut response: Response<Bytes>, limit: Duration) -> Response<Bytes> {
        let Some(mut wait) = response.extensions_mut().remove::<PollWait>() else { return response };
        let is_head = response.headers().contains_key(CONTENT_LENGTH);
        let heard = async {
            let heard = wait.change.wait_for(Option::is_some).await.ok().and_then(|change| change.clone());
            match heard {
                Some(change) => change,
                // The channel was deleted. The poll goes on, as on the platform.
                None => std::future::pending().await,
            }
        };
        let Ok(change) = tokio::time::timeout(limit, heard).await else { return response };
        let body = serde_json::to_vec(&ChangeView::of_poll(&change)).unwrap_or_default();
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.remove(ALLOW);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(X_LAST_ID, HeaderValue::from(change.id));
        match is_head {
            true => drop(headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()))),
            false => *response.body_mut() = Bytes::from(body),
        }
        response
    }
}
