//! Selects the requests that a defect changes: by path, method and caller.

use bytes::Bytes;
use http::{Method, Response as HttpResponse, StatusCode};

use super::call::ApiCall;
use super::right::Right;
use syncano_simulator::api::Flag;

/// Returns the response of a deployment with a defect.
pub type Response = dyn Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync;

pub const GET: &[Method] = &[Method::GET];
pub const POST: &[Method] = &[Method::POST];
pub const PUT: &[Method] = &[Method::PUT];
pub const PATCH: &[Method] = &[Method::PATCH];
pub const DELETE: &[Method] = &[Method::DELETE];
/// The methods that read.
pub const READS: &[Method] = &[Method::GET, Method::HEAD];
/// The methods that update: PUT and PATCH.
pub const UPDATES: &[Method] = &[Method::PUT, Method::PATCH];
/// The methods that change something.
pub const CHANGES: &[Method] = &[Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// All methods.
pub const ANY: &[Method] =
    &[Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The caller of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// No API key and no account key.
    NoKey,
    /// An API key, with or without a user key.
    App,
    /// An API key without the key of a user.
    AppAlone,
    /// An API key with the key of a user.
    User,
    /// An API key with this flag.
    Has(Flag),
    /// An API key with this flag, without the key of a user.
    AloneWith(Flag),
    /// An API key without this flag.
    Lacks(Flag),
    /// An account key, with any role.
    Account,
    /// An account in this role.
    Role(&'static str),
    /// An account that is not an administrator of the instance.
    Stranger,
}

/// A selection of requests.
#[derive(Clone)]
pub struct When {
    methods: &'static [Method],
    templates: Vec<&'static str>,
    who: Vec<Who>,
    conditions: Vec<fn(&ApiCall) -> bool>,
    questions: Vec<fn(&ApiCall, &Right<'_>) -> bool>,
}

/// Selects requests with one of these methods to one path, such as `/users/{user}/`.
pub fn on(methods: &'static [Method], template: &'static str) -> When {
    on_any(methods, &[template])
}

/// Selects requests with one of these methods to one of these paths.
pub fn on_any(methods: &'static [Method], templates: &[&'static str]) -> When {
    When { methods, templates: templates.to_vec(), who: Vec::new(), conditions: Vec::new(), questions: Vec::new() }
}

/// Selects every request with one of these methods.
pub fn everywhere(methods: &'static [Method]) -> When {
    on_any(methods, &[])
}

impl When {
    /// Selects only requests of this caller. Several calls must all match.
    pub fn by(mut self, who: Who) -> When {
        self.who.push(who);
        self
    }

    /// Selects only requests that satisfy a condition.
    pub fn where_(mut self, condition: fn(&ApiCall) -> bool) -> When {
        self.conditions.push(condition);
        self
    }

    /// Selects only requests that satisfy a condition on the right deployment.
    pub fn only_if(mut self, question: fn(&ApiCall, &Right<'_>) -> bool) -> When {
        self.questions.push(question);
        self
    }

    /// Responds to these requests with `wrong`, and right to all others.
    pub fn then(
        self,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        move |call, right| if self.holds(call, right) { wrong(call, right) } else { right.respond(call) }
    }

    /// Responds with `wrong` to these requests if the right response is 403.
    pub fn instead_of_403(
        self,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.instead_of(StatusCode::FORBIDDEN, wrong)
    }

    /// Responds with `wrong` to these requests if the right response is 404.
    pub fn instead_of_404(
        self,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.instead_of(StatusCode::NOT_FOUND, wrong)
    }

    /// Responds with `wrong` to these requests if the right response has this status.
    pub fn instead_of(
        self,
        status: StatusCode,
        wrong: impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        move |call, right| {
            let answer = right.respond(call);
            if answer.status() == status && self.holds(call, right) { wrong(call, right) } else { answer }
        }
    }

    /// Changes the right response to these requests.
    pub fn edit(
        self,
        edit: impl Fn(&ApiCall, &Right<'_>, HttpResponse<Bytes>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&ApiCall, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.then(move |call, right| edit(call, right, right.respond(call)))
    }

    /// Returns whether a request is selected. Checks the cheap conditions first.
    pub fn holds(&self, call: &ApiCall, right: &Right<'_>) -> bool {
        self.matches_request(call)
            && self.who.iter().all(|who| who.sends(call, right))
            && self.questions.iter().all(|question| question(call, right))
    }

    /// Returns whether the request itself matches, without asking the deployment.
    fn matches_request(&self, call: &ApiCall) -> bool {
        self.methods.contains(call.method())
            && (self.templates.is_empty() || self.templates.iter().any(|template| call.is(template)))
            && self.conditions.iter().all(|condition| condition(call))
    }
}

impl Who {
    fn sends(self, call: &ApiCall, right: &Right<'_>) -> bool {
        match self {
            Who::NoKey => call.api_key().is_none(),
            Who::App => call.has_api_key() && right.api_key(call).is_some(),
            Who::AppAlone => Who::App.sends(call, right) && right.user(call).is_none(),
            Who::User => right.user(call).is_some(),
            Who::Has(flag) => call.has_api_key() && right.has_flag(call, flag),
            Who::AloneWith(flag) => Who::Has(flag).sends(call, right) && right.user(call).is_none(),
            Who::Lacks(flag) => Who::App.sends(call, right) && !right.has_flag(call, flag),
            Who::Account => call.has_account_key(),
            Who::Role(role) => right.role(call).as_deref() == Some(role),
            Who::Stranger => call.has_account_key() && is_known(call, right) && right.role(call).is_none(),
        }
    }
}

/// Returns whether the account key in the request is known.
fn is_known(call: &ApiCall, right: &Right<'_>) -> bool {
    let asked = call.without_any_query().with_method(Method::GET).outside("/account/").without_body();
    let key = call.api_key().unwrap_or_default();
    right.respond(&asked.with_keys(&key, None)).status().is_success()
}
