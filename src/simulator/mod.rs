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
mod endpoints;
mod explanation;
mod field;
mod input;
mod members;
mod negotiation;
mod openapi;
mod options;
mod order;
mod paging;
mod presentation;
mod python;
mod query;
mod quirks;
mod resources;
mod routes;
mod schema;
mod source;
mod transport;
mod wording;
mod world;

use std::mem;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};

use access::{Action, Through};
use answer::{Answer, Content, Failure};
use caller::{Caller, Credentials};
use endpoints::{Batching, Changing, Handler, Outside, Parent, Reading};
use routes::{Path, Routes};
use source::{Clock, Randomness, Source};
use transport::Call;
use world::{Instance, Late, World, read, write};

pub use explanation::{Explanation, Principal, Station};
pub use quirks::{Quirk, Quirks, UnknownQuirk};
pub use world::file::NotAWorld;

use crate::api::{Key, KeyKind, Version};

/// Where the endpoints of the calling account lie.
const OWN_ACCOUNT: &str = "/{version}/account/";

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
    quirks: Quirks,
}

/// A path of the API, without the values that stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The path, with names in braces in the place of values: `/{version}/instances/{instance}/users/`.
    pub template: &'static str,
    /// The one version that has it; `None` if all have it.
    pub only_in: Option<Version>,
    /// Whether the simulator has it. Of the others it answers the access check, and says that it does not have them.
    pub is_supported: bool,
}

/// The parts that every request needs.
struct Core {
    world: World,
    routes: Routes,
    source: Source,
    quirks: Quirks,
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

    /// Switches known bugs of the reference deployment on.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    /// An empty world: no account, no instance.
    pub fn build(self) -> Simulator {
        let (clock, randomness) = match self.seed {
            Some(seed) => (Clock::seeded(), Randomness::seeded(seed)),
            None => (Clock::System, Randomness::system()),
        };
        let source = Source::new(self.clock.unwrap_or(clock), self.randomness.unwrap_or(randomness));
        let core = Core { world: World::default(), routes: Routes::new(), source, quirks: self.quirks };
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

    /// The account key of the owner of an instance; `None` where there is no such instance.
    pub fn owner_key(&self, instance: &str) -> Option<Key> {
        let core = self.core();
        let instance = core.world.instance(instance)?;
        let owner = read(&instance).owner;
        core.world.accounts().get(owner).map(|account| account.key())
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
    /// A seeded clock and seeded keys are part of it, quirks are not. The same world has the same file. Requests wait
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

    /// The quirks that are switched on.
    pub fn quirks(&self) -> Quirks {
        self.core().quirks
    }

    /// Switches these quirks on and all others off, for requests from now on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.core_mut().quirks = quirks;
    }

    /// A password that nobody can guess; where the keys repeat, the one that is given, so that it repeats too.
    pub(crate) fn password(&self, seeded: &str) -> String {
        let source = &self.core().source;
        if source.is_seeded() { seeded.to_owned() } else { source.key(KeyKind::AccountOrUser).to_string() }
    }

    /// The template of the endpoint that a path leads to, as [`endpoints`](Simulator::endpoints) lists it.
    pub fn template_of(&self, path: &str) -> Option<&'static str> {
        let (core, path) = (self.core(), Path::new(path));
        core.routes.find(&path).map(|route| route.row.template)
    }

    /// What a simulator serves, as an OpenAPI 3.1 document in JSON: paths, methods, parameters, bodies and every form of
    /// answer, as they are without quirks. It is the same for all worlds.
    pub fn openapi() -> String {
        openapi::document()
    }

    /// Every endpoint of the API.
    pub fn endpoints() -> impl Iterator<Item = Endpoint> {
        endpoints::rows().iter().map(|row| Endpoint {
            template: row.template,
            only_in: row.only_in,
            is_supported: row.missing.is_none(),
        })
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
        respond(&request, answer, allow)
    }

    /// The answer to a request, with the methods of its endpoint.
    fn answer(
        &self,
        request: &Parts,
        body: Bytes,
        explanation: Option<&mut Explanation>,
    ) -> (Answer, Option<HeaderValue>) {
        let path = Path::new(request.uri.path());
        let Some(route) = self.routes.find(&path) else {
            if let Some(explanation) = explanation {
                *explanation = Explanation::of_no_route();
            }
            return (Failure::no_route().into_answer(), None);
        };
        let allow = route.allow.clone();
        let mut call = Call::new(request, body, &path, route, self.quirks);
        let answer = self.settle(&mut call);
        if let Some(explanation) = explanation {
            *explanation = explanation::explain(&call, &answer, &self.world);
        }
        (answer, Some(allow))
    }

    /// The answer to a request that has an endpoint: what the stations made of it.
    fn settle(&self, call: &mut Call<'_>) -> Answer {
        self.pass(call).unwrap_or_else(|failure| {
            // Whatever else is wrong: a body that cannot be read is worse.
            let worse = call.data().err().filter(|_| !failure.is_page());
            if worse.is_some() {
                call.trail.reach(Station::Body);
            }
            worse.unwrap_or(failure).into_answer()
        })
    }

    /// Takes a request from station to station. The first one that has something to say against it ends the journey, so the
    /// order of the stations says which error wins: instance, parent, negotiation, caller, access, method, object, body.
    fn pass(&self, call: &mut Call<'_>) -> Result<Answer, Failure> {
        // Keys may lie in the body. One that cannot be read wins over everything to come, so it does not matter that the
        // keys are looked for already here.
        call.trail.reach(Station::Body);
        let credentials = Credentials::of(call)?;
        call.trail.credentials = credentials;
        if !call.route.row.is_inside_instance() {
            return self.pass_outside(call, &credentials);
        }
        call.trail.reach(Station::Instance);
        let shared = match &call.batch {
            Some(batch) => Arc::clone(batch.instance),
            None => {
                let named = self.world.instance(call.route.param("instance"));
                named.ok_or_else(|| Failure::missing("Instance"))?
            }
        };
        match call.route.row.operation(&call.method).map(|operation| operation.handler) {
            Some(Handler::Batch(handle)) => {
                // Its items take the lock one by one.
                let (caller, _) = self.enter(call, &credentials, &read(&shared))?;
                handle(Batching { core: self, call, caller: &caller, instance: &shared })
            }
            Some(Handler::Changes(handle)) => {
                let mut instance = write(&shared);
                let (caller, _) = self.enter(call, &credentials, &instance)?;
                handle(Changing { core: self, call, caller: &caller, instance: &mut instance })
            }
            handler => {
                let instance = read(&shared);
                let (caller, through) = self.enter(call, &credentials, &instance)?;
                match handler {
                    Some(Handler::Reads(handle)) => {
                        handle(Reading { core: self, call, caller: &caller, instance: &instance })
                    }
                    Some(Handler::Anywhere(handle)) => handle(call),
                    // No endpoint below an instance has another handler, and no method without one comes this far.
                    _ => options::answer(call, &caller, through, Some(&instance)),
                }
            }
        }
    }

    /// The stations of a request that goes through no instance.
    fn pass_outside(&self, call: &Call<'_>, credentials: &Credentials) -> Result<Answer, Failure> {
        call.trail.reach(Station::Negotiation);
        negotiation::check(call)?;
        call.trail.reach(Station::Caller);
        // Two changes of one account at a time could each undo the other's.
        let changes_account = call.route.row.template.starts_with(OWN_ACCOUNT) && call.method != Method::GET;
        let _turn = changes_account.then(|| self.world.account_turn());
        let caller = Caller::outside(credentials, &self.world)?;
        call.trail.recognise(&caller);
        call.trail.reach(Station::Access);
        check_access(call, &caller, Through::Nothing)?;
        call.trail.reach(Station::Method);
        check_method(call)?;
        call.trail.reach(Station::Object);
        match call.route.row.operation(&call.method).map(|operation| operation.handler) {
            Some(Handler::Outside(handle)) => handle(Outside { core: self, call, caller: &caller }),
            Some(Handler::Anywhere(handle)) => handle(call),
            _ => options::answer(call, &caller, Through::Nothing, None),
        }
    }

    /// The stations between an instance and one of its resources.
    fn enter(
        &self,
        call: &Call<'_>,
        credentials: &Credentials,
        instance: &Instance,
    ) -> Result<(Caller, Through), Failure> {
        if instance.is_gone() {
            return Err(Failure::missing("Instance"));
        }
        call.trail.reach(Station::Parent);
        check_parent(call, instance)?;
        call.trail.reach(Station::Negotiation);
        negotiation::check(call)?;
        call.trail.reach(Station::Caller);
        let caller = Caller::inside(credentials, &self.world, instance, call)?;
        call.trail.recognise(&caller);
        let through = through(call, &caller, instance);
        call.trail.reach(Station::Access);
        check_access(call, &caller, through)?;
        call.trail.reach(Station::Method);
        check_method(call)?;
        call.trail.reach(Station::Object);
        Ok((caller, through))
    }

    /// How long something that is deleted now lingers in lists; `None` if it is gone at once, as it should be.
    fn late(&self, lingers: SignedDuration) -> Option<Late> {
        let since = self.source.now();
        let until = since.saturating_add(lingers).unwrap_or(Timestamp::MAX);
        self.quirks.has(Quirk::LateDeletes).then_some(Late { since, until })
    }
}

fn check_access(call: &Call<'_>, caller: &Caller, through: Through) -> Result<(), Failure> {
    let row = call.route.row;
    let may = row.admits(caller, Action::new(&call.method, row.is_list()), through, call.quirks);
    if may { Ok(()) } else { Err(Failure::forbidden()) }
}

fn check_method(call: &Call<'_>) -> Result<(), Failure> {
    if call.route.row.allows(&call.method) { Ok(()) } else { Err(Failure::method_not_allowed(&call.method)) }
}

/// Checks that what the path goes through exists.
fn check_parent(call: &Call<'_>, instance: &Instance) -> Result<(), Failure> {
    let id = |name| resources::id_in_path(call, name);
    let (is_there, what) = match call.route.row.parent {
        Parent::Nothing => return Ok(()),
        Parent::User => (id("user").is_some_and(|id| instance.users.get(id).is_some()), "User"),
        Parent::Group => (id("group").is_some_and(|id| instance.groups.get(id).is_some()), "Group"),
        Parent::Class => (instance.classes.named(call.route.param("class")).is_some(), "Class"),
        Parent::Channel => (instance.has_channel(call.route.param("parent")), "Channel"),
        Parent::Missing(what) => (false, what),
    };
    if is_there { Ok(()) } else { Err(Failure::missing(what)) }
}

/// What the path goes through, and what that means for the caller.
fn through(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Through {
    match call.route.row.parent {
        Parent::User => resources::id_in_path(call, "user").map_or(Through::Nothing, Through::User),
        Parent::Class => match instance.classes.named(call.route.param("class")) {
            Some(class) => Through::Class {
                permission: instance.class_permission(class, caller.user()),
                holds_profiles: class.holds_profiles(),
            },
            None => Through::Nothing,
        },
        _ => Through::Nothing,
    }
}

fn preflight() -> Answer {
    Answer { status: StatusCode::OK, content: Content::Page("") }
}

/// Puts an answer into HTTP.
fn respond(request: &Parts, answer: Answer, allow: Option<HeaderValue>) -> Response<Bytes> {
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
        headers.insert(ALLOW, allow);
    }
    cors::open(&request.method, &request.headers, headers);
    if request.method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else {
        *response.body_mut() = body;
    }
    response
}
