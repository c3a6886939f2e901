//! Defects that act before or after the right response, or change it.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::call::ApiCall;
use super::edit;
use super::right::Right;
use super::when::When;

impl When {
    /// Responds to these requests with `wrong`, and to all others with `otherwise`.
    pub fn then_else(
        self,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
        otherwise: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
        move |call, right| if self.holds(call, right) { wrong(call, right) } else { otherwise(call, right) }
    }

    /// Responds with `wrong` to these requests if the right response is an error with this detail.
    pub fn instead_of_detail(
        self,
        detail: &'static str,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
        move |call, right| {
            let answer = right.respond(call);
            let is_it = answer.status().is_client_error() && edit::detail(&answer).as_deref() == Some(detail);
            if is_it && self.holds(call, right) { wrong(call, right) } else { answer }
        }
    }
}

/// Replaces the request by another.
pub fn sent_as(
    change: impl Fn(&ApiCall, &Right<'_>) -> ApiCall + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| right.respond(&change(call, right))
}

/// Reads something before the request, and acts after it if it succeeds.
pub fn around<T>(
    before: impl Fn(&ApiCall, &Right<'_>) -> T + Send + Sync + 'static,
    after: impl Fn(&ApiCall, &Right<'_>, T, &Value) + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let seen = before(call, right);
        let answer = right.respond(call);
        if answer.status().is_success() {
            after(call, right, seen, &edit::json(&answer));
        }
        answer
    }
}

/// Acts after a request that succeeds.
pub fn after(
    act: impl Fn(&ApiCall, &Right<'_>, &Value) + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    around(|_, _| (), move |call, right, (), answer| act(call, right, answer))
}

/// Changes the JSON of a successful response.
pub fn changed(
    change: impl Fn(&ApiCall, &Right<'_>, &mut Value) + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
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
    change: impl Fn(&ApiCall, &Right<'_>, &mut Vec<Value>) + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| edit::change_objects(right.respond(call), |objects| change(call, right, objects))
}

/// Replaces one status by another.
pub fn restatus(
    right_status: StatusCode,
    wrong_status: StatusCode,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| {
        let answer = right.respond(call);
        if answer.status() == right_status { edit::with_status(answer, wrong_status) } else { answer }
    }
}

/// Changes each request before a layer receives it.
pub fn behind(
    change: impl Fn(&ApiCall, &Right<'_>) -> ApiCall + Send + Sync + 'static,
    layer: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static {
    move |call, right| layer(&change(call, right), right)
}
