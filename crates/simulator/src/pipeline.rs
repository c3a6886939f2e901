//! The stations of a request, in order. The first station that rejects a request decides the
//! answer, so their order determines which error wins: instance, parent, negotiation, caller,
//! access, throttle, method, object, body.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};

use crate::access::{AccessParent, Action};
use crate::answer::{AnswerBody, ApiAnswer, Failure};
use crate::body::Body;
use crate::call::{BatchContext, Call, QueryString};
use crate::caller::Caller;
use crate::core::Core;
use crate::credentials::RequestKeys;
use crate::endpoint_spec::Parent;
use crate::endpoints::{BatchItem, Batching, Changing, EndpointRow, Handler, Outside, Reading};
use crate::explanation::{self, Explanation};
use crate::path::Path;
use crate::resources::template::{self, response};
use crate::routes::{RouteMatch, Routes};
use crate::trail::Station;
use crate::world::{Instance, read, write};
use crate::{cors, negotiation, options, recognition, resources};

/// The prefix of the endpoints of the calling account.
const OWN_ACCOUNT: &str = "/{version}/account/";

/// Answers requests.
pub struct Pipeline {
    pub core: Core,
    pub routes: Routes,
}

impl Pipeline {
    pub fn handle(&self, request: Request<Bytes>, explanation: Option<&mut Explanation>) -> Response<Bytes> {
        let (request, body) = request.into_parts();
        let (answer, allow) = match cors::is_preflight(&request.method, &request.headers) {
            true => (preflight(), None),
            false => self.answer(&request, body, explanation),
        };
        respond(&request, answer, allow)
    }

    /// Returns the answer to a request, with the `Allow` header of its endpoint.
    fn answer(
        &self,
        request: &Parts,
        body: Bytes,
        explanation: Option<&mut Explanation>,
    ) -> (ApiAnswer, Option<HeaderValue>) {
        let path = Path::new(request.uri.path());
        if let Some(file) = resources::file::handlers::serve(&self.core, &request.method, path.as_str()) {
            return (file, None);
        }
        let Some(RouteMatch { row, allow, route }) = self.routes.find(&path) else {
            if let Some(explanation) = explanation {
                *explanation = Explanation::no_route(path.as_str(), &self.routes);
            }
            return (Failure::no_route().into_answer(), None);
        };
        let mut call = Call::new(request, body, &path, route, self.core.quirks);
        let answer = self.settle(row, &mut call);
        if let Some(explanation) = explanation {
            *explanation = explanation::explain(&call, &answer, &self.core.world);
        }
        (answer, Some(allow.clone()))
    }

    /// Returns the answer to an item of a batch; `None` if no endpoint has its path.
    fn answer_item(&self, batch: BatchContext<'_>, item: BatchItem<'_>) -> Option<ApiAnswer> {
        let path = Path::new(item.path);
        let RouteMatch { row, route, .. } = self.routes.find(&path)?;
        let headers = HeaderMap::new();
        let sent = (item.method, QueryString::parse(Some(item.query)), Body::known(item.body));
        Some(self.settle(row, &mut Call::item(batch, &headers, (&path, route), sent)))
    }

    /// Returns the answer to a request for an endpoint, whether it passes or fails.
    fn settle(&self, row: &EndpointRow, call: &mut Call<'_>) -> ApiAnswer {
        // A template may take some milliseconds; the instance is unlocked by now.
        let answer = self.pass(row, call).and_then(|answer| response::render(call, answer));
        answer.unwrap_or_else(|failure| {
            // An unreadable body takes precedence over any other error.
            let worse = call.data().err().filter(|_| !failure.ignores_body());
            if worse.is_some() {
                call.trail.reach(Station::Body);
            }
            worse.unwrap_or(failure).into_answer()
        })
    }

    /// Passes a request through the stations.
    fn pass(&self, row: &EndpointRow, call: &mut Call<'_>) -> Result<ApiAnswer, Failure> {
        if call.method == Method::POST && row.spec.longest_body.is_some_and(|longest| call.body_length() > longest) {
            let longest = row.spec.longest_body.unwrap_or_default();
            let text = format!("Request size limit exceeded ({longest}).");
            return Err(Failure::detail(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        // The keys may be in the body. An unreadable body wins over all later errors, so reading
        // the keys first does not change which error wins.
        call.trail.reach(Station::Body);
        let credentials = recognition::credentials(call)?;
        call.trail.credentials = credentials;
        if !row.spec.is_inside_instance() {
            return self.pass_outside(row, call, &credentials);
        }
        call.trail.reach(Station::Instance);
        let shared = match &call.batch {
            Some(batch) => Arc::clone(batch.instance),
            None => {
                let named = self.core.world.instance(call.route.param("instance"));
                named.ok_or_else(|| Failure::missing("Instance"))?
            }
        };
        match row.operation(&call.method).map(|operation| operation.handler) {
            Some(Handler::Batch(handle)) => {
                // A batch locks the instance for each item separately.
                let (caller, _) = self.enter(row, call, &credentials, &read(&shared))?;
                let send = |batch: BatchContext<'_>, item: BatchItem<'_>| self.answer_item(batch, item);
                handle(Batching { call, caller: &caller, instance: &shared, send: &send })
            }
            Some(Handler::Changes(handle)) => {
                let mut instance = write(&shared);
                let (caller, _) = self.enter(row, call, &credentials, &instance)?;
                handle(Changing { core: &self.core, call, caller: &caller, instance: &mut instance })
            }
            handler => {
                let instance = read(&shared);
                let (caller, through) = self.enter(row, call, &credentials, &instance)?;
                match handler {
                    Some(Handler::Reads(handle)) => {
                        handle(Reading { core: &self.core, call, caller: &caller, instance: &instance })
                    }
                    Some(Handler::Anywhere(handle)) => handle(call),
                    // Endpoints inside an instance have no other handlers, and methods without a
                    // handler were rejected.
                    _ => options::answer(call, &caller, through, Some(&instance)),
                }
            }
        }
    }

    /// Passes a request outside of instances through the stations.
    fn pass_outside(
        &self,
        row: &EndpointRow,
        call: &Call<'_>,
        credentials: &RequestKeys,
    ) -> Result<ApiAnswer, Failure> {
        call.trail.reach(Station::Negotiation);
        negotiation::check(call)?;
        call.trail.reach(Station::Caller);
        // Concurrent updates of one account could overwrite each other.
        let changes_account = row.spec.template.starts_with(OWN_ACCOUNT) && call.method != Method::GET;
        let _turn = changes_account.then(|| self.core.world.account_turn());
        let caller = recognition::caller_outside(credentials, &self.core.world)?;
        call.trail.recognise(&caller);
        call.trail.reach(Station::Access);
        check_access(call, &caller, AccessParent::Nothing)?;
        call.trail.reach(Station::Throttle);
        self.core.throttle(call, &caller, None)?;
        call.trail.reach(Station::Method);
        check_method(row, call)?;
        call.trail.reach(Station::Object);
        match row.operation(&call.method).map(|operation| operation.handler) {
            Some(Handler::Outside(handle)) => handle(Outside { core: &self.core, call, caller: &caller }),
            Some(Handler::Anywhere(handle)) => handle(call),
            _ => options::answer(call, &caller, AccessParent::Nothing, None),
        }
    }

    /// Passes a request through the stations from the instance to the resource.
    fn enter(
        &self,
        row: &EndpointRow,
        call: &Call<'_>,
        credentials: &RequestKeys,
        instance: &Instance,
    ) -> Result<(Caller, AccessParent), Failure> {
        if instance.is_gone() {
            return Err(Failure::missing("Instance"));
        }
        call.trail.reach(Station::Parent);
        check_parent(call, instance)?;
        call.trail.reach(Station::Negotiation);
        let template = response::named(call, instance)?;
        if template.is_none() {
            negotiation::check(call)?;
        }
        call.trail.reach(Station::Caller);
        let caller = recognition::caller_inside(credentials, &self.core.world, instance, call)?;
        call.trail.recognise(&caller);
        let through = through(call, &caller, instance);
        call.trail.reach(Station::Access);
        check_access(call, &caller, through)?;
        call.trail.reach(Station::Throttle);
        self.core.throttle(call, &caller, Some(instance.id()))?;
        call.trail.reach(Station::Method);
        check_method(row, call)?;
        call.trail.reach(Station::Object);
        let action = Action::new(&call.method, row.spec.is_list());
        if call.method != Method::OPTIONS && row.spec.lookup == Some("template") {
            template::handlers::check_exists(call, instance)?;
        }
        if call.method != Method::OPTIONS && !row.spec.admits_to_object(&caller, action, through, call.quirks) {
            return Err(Failure::forbidden());
        }
        if row.spec.parent == Parent::Channel {
            // OPTIONS needs the room as well.
            resources::channel::messages::check_room(call, instance)?;
        }
        // The items of a batch are parts of one JSON text.
        if let Some(template) = template.filter(|_| call.batch.is_none()) {
            response::prepare(call, &caller, instance, (template, template.context.clone()));
        }
        Ok((caller, through))
    }
}

fn check_access(call: &Call<'_>, caller: &Caller, through: AccessParent) -> Result<(), Failure> {
    let spec = call.route.spec;
    let may = spec.admits(caller, Action::new(&call.method, spec.is_list()), through, call.quirks);
    if may { Ok(()) } else { Err(Failure::forbidden()) }
}

fn check_method(row: &EndpointRow, call: &Call<'_>) -> Result<(), Failure> {
    if row.allows(&call.method) { Ok(()) } else { Err(Failure::method_not_allowed(&call.method)) }
}

/// Checks that the parent in the path exists.
fn check_parent(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    let id = |name| resources::id_in_path(call, name);
    let (is_there, what) = match call.route.spec.parent {
        Parent::Nothing => return Ok(()),
        Parent::User => (id("user").is_some_and(|id| instance.users.get(id).is_some()), "User"),
        Parent::Group => (id("group").is_some_and(|id| instance.groups.get(id).is_some()), "Group"),
        Parent::Class => (instance.classes.named(call.route.param("class")).is_some(), "Class"),
        Parent::Channel => (instance.channels.named(call.route.param("channel")).is_some(), "Channel"),
        Parent::Missing(what) => (false, what),
    };
    if is_there { Ok(()) } else { Err(Failure::missing(what)) }
}

/// Returns the parent in the path, with the caller's permission on it.
fn through(call: &Call<'_>, caller: &Caller, instance: &Instance) -> AccessParent {
    match call.route.spec.parent {
        Parent::User => resources::id_in_path(call, "user").map_or(AccessParent::Nothing, AccessParent::User),
        Parent::Class => match instance.classes.named(call.route.param("class")) {
            Some(class) => AccessParent::of_class(caller, instance, class),
            None => AccessParent::Nothing,
        },
        _ => match instance.channels.named(call.route.param("channel")) {
            Some(channel) => AccessParent::of_channel(caller, instance, channel),
            None => AccessParent::Nothing,
        },
    }
}

fn preflight() -> ApiAnswer {
    ApiAnswer { status: StatusCode::OK, content: AnswerBody::Page("") }
}

/// Converts an answer to an HTTP response.
fn respond(request: &Parts, answer: ApiAnswer, allow: Option<HeaderValue>) -> Response<Bytes> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
    let wait = if let AnswerBody::Waits(wait) = &answer.content { Some(wait.clone()) } else { None };
    let is_file = matches!(answer.content, AnswerBody::File { .. });
    let is_rendered = matches!(answer.content, AnswerBody::Rendered { .. });
    let (body, content_type, is_page) = match answer.content {
        AnswerBody::Empty | AnswerBody::Waits(_) => (Bytes::new(), None, false),
        AnswerBody::Json(body) => (Bytes::from(body), Some(JSON), false),
        AnswerBody::Rendered { text, media_type } => (Bytes::from(text), Some(media_type), false),
        AnswerBody::File { bytes, media_type } => (bytes, Some(HeaderValue::from_static(media_type)), false),
        AnswerBody::Page(page) => (Bytes::from_static(page.as_bytes()), Some(HTML), true),
    };
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, content_type);
    }
    if let Some(allow) = allow.filter(|_| !is_page) {
        headers.insert(ALLOW, allow);
    }
    if is_file {
        // A file must never act as a page of the simulator.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    }
    if is_rendered {
        // The creator of a template chooses its media type; the styles of a page work.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    }
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        // Limits count the requests of a second.
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    cors::open(&request.method, &request.headers, headers);
    if let Some(wait) = wait {
        response.extensions_mut().insert(wait);
    }
    let headers = response.headers_mut();
    if request.method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else {
        *response.body_mut() = body;
    }
    response
}
