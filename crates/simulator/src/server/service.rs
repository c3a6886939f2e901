//! Implements the `tower` service for the simulator.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, EXPECT, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;

use crate::{PollWait, Simulator, cors};

/// The default maximum size of a request body, in bytes: 10 MiB.
///
/// [`ServerLimits::body`](super::ServerLimits::body) sets another maximum for a
/// [`Listener`](super::Listener).
pub const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The default maximum time that a poll of a channel waits for a change: 300 s, as on the platform.
///
/// [`ServerLimits::poll`](super::ServerLimits::poll) sets another maximum for a
/// [`Listener`](super::Listener).
pub const POLL_LIMIT: Duration = Duration::from_secs(300);

/// The service is always ready and never fails.
///
/// A body of more than [`BODY_LIMIT`] bytes gets a response with status 413. An incomplete body
/// and a request with two `Host` fields get 400. The body of these responses is
/// `{"detail": ...}`, and the simulator does not handle the request.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use syncano_simulator::Simulator;
/// use tower::ServiceExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let simulator = Simulator::builder().seed(1).build();
/// let request = http::Request::get("/v1.1/").body(Full::<Bytes>::default()).unwrap();
/// let Ok(answer) = simulator.oneshot(request).await;
/// assert_eq!(answer.status(), 200);
/// # }
/// ```
impl<B> tower_service::Service<Request<B>> for Simulator
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let simulator = self.clone();
        // The server that read the head of the request has already limited its target.
        Box::pin(async move {
            let response = answer(&simulator, request, usize::MAX, BODY_LIMIT).await;
            Ok(PollWait::finish(response, tokio::time::sleep(POLL_LIMIT)).await.map(Full::new))
        })
    }
}

/// The reason to reject a request before the API handles it.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    pub status: StatusCode,
    pub detail: String,
}

impl Rejection {
    /// Returns the response to a request with this method and these header fields.
    pub fn answer(&self, method: &Method, headers: &HeaderMap) -> Response<Bytes> {
        let mut answer = error_response(self.status, &self.detail);
        cors::open(method, headers, answer.headers_mut());
        answer
    }
}

/// The head of a rejected request, with the reason.
pub(super) struct RejectedRequest {
    pub rejection: Rejection,
    head: Parts,
}

impl RejectedRequest {
    pub fn answer(&self) -> Response<Bytes> {
        self.rejection.answer(&self.head.method, &self.head.headers)
    }
}

/// Reads the whole request and returns the response of the simulator.
///
/// It rejects a path and query of more than `target` bytes and a body of more than `limit` bytes.
pub(super) async fn answer<B>(
    simulator: &Simulator,
    request: Request<B>,
    target: usize,
    limit: usize,
) -> Response<Bytes>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match whole(request, target, limit).await {
        Ok(request) => simulator.handle(request),
        Err(rejected) => rejected.answer(),
    }
}

/// Returns the request with its whole body, or the reason to reject it.
pub(super) async fn whole<B>(
    request: Request<B>,
    target: usize,
    limit: usize,
) -> Result<Request<Bytes>, Box<RejectedRequest>>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let read = match check(&head, target) {
        Ok(()) => collect(&head.headers, body, limit).await,
        Err(rejection) => Err(rejection),
    };
    match read {
        Ok(body) => Ok(Request::from_parts(head, body)),
        Err(rejection) => Err(Box::new(RejectedRequest { rejection, head })),
    }
}

fn check(head: &Parts, target: usize) -> Result<(), Rejection> {
    if head.uri.path_and_query().is_some_and(|sent| sent.as_str().len() > target) {
        let detail = format!("The path and the query have more than {target} bytes.");
        return Err(Rejection { status: StatusCode::URI_TOO_LONG, detail });
    }
    if head.headers.get_all(HOST).iter().count() > 1 {
        let detail = "The request has more than one Host field.".to_owned();
        return Err(Rejection { status: StatusCode::BAD_REQUEST, detail });
    }
    Ok(())
}

async fn collect<B>(headers: &HeaderMap, body: B, limit: usize) -> Result<Bytes, Rejection>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let too_large = || {
        let detail = format!("The body has more than {limit} bytes.");
        Rejection { status: StatusCode::PAYLOAD_TOO_LARGE, detail }
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit && headers.contains_key(EXPECT) {
        return Err(too_large());
    }
    let mut body = pin!(body);
    match Limited::new(body.as_mut(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            // Most clients read only after they have sent the whole body. Reading and dropping the
            // rest lets them receive the response instead of a connection error.
            while let Some(Ok(_)) = body.frame().await {}
            Err(too_large())
        }
        Err(_) => Err(Rejection { status: StatusCode::BAD_REQUEST, detail: "The body broke off.".to_owned() }),
    }
}

/// Returns a JSON response with this status and error detail.
pub(super) fn error_response(status: StatusCode, detail: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(serde_json::json!({ "detail": detail }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
