//! The Syncano API in memory: a request in, a response out.
//!
//! An app of Syncano connects with an API key; when one of its users signs in it adds that user's *user key*, and from then on
//! some endpoints show only that user's data. This crate answers like that API, down to the error texts, so that apps and client
//! libraries can be developed and tested without a deployment. No sockets, no clock of its own, no panic, whatever it is sent.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use syncano_simulator::Simulator;
//!
//! let simulator = Simulator::builder().seed(7).build();
//! let request = Request::post("/v1.1/account/register/")
//!     .header("Content-Type", "application/json")
//!     .body(Bytes::from(r#"{"email": "ripley@example.com", "password": "jones"}"#))?;
//! let response = simulator.handle(request);
//! assert_eq!(response.status(), 201);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! | | |
//! |---|---|
//! | [`Simulator`] | answers requests in process |
//! | [`testing`] | worlds in a few lines, and the actors in them |
//! | [`server`] | a `tower` service, a `wiremock` responder, a listener with a control API and faults |
//! | [`Quirk`] | known bugs of the reference deployment that it can reproduce |
//! | [`api`] | keys, flags, versions and paths |
//!
//! Inside, [`Simulator::handle`] hands a request to the pipeline, which takes it from station to station; each endpoint is one
//! row with its resource, from which routing, `Allow`, the access check, OPTIONS and the OpenAPI document are derived.

mod access;
mod answer;
mod answer_schema;
pub mod api;
mod body;
mod call;
mod caller;
mod core;
mod cors;
mod credentials;
mod endpoint_spec;
mod endpoints;
mod explanation;
mod field;
mod input;
#[doc(hidden)]
pub mod json;
mod media_type;
mod members;
mod negotiation;
mod openapi;
mod options;
mod order;
mod paging;
mod path;
#[doc(hidden)]
pub mod pattern;
mod pipeline;
mod presentation;
mod python;
mod query;
mod quirks;
mod recognition;
mod resources;
mod routes;
mod schema;
pub mod server;
mod source;
pub mod testing;
mod trail;
#[doc(hidden)]
pub mod visible;
mod wording;
mod world;

use std::mem;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use self::core::Core;
use path::Path;
use pipeline::Pipeline;
use routes::Routes;
use source::{Clock, Randomness, Source};
use world::{WorldState, read, write};

pub use explanation::{Explanation, Principal};
pub use quirks::{Quirk, Quirks, UnknownQuirk};
pub use trail::Station;
pub use world::file::NotAWorld;

use crate::api::{Key, KeyKind, Version};

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    /// Requests take the lock to read: among themselves they sort things out with the locks of the world. Who takes it to
    /// write is alone with the world.
    pipeline: Arc<RwLock<Pipeline>>,
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

impl Builder {
    /// Fixes keys and time: with the same seed, the same requests in the same order get the same bytes for answers. The
    /// clock then begins at 2016-05-24T10:00:00Z and goes on by a millisecond with each reading.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Fixes the keys alone; the clock stays that of the system.
    pub fn key_seed(mut self, seed: u64) -> Self {
        self.randomness = Some(Randomness::seeded(seed));
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
        let core = Core { world: WorldState::default(), source, quirks: self.quirks };
        let pipeline = Pipeline { core, routes: Routes::new(resources::rows()) };
        Simulator { pipeline: Arc::new(RwLock::new(pipeline)) }
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
        let pipeline = self.pipeline();
        let core = &pipeline.core;
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
        let pipeline = self.pipeline();
        let core = &pipeline.core;
        let instance = core.world.instance(instance)?;
        let owner = read(&instance).owner;
        core.world.accounts().get(owner).map(|account| account.key())
    }

    /// Answers one request.
    pub fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.pipeline().handle(request, None)
    }

    /// Answers one request, and says why like that. What is said costs something, the answer is the same.
    pub fn handle_explained(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        let mut explanation = Explanation::unasked();
        let response = self.pipeline().handle(request, Some(&mut explanation));
        (response, explanation)
    }

    /// The whole world as a JSON file, which [`load`](Simulator::load) takes. It holds all keys and passwords.
    ///
    /// A seeded clock and seeded keys are part of it, quirks are not. The same world has the same file. Requests wait
    /// while the world is copied, and not while the copy is written.
    pub fn dump(&self) -> String {
        let pipeline = self.pipeline_mut();
        let copy = world::file::copy(&pipeline.core.world, pipeline.core.source.progress());
        drop(pipeline);
        copy.write()
    }

    /// Puts the world of a file in the place of this one, with everything that was in it. Where the file had a seeded clock
    /// and seeded keys, they go on as they would have; a clock and a randomness that were handed in stay.
    ///
    /// # Errors
    ///
    /// When the text is no file of a world; then nothing has changed.
    pub fn load(&self, file: impl AsRef<[u8]>) -> Result<(), NotAWorld> {
        let (world, progress) = world::file::read(file.as_ref(), &resources::documents())?;
        let mut pipeline = self.pipeline_mut();
        let old = mem::replace(&mut pipeline.core.world, world);
        pipeline.core.source.resume(progress);
        drop(pipeline);
        // It takes a while where it was large, and nobody has to wait for it.
        drop(old);
        Ok(())
    }

    /// The quirks that are switched on.
    pub fn quirks(&self) -> Quirks {
        self.pipeline().core.quirks
    }

    /// Switches these quirks on and all others off, for requests from now on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.pipeline_mut().core.quirks = quirks;
    }

    /// Whether the keys come from a seed.
    pub(crate) fn has_seeded_keys(&self) -> bool {
        self.pipeline().core.source.is_seeded()
    }

    /// A password from the source of the keys, as hard to guess as these.
    pub(crate) fn new_password(&self) -> String {
        self.pipeline().core.source.key(KeyKind::AccountOrUser).to_string()
    }

    /// The template of the endpoint that a path leads to, as [`endpoints`](Simulator::endpoints) lists it.
    pub fn template_of(&self, path: &str) -> Option<&'static str> {
        let (pipeline, path) = (self.pipeline(), Path::new(path));
        pipeline.routes.find(&path).map(|found| found.row.spec.template)
    }

    /// What a simulator serves, as an OpenAPI 3.1 document in JSON: paths, methods, parameters, bodies and every form of
    /// answer, as they are without quirks. It is the same for all worlds.
    pub fn openapi() -> String {
        openapi::document()
    }

    /// Every endpoint of the API.
    pub fn endpoints() -> impl Iterator<Item = Endpoint> {
        resources::rows().iter().map(|row| Endpoint {
            template: row.spec.template,
            only_in: row.spec.only_in,
            is_supported: row.spec.missing.is_none(),
        })
    }

    fn pipeline(&self) -> RwLockReadGuard<'_, Pipeline> {
        read(&self.pipeline)
    }

    fn pipeline_mut(&self) -> RwLockWriteGuard<'_, Pipeline> {
        write(&self.pipeline)
    }
}

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are those of the page on the simulator.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/simulator.md")]
struct SimulatorPage;
