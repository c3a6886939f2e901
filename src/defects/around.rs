//! What a defect does around the right answer: before it, after it, and to it.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::edit;
use super::right::Right;
use super::when::When;

impl When {
    /// What such requests are answered with, and what answers all others.
    pub fn then_else(
        self,
        wrong: impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
        otherwise: impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
        move |call, right| if self.holds(call, right) { wrong(call, right) } else { otherwise(call, right) }
    }

    /// What such requests are answered with where the right answer is an error with this detail.
    pub fn instead_of_detail(
        self,
        detail: &'static str,
        wrong: impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
        move |call, right| {
            let answer = right.respond(call);
            let is_it = answer.status().is_client_error() && edit::detail(&answer).as_deref() == Some(detail);
            if is_it && self.holds(call, right) { wrong(call, right) } else { answer }
        }
    }
}

/// Sends another request in place of this one.
pub fn sent_as(
    change: impl Fn(&Call, &Right<'_>) -> Call + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| right.respond(&change(call, right))
}

/// Looks at something before the request, and does something after it where it succeeds.
pub fn around<T>(
    before: impl Fn(&Call, &Right<'_>) -> T + Send + Sync + 'static,
    after: impl Fn(&Call, &Right<'_>, T, &Value) + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let seen = before(call, right);
        let answer = right.respond(call);
        if answer.status().is_success() {
            after(call, right, seen, &edit::json(&answer));
        }
        answer
    }
}

/// Does something after a request that succeeds.
pub fn after(
    act: impl Fn(&Call, &Right<'_>, &Value) + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    around(|_, _| (), move |call, right, (), answer| act(call, right, answer))
}

/// Changes the JSON of an answer that is a success.
pub fn changed(
    change: impl Fn(&Call, &Right<'_>, &mut Value) + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let answer = right.respond(call);
        if !answer.status().is_success() {
            return answer;
        }
        edit::change_json(answer, |body| change(call, right, body))
    }
}

/// Changes the objects of a list.
pub fn listed(
    change: impl Fn(&Call, &Right<'_>, &mut Vec<Value>) + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| edit::change_objects(right.respond(call), |objects| change(call, right, objects))
}

/// Gives an answer of one status another one.
pub fn restatus(
    right_status: StatusCode,
    wrong_status: StatusCode,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let answer = right.respond(call);
        if answer.status() == right_status { edit::with_status(answer, wrong_status) } else { answer }
    }
}

/// Changes each request before a layer gets it.
pub fn behind(
    change: impl Fn(&Call, &Right<'_>) -> Call + Send + Sync + 'static,
    layer: impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| layer(&change(call, right), right)
}
