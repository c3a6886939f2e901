//! The API in memory: a request in, a response out. No sockets, no clock of its own, no panic, whatever it is sent.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use syncano_conformance::simulator::Simulator;
//!
//! let simulator = Simulator::builder().seed(7).build();
//! let request = Request::post("/v1.1/account/register/")
//!     .header("Content-Type", "application/json")
//!     .body(Bytes::from(r#"{"email": "ripley@example.com", "password": "jones"}"#))?;
//! let response = simulator.handle(request);
//! assert_eq!(response.status(), 201);
//! # Ok::<(), http::Error>(())
//! ```

mod access;
mod answer;
mod body;
mod caller;
mod cors;
mod distortion;
mod field;
mod input;
mod misjudgement;
mod negotiation;
mod options;
mod order;
mod paging;
mod presentation;
mod python;
mod query;
mod resources;
mod routes;
mod schema;
mod source;
mod transport;
mod variation;
mod wording;
mod world;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};

use access::{Deed, Parent};
use answer::{Answer, Content, Failure};
use caller::{Caller, Credentials};
use routes::{Path, Routes};
use source::{Clock, Randomness, Source};
use transport::Call;
use world::{Instance, Late, SharedInstance, User, World, read, write};

pub use variation::{Kind, UnknownVariation, Variation, Variations};

use crate::api::{Endpoint, Key, Version};

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    core: Arc<Core>,
}

/// What a simulator is made of; all of it can be handed in, so that a run can be repeated.
#[derive(Default)]
pub struct Builder {
    seed: Option<u64>,
    clock: Option<Clock>,
    randomness: Option<Randomness>,
    variations: Variations,
}

/// The parts that every request needs.
struct Core {
    world: World,
    routes: Routes,
    source: Source,
    variations: Variations,
}

impl Builder {
    /// Fixes keys and time: with the same seed, the same requests in the same order get the same bytes for answers. The
    /// clock then begins at 2016-05-24T10:00:00Z and goes on by a millisecond with each reading.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Tells the time instead of the system, or instead of the clock that comes with a seed.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Fills keys with random bytes instead of the system, or instead of the generator that comes with a seed. The same
    /// bytes twice make two keys the same, of which the older one ends.
    pub fn randomness(mut self, randomness: impl FnMut(&mut [u8; Key::BYTES]) + Send + 'static) -> Self {
        self.randomness = Some(Box::new(randomness));
        self
    }

    /// Switches deviations on.
    pub fn variations(mut self, variations: Variations) -> Self {
        self.variations = variations;
        self
    }

    /// An empty world: no account, no instance.
    pub fn build(self) -> Simulator {
        let (clock, randomness) = match self.seed {
            Some(seed) => (source::seeded_clock(), source::seeded_randomness(seed)),
            None => (source::system_clock(), source::system_randomness()),
        };
        let source = Source::new(self.clock.unwrap_or(clock), self.randomness.unwrap_or(randomness));
        let core = Core { world: World::default(), routes: Routes::new(), source, variations: self.variations };
        Simulator { core: Arc::new(core) }
    }
}

impl Simulator {
    /// Begins a simulator.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Makes an instance for an administrator without a request, as those can who operate a platform: the name may be
    /// shorter than a request may ask for. `false` where no account has this key, where the name is taken, or where it is
    /// no word of lower-case letters, digits and hyphens.
    pub fn add_instance(&self, account_key: &Key, name: &str) -> bool {
        let is_word = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let world = &self.core.world;
        let owner = world.accounts().with_key(account_key).map(|account| account.id());
        let Some(owner) = owner.filter(|_| is_word) else { return false };
        let added = world.instances_mut().add(name.to_owned(), owner, self.core.source.now());
        let Some(instance) = added else { return false };
        world.set_administers(owner, read(&instance).id(), true);
        true
    }

    /// Answers one request.
    pub fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (request, body) = request.into_parts();
        let (answer, allow) =
            if cors::is_preflight(&request) { (preflight(), None) } else { self.core.answer(&request, body) };
        let mut response = respond(&request, answer, allow);
        let is_refused = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if is_refused && self.core.variations.has(Variation::RefusalsChallenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Key"));
        }
        response
    }
}

impl Core {
    /// The answer to a request, with the methods of its endpoint.
    fn answer(&self, request: &Parts, body: Bytes) -> (Answer, Option<&'static str>) {
        let path = Path::new(request.uri.path());
        let Some(route) = self.routes.find(&path) else {
            return (Failure::no_route().into_answer(), None);
        };
        let allow = route.allow();
        let mut call = Call::new(request, body, &path, route, self.variations);
        (self.settle(&mut call), Some(allow))
    }

    /// The answer to a request that has an endpoint: what the stations made of it.
    fn settle(&self, call: &mut Call<'_>) -> Answer {
        let answer = self.pass(call).unwrap_or_else(|failure| {
            // Whatever else is wrong: a body that cannot be read is worse.
            let worst = call.data().err().filter(|_| !failure.is_page()).unwrap_or(failure);
            let answer = worst.into_answer();
            if answer.status == StatusCode::BAD_REQUEST && call.deviates(Variation::InvalidIs500) {
                return Failure::server_error().into_answer();
            }
            if call.deviates(Variation::ErrorsAreTexts) { answer.into_text() } else { answer }
        });
        if answer.status == StatusCode::CREATED && call.deviates(Variation::CreatedIs200) {
            return Answer { status: StatusCode::OK, ..answer };
        }
        if answer.status == StatusCode::NO_CONTENT && call.deviates(Variation::DeleteIs200) {
            return Answer { status: StatusCode::OK, content: Content::Json(b"{}".to_vec()) };
        }
        answer
    }

    /// Takes a request from station to station. The first one that has something to say against it ends the journey, so the
    /// order of the stations says which error wins: instance, parent, negotiation, caller, access, method, object, body.
    fn pass(&self, call: &mut Call<'_>) -> Result<Answer, Failure> {
        // Keys may lie in the body. One that cannot be read wins over everything to come, so it does not matter that the
        // keys are looked for already here.
        let credentials = Credentials::of(call)?;
        if !call.route.is_inside_instance() {
            negotiation::check(call)?;
            let changes_account = call.route.is_own_account() && call.method != Method::GET;
            let _turn = changes_account.then(|| self.world.account_turn());
            let caller = Caller::outside(&credentials, &self.world).map_err(|failure| retold(call, failure))?;
            match self.check_beside_user_key(call) {
                Some(verdict) => verdict?,
                None => self.check_access(call, &caller, Parent::Nothing)?,
            }
            check_method(call)?;
            return match call.method {
                Method::OPTIONS => options::answer(call, &caller, Parent::Nothing, None),
                _ => resources::outside(self, call, &caller),
            };
        }
        let shared = match &call.batch {
            Some(batch) if !call.deviates(Variation::BatchCrossesInstances) => Arc::clone(batch.instance),
            _ => {
                let named = self.world.instance(call.route.param("instance"));
                if named.is_none() && call.deviates(Variation::KeyBeforeInstance) {
                    Caller::outside(&credentials, &self.world)?;
                }
                let is_refused = call.deviates(Variation::MissingInstanceIs403);
                named.ok_or_else(|| if is_refused { Failure::forbidden() } else { Failure::missing("Instance") })?
            }
        };
        call.strangers = self.strangers(call, &shared);
        if call.deviates(Variation::GroupsOfOtherInstancesShown) {
            call.strange_groups = self.world.groups_outside(&shared);
        }
        if call.route.endpoint == Endpoint::Batch && call.method == Method::POST {
            // Its items take the lock one by one.
            let (caller, _) = self.enter(call, &credentials, &read(&shared))?;
            return resources::batch(self, call, &caller, &shared);
        }
        if resources::changes(call) {
            let mut instance = write(&shared);
            let (caller, _) = self.enter(call, &credentials, &instance)?;
            resources::change(self, call, &caller, &mut instance)
        } else {
            let instance = read(&shared);
            let (caller, parent) = self.enter(call, &credentials, &instance)?;
            match call.method {
                Method::OPTIONS => options::answer(call, &caller, parent, Some(&instance)),
                _ => resources::read(self, call, &caller, &instance),
            }
        }
    }

    /// What deviations make of a user key beside an API key outside of instances, where it counts for nothing.
    fn check_beside_user_key(&self, call: &mut Call<'_>) -> Option<Result<(), Failure>> {
        let is_closed = call.deviates(Variation::UserKeyClosesTheRest);
        let is_open = call.deviates(Variation::UserDeletesInstance) && call.method == Method::DELETE;
        let is_it = match call.route.endpoint {
            Endpoint::Instance => is_closed || is_open,
            Endpoint::Instances => is_closed,
            _ => false,
        };
        let has_user_key = is_it && matches!(call.user_key(), Ok(transport::Sent::Key(_)));
        has_user_key.then(|| if is_closed { Err(Failure::forbidden()) } else { Ok(()) })
    }

    /// The users of other instances, if a deviation has a use for them.
    fn strangers(&self, call: &Call<'_>, instance: &SharedInstance) -> Vec<User> {
        const MISTAKEN: [Variation; 3] = [
            Variation::UsersOfOtherInstancesListed,
            Variation::ForeignUserKeyAccepted,
            Variation::LoginFindsOtherInstances,
        ];
        let are_mistaken = MISTAKEN.iter().any(|variation| call.deviates(*variation));
        if are_mistaken { self.world.users_outside(instance) } else { Vec::new() }
    }

    /// The stations between an instance and one of its resources.
    fn enter(
        &self,
        call: &Call<'_>,
        credentials: &Credentials,
        instance: &Instance,
    ) -> Result<(Caller, Parent), Failure> {
        if instance.is_gone() {
            return Err(Failure::missing("Instance"));
        }
        let is_membership = matches!(
            call.route.endpoint,
            Endpoint::UserGroups | Endpoint::UserGroup | Endpoint::GroupUsers | Endpoint::GroupUser
        );
        let parent_is_late = is_membership && call.deviates(Variation::PermissionBeforeParent);
        if !parent_is_late {
            check_parent(call, instance)?;
        }
        negotiation::check(call)?;
        let caller = Caller::inside(credentials, &self.world, instance, call);
        let caller = caller.map_err(|failure| retold(call, failure))?;
        let parent = parent(call, &caller, instance);
        check_early(call, instance)?;
        self.check_access(call, &caller, parent)?;
        if parent_is_late {
            check_parent(call, instance)?;
        }
        check_method(call)?;
        Ok((caller, parent))
    }

    /// How long something that is deleted now lingers in lists: so long, or for ever; `None` if it is gone at once, as it
    /// should be.
    fn late(&self, lingers: SignedDuration, for_ever: Variation) -> Option<Late> {
        let stays = self.variations.has(for_ever);
        if !stays && !self.variations.has(Variation::LateDeletes) {
            return None;
        }
        let since = self.source.now();
        let until = since.saturating_add(lingers).ok().filter(|_| !stays);
        Some(Late { since, until: until.unwrap_or(Timestamp::MAX) })
    }

    fn check_access(&self, call: &Call<'_>, caller: &Caller, parent: Parent) -> Result<(), Failure> {
        let deed = Deed::of(&call.method, &call.route);
        let is_open = call.deviates(Variation::OlderVersionOpenToApps) && call.route.version == Version::V1;
        if is_open && matches!(caller, Caller::Api { .. }) {
            return Ok(());
        }
        let may = access::may(caller, call.route.endpoint, deed, parent, call.variations);
        match caller {
            _ if may => Ok(()),
            Caller::Anonymous if call.deviates(Variation::MissingKeyIs401) => {
                Err(Failure::unauthorized("You do not have permission to perform this action."))
            }
            _ => Err(Failure::forbidden()),
        }
    }
}

/// The refusal of a key, in the words of a deviation.
fn retold(call: &Call<'_>, failure: Failure) -> Failure {
    match failure {
        _ if call.deviates(Variation::BadKeyIs401) => Failure::unauthorized("No such API Key."),
        _ if call.deviates(Variation::BadKeyToldAsMissingRight) => Failure::forbidden(),
        failure => failure,
    }
}

/// The stations that deviations put before the question of rights.
fn check_early(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    if call.deviates(Variation::MethodBeforePermission) {
        check_method(call)?;
    }
    if call.deviates(Variation::ObjectBeforePermission) && call.route.endpoint == Endpoint::User {
        let id = resources::id_in_path(call, "user");
        id.and_then(|id| instance.users.get(id)).ok_or_else(Failure::not_found)?;
    }
    if call.deviates(Variation::BodyBeforePermission)
        && call.route.endpoint == Endpoint::Users
        && resources::changes(call)
    {
        resources::check_new_user(call)?;
    }
    Ok(())
}

fn check_method(call: &Call<'_>) -> Result<(), Failure> {
    let is_let_through = || match call.route.endpoint {
        Endpoint::CurrentUser => call.method == Method::DELETE && call.deviates(Variation::UserDeleteAllowed),
        Endpoint::UserResetKey => call.method == Method::GET && call.deviates(Variation::ResetByGet),
        _ => false,
    };
    if call.route.allows(&call.method) || is_let_through() {
        return Ok(());
    }
    Err(if call.deviates(Variation::UnknownMethodIs404) {
        Failure::not_found()
    } else {
        Failure::method_not_allowed(&call.method)
    })
}

/// Checks that what the path goes through exists.
fn check_parent(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    let id = |name| resources::id_in_path(call, name);
    let (is_there, what) = match call.route.endpoint {
        Endpoint::UserGroups | Endpoint::UserGroup => {
            (id("user").is_some_and(|id| instance.users.get(id).is_some()), "User")
        }
        Endpoint::GroupUsers | Endpoint::GroupUser => {
            (id("group").is_some_and(|id| instance.groups.get(id).is_some()), "Group")
        }
        Endpoint::Objects | Endpoint::Object => (instance.classes.named(call.route.param("class")).is_some(), "Class"),
        Endpoint::Absent(absent) => match absent.resource.parent() {
            Some("Channel") => (instance.has_channel(call.route.param("parent")), "Channel"),
            Some(parent) => (false, parent),
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    if is_there { Ok(()) } else { Err(Failure::missing(what)) }
}

/// What the path goes through, and what that means for the caller.
fn parent(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Parent {
    match call.route.endpoint {
        Endpoint::UserGroups | Endpoint::UserGroup => {
            resources::id_in_path(call, "user").map_or(Parent::Nothing, Parent::User)
        }
        Endpoint::Objects | Endpoint::Object => match instance.classes.named(call.route.param("class")) {
            Some(class) => Parent::Class {
                permission: instance
                    .class_permission(class, caller.user().filter(|_| !call.deviates(Variation::ClassIgnoresItsGroup))),
                holds_profiles: class.holds_profiles(),
            },
            None => Parent::Nothing,
        },
        _ => Parent::Nothing,
    }
}

fn preflight() -> Answer {
    Answer { status: StatusCode::OK, content: Content::Page("") }
}

/// Puts an answer into HTTP.
fn respond(request: &Parts, answer: Answer, allow: Option<&'static str>) -> Response<Bytes> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
    const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
    let (body, content_type, is_page) = match answer.content {
        Content::Empty => (Bytes::new(), None, false),
        Content::Json(body) => (Bytes::from(body), Some(JSON), false),
        Content::Html(body) => (Bytes::from(body), Some(HTML), false),
        Content::Page(page) => (Bytes::from_static(page.as_bytes()), Some(HTML), true),
    };
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, content_type);
    }
    if let Some(allow) = allow.filter(|_| !is_page) {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    cors::open(request, headers);
    if request.method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else {
        *response.body_mut() = body;
    }
    response
}
