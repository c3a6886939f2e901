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
pub(crate) mod cors;
mod distortion;
mod explanation;
mod field;
mod input;
mod misjudgement;
mod negotiation;
mod openapi;
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

use std::mem;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

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

pub use explanation::{Explanation, Principal, Station};
pub use variation::{Kind, UnknownVariation, Variation, Variations};
pub use world::file::NotAWorld;

use crate::api::{Endpoint, Key, KeyKind, Version};

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    /// Requests take the lock to read: among themselves they sort things out with the locks of the world. Who takes it to
    /// write is alone with the world.
    core: Arc<RwLock<Core>>,
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
        self.clock = Some(Clock::Given(Box::new(clock)));
        self
    }

    /// Fills keys with random bytes instead of the system, or instead of the generator that comes with a seed. The same
    /// bytes twice make two keys the same, of which the older one ends.
    pub fn randomness(mut self, randomness: impl FnMut(&mut [u8; Key::BYTES]) + Send + 'static) -> Self {
        self.randomness = Some(Randomness::Given(Box::new(randomness)));
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
            Some(seed) => (Clock::seeded(), Randomness::seeded(seed)),
            None => (Clock::System, Randomness::system()),
        };
        let source = Source::new(self.clock.unwrap_or(clock), self.randomness.unwrap_or(randomness));
        let core = Core { world: World::default(), routes: Routes::new(), source, variations: self.variations };
        Simulator { core: Arc::new(RwLock::new(core)) }
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
        let core = self.core();
        let world = &core.world;
        let owner = world.accounts().with_key(account_key).map(|account| account.id());
        let Some(owner) = owner.filter(|_| is_word) else { return false };
        let added = world.instances_mut().add(name.to_owned(), owner, core.source.now());
        let Some(instance) = added else { return false };
        world.set_administers(owner, read(&instance).id(), true);
        true
    }

    /// Answers one request.
    pub fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.core().handle(request, None)
    }

    /// Answers one request, and says why like that. What is said costs something, the answer is the same.
    pub fn handle_explained(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        let mut explanation = Explanation::unasked();
        let response = self.core().handle(request, Some(&mut explanation));
        (response, explanation)
    }

    /// The whole world as a JSON file, which [`load`](Simulator::load) takes. It holds all keys and passwords.
    ///
    /// A seeded clock and seeded keys are part of it, deviations are not. The same world has the same file. Requests wait
    /// while the world is copied, and not while the copy is written.
    pub fn dump(&self) -> String {
        let core = self.core_mut();
        let copy = world::file::copy(&core.world, core.source.progress());
        drop(core);
        copy.write()
    }

    /// Puts the world of a file in the place of this one, with everything that was in it. Where the file had a seeded clock
    /// and seeded keys, they go on as they would have; a clock and a randomness that were handed in stay.
    ///
    /// # Errors
    ///
    /// When the text is no file of a world; then nothing has changed.
    pub fn load(&self, file: impl AsRef<[u8]>) -> Result<(), NotAWorld> {
        let (world, progress) = world::file::read(file.as_ref())?;
        let mut core = self.core_mut();
        let old = mem::replace(&mut core.world, world);
        core.source.resume(progress);
        drop(core);
        // It takes a while where it was large, and nobody has to wait for it.
        drop(old);
        Ok(())
    }

    /// The deviations that are switched on.
    pub fn variations(&self) -> Variations {
        self.core().variations
    }

    /// Switches these deviations on and all others off, for requests from now on. What one has left behind in the world
    /// stays there.
    pub fn set_variations(&self, variations: Variations) {
        self.core_mut().variations = variations;
    }

    /// A password that nobody can guess; where the keys repeat, the one that is given, so that it repeats too.
    pub(crate) fn password(&self, seeded: &str) -> String {
        let source = &self.core().source;
        if source.is_seeded() { seeded.to_owned() } else { source.key(KeyKind::AccountOrUser).to_string() }
    }

    /// The template of the endpoint that a path leads to, as it stands in [`ENDPOINTS`](crate::api::ENDPOINTS) or
    /// [`ABSENT_ENDPOINTS`](crate::api::ABSENT_ENDPOINTS).
    pub fn template_of(&self, path: &str) -> Option<&'static str> {
        let (core, path) = (self.core(), Path::new(path));
        core.routes.find(&path).map(|route| route.template)
    }

    /// What a simulator serves, as an OpenAPI 3.1 document in JSON: paths, methods, parameters, bodies and every form of
    /// answer, as they are without deviations. It is the same for all worlds.
    pub fn openapi() -> String {
        openapi::document()
    }

    fn core(&self) -> RwLockReadGuard<'_, Core> {
        read(&self.core)
    }

    fn core_mut(&self) -> RwLockWriteGuard<'_, Core> {
        write(&self.core)
    }
}

impl Core {
    fn handle(&self, request: Request<Bytes>, explanation: Option<&mut Explanation>) -> Response<Bytes> {
        let (request, body) = request.into_parts();
        let (answer, allow) = match cors::is_preflight(&request.method, &request.headers) {
            true => (preflight(), None),
            false => self.answer(&request, body, explanation),
        };
        let mut response = respond(&request, answer, allow);
        let is_refused = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if is_refused && self.variations.has(Variation::RefusalsChallenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Key"));
        }
        response
    }

    /// The answer to a request, with the methods of its endpoint.
    fn answer(
        &self,
        request: &Parts,
        body: Bytes,
        explanation: Option<&mut Explanation>,
    ) -> (Answer, Option<&'static str>) {
        let path = Path::new(request.uri.path());
        let Some(route) = self.routes.find(&path) else {
            if let Some(explanation) = explanation {
                *explanation = Explanation::of_no_route();
            }
            return (Failure::no_route().into_answer(), None);
        };
        let allow = routes::methods(route.endpoint);
        let mut call = Call::new(request, body, &path, route, self.variations);
        let answer = self.settle(&mut call);
        if let Some(explanation) = explanation {
            *explanation = explanation::explain(&call, &answer, &self.world);
        }
        (answer, Some(allow))
    }

    /// The answer to a request that has an endpoint: what the stations made of it.
    fn settle(&self, call: &mut Call<'_>) -> Answer {
        let answer = self.pass(call).unwrap_or_else(|failure| {
            // Whatever else is wrong: a body that cannot be read is worse.
            let worse = call.data().err().filter(|_| !failure.is_page());
            if worse.is_some() {
                call.trail.reach(Station::Body);
            }
            let answer = worse.unwrap_or(failure).into_answer();
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
        call.trail.reach(Station::Body);
        let credentials = Credentials::of(call)?;
        call.trail.credentials = credentials;
        if !call.route.is_inside_instance() {
            call.trail.reach(Station::Negotiation);
            negotiation::check(call)?;
            call.trail.reach(Station::Caller);
            let changes_account = call.route.is_own_account() && call.method != Method::GET;
            let _turn = changes_account.then(|| self.world.account_turn());
            let caller = Caller::outside(&credentials, &self.world).map_err(|failure| retold(call, failure))?;
            call.trail.recognise(&caller);
            call.trail.reach(Station::Access);
            match self.check_beside_user_key(call) {
                Some(verdict) => verdict?,
                None => self.check_access(call, &caller, Parent::Nothing)?,
            }
            call.trail.reach(Station::Method);
            check_method(call)?;
            call.trail.reach(Station::Object);
            return match call.method {
                Method::OPTIONS => options::answer(call, &caller, Parent::Nothing, None),
                _ => resources::outside(self, call, &caller),
            };
        }
        call.trail.reach(Station::Instance);
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
        call.trail.reach(Station::Parent);
        if !parent_is_late {
            check_parent(call, instance)?;
        }
        call.trail.reach(Station::Negotiation);
        negotiation::check(call)?;
        call.trail.reach(Station::Caller);
        let caller = Caller::inside(credentials, &self.world, instance, call);
        let caller = caller.map_err(|failure| retold(call, failure))?;
        call.trail.recognise(&caller);
        let parent = parent(call, &caller, instance);
        call.trail.reach(Station::Object);
        check_early(call, instance)?;
        call.trail.reach(Station::Access);
        self.check_access(call, &caller, parent)?;
        if parent_is_late {
            call.trail.reach(Station::Parent);
            check_parent(call, instance)?;
        }
        call.trail.reach(Station::Method);
        check_method(call)?;
        call.trail.reach(Station::Object);
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
        let deed = Deed::of(&call.method, call.route.endpoint);
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
    cors::open(&request.method, &request.headers, headers);
    if request.method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else {
        *response.body_mut() = body;
    }
    response
}
