//! The connections to a deployment: reads share kept connections, other requests have their own.
//!
//! A server may close a kept connection without notice: uWSGI's HTTP router does so after every
//! response, others after a short idle time. A request that is written at that moment gets no
//! response, and the client cannot know whether the server read it. So only reads use kept
//! connections, because they can be repeated. A request that may change something always uses a new
//! connection, where "closed without a response" is never an accident of timing. hyper notices a
//! connection that was closed before it writes. If a close and a read cross, the read is repeated
//! on a new connection, and from then on every request uses its own. The client does not say whether
//! the connection of that read was kept or new, so the read is repeated in both cases.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue};
use reqwest::{Client, ClientBuilder, Request, Response};
use tracing::info;

use super::failure::is_closed;

/// The maximum idle time of a kept connection. Common servers close one after two seconds or more.
const LONGEST_IDLE: Duration = Duration::from_secs(1);

/// The connections to one deployment.
pub struct Connections {
    /// Keeps connections for later requests.
    keeping: Client,
    /// Opens a connection for each request.
    single: Client,
    /// Whether connections are kept.
    keeps: AtomicBool,
}

/// Why a request got no response.
pub enum SendError {
    /// The server has closed the connection, which may have been a kept one. The request must be repeated.
    KeptWasClosed,
    /// Anything else.
    Failed(reqwest::Error),
}

impl Connections {
    /// Creates the connection pools, from clients that `client` configures. Opens no connection.
    pub fn new(client: impl Fn() -> ClientBuilder) -> reqwest::Result<Connections> {
        let close = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]);
        Ok(Connections {
            keeping: client().pool_idle_timeout(LONGEST_IDLE).build()?,
            single: client().pool_max_idle_per_host(0).default_headers(close).build()?,
            keeps: AtomicBool::new(true),
        })
    }

    /// Sends a request. After [`SendError::KeptWasClosed`] the caller can repeat it, on a new
    /// connection.
    pub async fn send(&self, request: Request) -> Result<Response, SendError> {
        if !request.method().is_safe() || !self.keeps.load(Ordering::Relaxed) {
            return self.single.execute(request).await.map_err(SendError::Failed);
        }
        self.keeping.execute(request).await.map_err(|error| {
            if !is_closed(&error) {
                return SendError::Failed(error);
            }
            if self.keeps.swap(false, Ordering::Relaxed) {
                info!("the target closes connections without notice; from now on each request uses a new one");
            }
            SendError::KeptWasClosed
        })
    }
}
