//! The rendering of an answer with a template.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::answer::{AnswerBody, ApiAnswer, Failure};
use super::jinja;

/// A template with its variables.
pub struct Rendering {
    pub content: String,
    pub content_type: String,
    pub variables: Map<String, Value>,
}

impl Rendering {
    /// Renders the answer to a successful request. Its body becomes the variable `response`.
    ///
    /// # Errors
    ///
    /// 400 if the template fails.
    pub fn of(self, answer: ApiAnswer) -> Result<ApiAnswer, Failure> {
        let Rendering { content, content_type, mut variables } = self;
        if let AnswerBody::Json(body) = &answer.content {
            let body: Value = serde_json::from_slice(body).map_err(|_| Failure::server_error())?;
            variables.entry("response").or_insert(body);
        }
        let text = jinja::render(&content, &variables).map_err(Failure::bad_request)?;
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(answer);
        }
        let media_type = HeaderValue::from_str(&format!("{content_type}; charset=utf-8"));
        let media_type = media_type.map_err(|_| Failure::server_error())?;
        Ok(ApiAnswer { content: AnswerBody::Rendered { text, media_type }, ..answer })
    }
}
