//! A simulator of the Syncano API, in memory.
//!
//! An app of Syncano connects with an API key; when one of its users signs in, the app adds that
//! user's *user key*, and some endpoints then show only that user's data. This crate answers like
//! that API, including its error texts, so that apps and client libraries can be developed and
//! tested without a deployment. It opens no sockets unless you use [`server`], and never panics on
//! input.
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
//! | [`testing`] | test worlds in a few lines, and callers that send requests to them |
//! | [`server`] | a `tower` service, a `wiremock` responder, a listener with a control API and faults |
//! | [`Quirk`] | known bugs of the reference deployment that the simulator can reproduce |
//! | [`PlatformLimits`] | the limits of a platform, which the simulator can impose |
//! | [`FileLimits`] | how large files may be |
//! | [`api`] | keys, flags, versions and paths |
//!
//! [`Simulator::handle`] passes a request through a pipeline of stations (`pipeline.rs`). Each
//! endpoint is one row in its resource's folder; routing, `Allow`, the access check, OPTIONS and
//! the OpenAPI document are derived from the rows.

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
mod jinja;
#[doc(hidden)]
pub mod json;
mod media_type;
mod members;
mod multipart;
mod negotiation;
mod openapi;
mod options;
mod order;
mod paging;
mod path;
#[doc(hidden)]
pub mod pattern;
mod pipeline;
mod platform_limits;
mod poll_wait;
mod presentation;
mod push_outcome;
mod python;
mod query;
mod quirks;
mod recognition;
mod rendering;
mod resources;
mod routes;
mod schema;
pub mod server;
mod source;
pub mod testing;
mod throttle;
mod trail;
mod upload;
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
use source::{Clock, Randomness, ValueSource};
use throttle::Throttle;
use world::{WorldState, read, write};

pub use explanation::{Explanation, RecognisedCaller};
pub use platform_limits::{PlatformLimits, PlatformLimitsError};
pub use poll_wait::PollWait;
pub use push_outcome::{PushOutcome, UnknownPushOutcome};
pub use quirks::{Quirk, Quirks, UnknownQuirk};
pub use resources::file::limits::FileLimits;
pub use throttle::ClientAddress;
pub use trail::Station;
pub use world::file::WorldError;

use crate::api::{Key, KeyKind, Version};

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    /// Requests hold the read lock and synchronise through the locks of the world. The write lock
    /// gives exclusive access to the whole world.
    pipeline: Arc<RwLock<Pipeline>>,
}

/// Configures a simulator. Clock and randomness can be replaced, so that a run is repeatable.
#[derive(Default)]
pub struct SimulatorBuilder {
    seed: Option<u64>,
    clock: Option<Clock>,
    randomness: Option<Randomness>,
    quirks: Quirks,
    limits: PlatformLimits,
    push_outcome: PushOutcome,
    file_limits: FileLimits,
}

/// An endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The path, with names in braces for parameters: `/{version}/instances/{instance}/users/`.
    pub template: &'static str,
    /// The only version with this endpoint; `None` for all versions.
    pub only_in: Option<Version>,
    /// Whether the simulator supports it. Otherwise it checks access and then answers 501.
    pub is_supported: bool,
}

impl SimulatorBuilder {
    /// Makes keys and times repeatable: with the same seed, the same requests in the same order get
    /// identical answers. The clock starts at 2016-05-24T10:00:00Z and advances by one millisecond
    /// with each reading.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes only the keys reproducible; the simulator keeps the system clock.
    pub fn key_seed(mut self, seed: u64) -> Self {
        self.randomness = Some(Randomness::seeded(seed));
        self
    }

    /// Sets the clock, instead of the system clock or the seeded one.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Some(Clock::Given(Box::new(clock)));
        self
    }

    /// Sets the source of random bytes for keys, instead of the system or the seeded generator. If
    /// it returns the same bytes twice, the newer key replaces the older one, which becomes
    /// invalid.
    pub fn randomness(mut self, randomness: impl FnMut(&mut [u8; Key::BYTES]) + Send + 'static) -> Self {
        self.randomness = Some(Randomness::Given(Box::new(randomness)));
        self
    }

    /// Sets the known bugs of the reference deployment to reproduce.
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.quirks = quirks;
        self
    }

    /// Sets the limits of the platform; by default there are none.
    pub fn limits(mut self, limits: PlatformLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the state in which push messages end; by default they are delivered.
    pub fn push_outcome(mut self, outcome: PushOutcome) -> Self {
        self.push_outcome = outcome;
        self
    }

    /// Sets the limits of files.
    pub fn file_limits(mut self, limits: FileLimits) -> Self {
        self.file_limits = limits;
        self
    }

    /// Returns a simulator with an empty world: no accounts, no instances.
    pub fn build(self) -> Simulator {
        let (clock, randomness) = match self.seed {
            Some(seed) => (Clock::seeded(), Randomness::seeded(seed)),
            None => (Clock::System, Randomness::system()),
        };
        let source = ValueSource::new(self.clock.unwrap_or(clock), self.randomness.unwrap_or(randomness));
        let core = Core {
            world: WorldState::default(),
            source,
            quirks: self.quirks,
            limits: self.limits,
            file_limits: self.file_limits,
            throttle: Throttle::default(),
            push_outcome: self.push_outcome,
        };
        let pipeline = Pipeline { core, routes: Routes::new(resources::rows()) };
        Simulator { pipeline: Arc::new(RwLock::new(pipeline)) }
    }
}

impl Simulator {
    /// Returns a builder with the default configuration.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Creates an instance without a request, as the operator of a platform can: the name may be
    /// shorter than the API allows. Returns `false` if no account has this key, the name is taken,
    /// or the name is not made of lower-case letters, digits and hyphens.
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

    /// Returns the account key of an instance's owner; `None` if there is no such instance.
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

    /// Answers one request and explains the answer. The explanation takes extra time; the answer is
    /// the same.
    pub fn handle_explained(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        let mut explanation = Explanation::before_authentication();
        let response = self.pipeline().handle(request, Some(&mut explanation));
        (response, explanation)
    }

    /// Returns the whole world as a JSON file for [`load`](Simulator::load). The file contains all
    /// keys and passwords.
    ///
    /// It also contains the state of a seeded clock and seeded keys, but not the quirks. Equal
    /// worlds give identical files. Requests wait while the world is copied, but not while the copy
    /// is written.
    pub fn dump(&self) -> String {
        let pipeline = self.pipeline_mut();
        let copy = world::file::copy(&pipeline.core.world, pipeline.core.source.progress());
        drop(pipeline);
        copy.write()
    }

    /// Replaces the world with the one in a file. A seeded clock and seeded keys of the file
    /// continue where they stopped; a clock and randomness set by the builder stay.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a world file; the world is then unchanged.
    pub fn load(&self, file: impl AsRef<[u8]>) -> Result<(), WorldError> {
        let (world, progress) = world::file::read(file.as_ref(), &resources::kept())?;
        let mut pipeline = self.pipeline_mut();
        let old = mem::replace(&mut pipeline.core.world, world);
        pipeline.core.source.resume(progress);
        drop(pipeline);
        // Dropping a large world takes time, so it happens after the lock is released.
        drop(old);
        Ok(())
    }

    /// Returns the active quirks.
    pub fn quirks(&self) -> Quirks {
        self.pipeline().core.quirks
    }

    /// Activates exactly these quirks for subsequent requests.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.pipeline_mut().core.quirks = quirks;
    }

    /// Sets the limits of the platform for subsequent requests.
    pub fn set_limits(&self, limits: PlatformLimits) {
        self.pipeline_mut().core.limits = limits;
    }

    /// Sets the state in which subsequent push messages end.
    pub fn set_push_outcome(&self, outcome: PushOutcome) {
        self.pipeline_mut().core.push_outcome = outcome;
    }

    /// Sets the limits of files for subsequent requests.
    pub fn set_file_limits(&self, limits: FileLimits) {
        self.pipeline_mut().core.file_limits = limits;
    }

    /// Returns whether a limit depends on the addresses of clients.
    pub(crate) fn counts_addresses(&self) -> bool {
        self.pipeline().core.limits.anonymous.is_some()
    }

    /// Whether the keys come from a seed.
    pub(crate) fn has_seeded_keys(&self) -> bool {
        self.pipeline().core.source.is_seeded()
    }

    /// A password from the source of the keys, as hard to guess as these.
    pub(crate) fn new_password(&self) -> String {
        self.pipeline().core.source.key(KeyKind::AccountOrUser).to_string()
    }

    /// Returns the template of the endpoint with this path, as in
    /// [`endpoints`](Simulator::endpoints).
    pub fn template_of(&self, path: &str) -> Option<&'static str> {
        let (pipeline, path) = (self.pipeline(), Path::new(path));
        pipeline.routes.find(&path).map(|found| found.row.spec.template)
    }

    /// Returns the OpenAPI 3.1 document of the simulator without quirks, as JSON: paths, methods,
    /// parameters, bodies and all forms of answers. It is the same for all worlds.
    pub fn openapi() -> String {
        openapi::document()
    }

    /// Returns every endpoint of the API, including unsupported ones.
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

/// Compiles the examples in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compiles the examples in docs/simulator.md.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/simulator.md")]
struct SimulatorPage;
