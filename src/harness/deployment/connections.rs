//! The connections to a deployment: reads share kept connections, other requests have their own.
//!
//! A server may close a kept connection without notice: uWSGI's HTTP router does so after every
//! response, others after a short idle time. A request that is written at that moment gets no
//! response, and the client cannot know whether the server read it. So only reads use kept
//! connections, because they can be repeated. A request that may change something always uses a new
//! connection, where "closed without a response" is never an accident of timing. hyper notices a
//! connection that was closed before it writes. If a close and a read cross, the read is repeated
//! on a new connection, and from then on every request uses its own.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue};
use reqwest::{Client, ClientBuilder, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tracing::info;

use super::failure::is_closed;

/// The maximum idle time of a kept connection. Common servers close one after two seconds or more.
const LONGEST_IDLE: Duration = Duration::from_secs(1);

tokio::task_local! {
    /// Whether a new connection was opened for the request of this task.
    static IS_NEW: Cell<bool>;
}

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
    /// The server has closed the kept connection. The request must be repeated.
    KeptWasClosed,
    /// Anything else.
    Failed(reqwest::Error),
}

impl Connections {
    /// Creates the connection pools, from clients that `client` configures. Opens no connection.
    pub fn new(client: impl Fn() -> ClientBuilder) -> reqwest::Result<Connections> {
        let close = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]);
        Ok(Connections {
            keeping: client().pool_idle_timeout(LONGEST_IDLE).connector_layer(NoteNew).build()?,
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
        let sending = async { (self.keeping.execute(request).await, IS_NEW.with(Cell::get)) };
        let (response, is_new) = IS_NEW.scope(Cell::new(false), sending).await;
        response.map_err(|error| {
            if is_new || !is_closed(&error) {
                return SendError::Failed(error);
            }
            if self.keeps.swap(false, Ordering::Relaxed) {
                info!("the target closes connections without notice; from now on each request uses a new one");
            }
            SendError::KeptWasClosed
        })
    }
}

/// Notes that a connection was opened.
#[derive(Clone)]
struct NoteNew;

#[derive(Clone)]
struct Connector<S>(S);

impl<S> Layer<S> for NoteNew {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector(inner)
    }
}

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connected = connecting.await;
            if connected.is_ok() {
                // A connection may be opened outside of the task, when its request no longer waits
                // for it.
                let _ = IS_NEW.try_with(|is_new| is_new.set(true));
            }
            connected
        })
    }
}
