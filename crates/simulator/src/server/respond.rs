//! Implements the `wiremock` responder for the simulator.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode, Uri};
use wiremock::{Respond, ResponseTemplate};

use super::service::error_response;
use super::wire::escape;
use crate::Simulator;

/// Responds to the requests of a `wiremock::MockServer`.
///
/// Mount it once, with a lower priority than your own mocks:
///
/// ```
/// use syncano_simulator::Simulator;
/// use wiremock::{Mock, MockServer, matchers::any};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let simulator = Simulator::builder().build();
/// let server = MockServer::start().await;
/// Mock::given(any()).respond_with(simulator.clone()).with_priority(255).mount(&server).await;
/// # }
/// ```
///
/// `wiremock` normalises the path of a request (`/a/../b` arrives as `/b`), does not limit the body
/// and keeps every request in memory until the server is reset. Use a
/// [`Listener`](super::Listener) for raw targets and long runs.
impl Respond for Simulator {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let target = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let Ok(target) = PathAndQuery::try_from(escape(target.as_bytes()).to_string()) else {
            return template(error_response(StatusCode::BAD_REQUEST, "The path or the query is not valid."));
        };
        let mut forwarded = Request::new(Bytes::from(request.body.clone()));
        *forwarded.method_mut() = request.method.clone();
        *forwarded.uri_mut() = Uri::from(target);
        *forwarded.headers_mut() = request.headers.clone();

        template(self.handle(forwarded))
    }
}

fn template(answer: Response<Bytes>) -> ResponseTemplate {
    let (head, body) = answer.into_parts();
    // An empty media type keeps the `Content-Type` of the response.
    ResponseTemplate::new(head.status).append_headers(&head.headers).set_body_raw(body, "")
}
