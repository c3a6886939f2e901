//! Which requests a defect touches: where they go, and who sends them.

use bytes::Bytes;
use http::{Method, Response as HttpResponse, StatusCode};

use super::call::Call;
use super::right::Right;
use syncano_simulator::api::Flag;

/// What a deployment with a defect answers.
pub type Response = dyn Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync;

pub const GET: &[Method] = &[Method::GET];
pub const POST: &[Method] = &[Method::POST];
pub const PUT: &[Method] = &[Method::PUT];
pub const PATCH: &[Method] = &[Method::PATCH];
pub const DELETE: &[Method] = &[Method::DELETE];
/// What reads.
pub const READS: &[Method] = &[Method::GET, Method::HEAD];
/// PUT and PATCH.
pub const UPDATES: &[Method] = &[Method::PUT, Method::PATCH];
/// What changes something that is there.
pub const CHANGES: &[Method] = &[Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// Every method.
pub const ANY: &[Method] =
    &[Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody: no API key and no account key.
    Nobody,
    /// An API key, whatever user key is beside it.
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
    /// An account key, whatever its role.
    Account,
    /// An account in this role.
    Role(&'static str),
    /// An account that is no administrator of the instance.
    Stranger,
}

/// A choice of requests.
#[derive(Clone)]
pub struct When {
    methods: &'static [Method],
    templates: Vec<&'static str>,
    who: Vec<Who>,
    conditions: Vec<fn(&Call) -> bool>,
    questions: Vec<fn(&Call, &Right<'_>) -> bool>,
}

/// Requests with one of these methods to one path, such as `/users/{user}/`.
pub fn on(methods: &'static [Method], template: &'static str) -> When {
    on_any(methods, &[template])
}

/// Requests with one of these methods to one of these paths.
pub fn on_any(methods: &'static [Method], templates: &[&'static str]) -> When {
    When { methods, templates: templates.to_vec(), who: Vec::new(), conditions: Vec::new(), questions: Vec::new() }
}

/// Every request with one of these methods, wherever it goes.
pub fn everywhere(methods: &'static [Method]) -> When {
    on_any(methods, &[])
}

impl When {
    /// Only from those. Said more than once, all have to hold.
    pub fn by(mut self, who: Who) -> When {
        self.who.push(who);
        self
    }

    /// Only where the request is like this.
    pub fn where_(mut self, condition: fn(&Call) -> bool) -> When {
        self.conditions.push(condition);
        self
    }

    /// Only where the right deployment says that it is like this.
    pub fn only_if(mut self, question: fn(&Call, &Right<'_>) -> bool) -> When {
        self.questions.push(question);
        self
    }

    /// What such requests are answered with; every other one is answered right.
    pub fn then(
        self,
        wrong: impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        move |call, right| if self.holds(call, right) { wrong(call, right) } else { right.respond(call) }
    }

    /// What such requests are answered with where the right answer is 403.
    pub fn instead_of_403(
        self,
        wrong: impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.instead_of(StatusCode::FORBIDDEN, wrong)
    }

    /// What such requests are answered with where the right answer is 404.
    pub fn instead_of_404(
        self,
        wrong: impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.instead_of(StatusCode::NOT_FOUND, wrong)
    }

    /// What such requests are answered with where the right answer has this status.
    pub fn instead_of(
        self,
        status: StatusCode,
        wrong: impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        move |call, right| {
            let answer = right.respond(call);
            if answer.status() == status && self.holds(call, right) { wrong(call, right) } else { answer }
        }
    }

    /// How the right answer to such requests is changed.
    pub fn edit(
        self,
        edit: impl Fn(&Call, &Right<'_>, HttpResponse<Bytes>) -> HttpResponse<Bytes> + Send + Sync + 'static,
    ) -> impl Fn(&Call, &Right<'_>) -> HttpResponse<Bytes> + Send + Sync + 'static {
        self.then(move |call, right| edit(call, right, right.respond(call)))
    }

    /// Whether a request is one of these. What costs nothing is looked at first.
    pub fn holds(&self, call: &Call, right: &Right<'_>) -> bool {
        self.is_there(call)
            && self.who.iter().all(|who| who.sends(call, right))
            && self.questions.iter().all(|question| question(call, right))
    }

    /// Whether a request goes there. This asks nobody.
    fn is_there(&self, call: &Call) -> bool {
        self.methods.contains(call.method())
            && (self.templates.is_empty() || self.templates.iter().any(|template| call.is(template)))
            && self.conditions.iter().all(|condition| condition(call))
    }
}

impl Who {
    fn sends(self, call: &Call, right: &Right<'_>) -> bool {
        match self {
            Who::Nobody => call.api_key().is_none(),
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

/// Whether the account key that came along is somebody's.
fn is_known(call: &Call, right: &Right<'_>) -> bool {
    let asked = call.without_any_query().with_method(Method::GET).outside("/account/").without_body();
    let key = call.api_key().unwrap_or_default();
    right.respond(&asked.with_keys(&key, None)).status().is_success()
}
