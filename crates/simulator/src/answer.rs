//! Answers and failures, before they become HTTP responses.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::poll_wait::PollWait;

const PAGE_NOT_FOUND: &str = "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>";
const SERVER_ERROR: &str = "<h1>Server Error (500)</h1>";

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    pub status: StatusCode,
    pub content: AnswerBody,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum AnswerBody {
    /// No body and no content type.
    Empty,
    /// A JSON text.
    Json(Vec<u8>),
    /// A text that a template made.
    Rendered { text: String, media_type: HeaderValue },
    /// An HTML page of an endpoint.
    Page(&'static str),
    /// A file.
    File { bytes: Bytes, media_type: &'static str },
    /// No body so far: a server waits for the change of a channel.
    Waits(PollWait),
}

/// A failed request, with its answer.
#[derive(Clone, Debug)]
pub struct Failure(Box<ApiAnswer>);

/// The errors of the members of a body: a list of texts for each member, or the errors of its own
/// members.
pub type Errors = Map<String, Value>;

impl ApiAnswer {
    /// Returns 204 without a body.
    pub fn no_content() -> ApiAnswer {
        ApiAnswer::empty(StatusCode::NO_CONTENT)
    }

    /// Returns an answer without a body.
    pub fn empty(status: StatusCode) -> ApiAnswer {
        ApiAnswer { status, content: AnswerBody::Empty }
    }

    /// Returns an answer with a JSON body.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<ApiAnswer, Failure> {
        let mut body = Vec::with_capacity(1024);
        serde_json::to_writer(&mut body, value).map_err(|_| Failure::server_error())?;
        Ok(ApiAnswer { status, content: AnswerBody::Json(body) })
    }
}

impl Failure {
    /// 404 with the HTML page for a path without an endpoint.
    pub fn no_route() -> Failure {
        Failure::page(StatusCode::NOT_FOUND, PAGE_NOT_FOUND)
    }

    /// 500 with an HTML page.
    pub fn server_error() -> Failure {
        Failure::page(StatusCode::INTERNAL_SERVER_ERROR, SERVER_ERROR)
    }

    /// `{"detail": text}`
    pub fn detail(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Failure {
        Failure::from_body(status, &json!({"detail": text.into()}))
    }

    /// 400 with `{"detail": text}`.
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Failure {
        Failure::detail(StatusCode::BAD_REQUEST, text)
    }

    /// 404 for an object that does not exist, or that the caller must not see.
    pub fn not_found() -> Failure {
        Failure::detail(StatusCode::NOT_FOUND, "Not found.")
    }

    /// 404 for a missing parent in the path: `Instance`, `User`, `Group`.
    pub fn missing(what: &str) -> Failure {
        Failure::detail(StatusCode::NOT_FOUND, format!("{what} was not found."))
    }

    /// 403 for a caller without the right.
    pub fn forbidden() -> Failure {
        Failure::detail(StatusCode::FORBIDDEN, "You do not have permission to perform this action.")
    }

    /// 403 for a key that is unknown, or not valid for this instance.
    pub fn no_such_key() -> Failure {
        Failure::detail(StatusCode::FORBIDDEN, "No such API Key.")
    }

    /// 405.
    pub fn method_not_allowed(method: &Method) -> Failure {
        Failure::detail(StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
    }

    /// 429. The answer also has the header `Retry-After: 1`.
    pub fn throttled() -> Failure {
        Failure::detail(StatusCode::TOO_MANY_REQUESTS, "Request was throttled. Expected available in 1 second.")
    }

    /// 406.
    pub fn not_acceptable() -> Failure {
        Failure::detail(StatusCode::NOT_ACCEPTABLE, "Could not satisfy the request Accept header.")
    }

    /// 401 for a login that failed.
    pub fn unauthorized(text: &'static str) -> Failure {
        Failure::detail(StatusCode::UNAUTHORIZED, text)
    }

    /// 400 with the errors of the members of the body.
    pub fn invalid(errors: &Errors) -> Failure {
        Failure::from_body(StatusCode::BAD_REQUEST, errors)
    }

    /// 400 for one member, with a list of one text.
    pub fn invalid_member(name: &str, text: &str) -> Failure {
        Failure::from_body(StatusCode::BAD_REQUEST, &json!({name: [text]}))
    }

    /// 400 for one member, with a bare text.
    pub fn rejected_member(name: &str, text: &str) -> Failure {
        Failure::from_body(StatusCode::BAD_REQUEST, &json!({name: text}))
    }

    /// A list of texts, without the name of a member.
    pub fn texts(status: StatusCode, texts: &[&str]) -> Failure {
        Failure::from_body(status, &texts)
    }

    /// 400 for a member whose value is already taken.
    pub fn not_unique(name: &str) -> Failure {
        Failure::invalid_member(name, "This field must be unique.")
    }

    /// Returns the answer.
    pub fn into_answer(self) -> ApiAnswer {
        *self.0
    }

    /// Returns whether the answer does not depend on the body: a page of the server itself, for a
    /// path without an endpoint, or the answer to one request too many
    /// or to a body that is too long.
    pub fn ignores_body(&self) -> bool {
        matches!(self.0.content, AnswerBody::Page(_))
            || matches!(self.0.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::PAYLOAD_TOO_LARGE)
    }

    fn page(status: StatusCode, page: &'static str) -> Failure {
        Failure(Box::new(ApiAnswer { status, content: AnswerBody::Page(page) }))
    }

    fn from_body(status: StatusCode, body: &impl Serialize) -> Failure {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Failure(Box::new(ApiAnswer { status, content: AnswerBody::Json(body) }))
    }
}
