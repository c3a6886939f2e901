//! Proves that a Syncano deployment keeps the promises of the user key.
//!
//! An app of Syncano connects with an API key; when one of its users signs in it adds that user's *user key*, and from
//! then on some endpoints show only what belongs to that user. A deployment that breaks this promise shows one user another's
//! data, and nobody notices. This crate notices: it is a conformance suite that says what is promised, and a [harness] that runs
//! the suite against any deployment. The program `syncano-conformance` is a thin command line on top of it.
//!
//! # A backend for the tests of your app
//!
//! The simulator of the API is a package of its own, [`syncano_simulator`]; the tests of an app need nothing else. Start a
//! simulator, create a world in it, and point the app at its URL:
//!
//! ```
//! use syncano_simulator::testing::World;
//! use syncano_simulator::server::{Fault, Listener};
//! use syncano_simulator::Simulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::builder().build();
//! let world = World::in_instance("shop").user("alice", "wonderland").group("crew", &["alice"]).on(&simulator)?;
//! let backend = Listener::local().await?.spawn(simulator.clone());
//!
//! let url = format!("{}/v1.1/instances/{}/", backend.url(), world.instance);
//! let api_key = world.plain_key.to_string();
//! // ... the app signs alice in at `url` with `api_key` ...
//!
//! // Look at what it did, as the administrator; or act beside it, as a user.
//! let users = world.as_administrator().get("/users/")?;
//! assert_eq!(users.body["objects"][0]["username"], "alice");
//! assert_eq!(world.as_user("alice")?.get("/user/")?.status, 200);
//!
//! // And see what the app does on a bad day.
//! backend.fail([Fault::at("/user/auth/").status(503).times(1)])?;
//! # drop((url, api_key));
//! # Ok(())
//! # }
//! ```
//!
//! # The suite against a server of your own
//!
//! If you rebuild the API, you have a function from a request to a response, or a URL. Either is a
//! [target](harness::Target), and [`Conformance`](conformance::Conformance) runs the suite against it and returns a
//! [report](report::Report) to assert on.
//!
//! # Where things are
//!
//! | | |
//! |---|---|
//! | [`conformance`] | runs the suite from a test |
//! | [`harness`] | what runs the suite: targets, [plans](harness::Plan), worlds, events, traces, sweeping |
//! | [`defects`] | deliberately wrong deployments, each a layer in front of a right one |
//! | [`selftest`] | the suite against every defect |
//! | [`scenario`], [`judge`] | the files of the suite, and how verdicts come about |
//! | [`report`], [`divergence`] | the results of a run, in every format; known differences of a target |
//! | [`config`], [`estimate`], [`repro`], [`secret`], [`input`], [`shell`], [`state_folder`] | the other parts of the program |
//! | [`syncano_simulator`] | the API in memory, the ways to serve it, worlds for tests, known bugs of the reference deployment |
//!
//! The suite itself, its format and how it is proved are described in the pages below `docs/` of the repository. The version is that of
//! semantic versioning; the least version of Rust is 1.95.

pub mod config;
pub mod conformance;
pub mod defects;
pub mod divergence;
pub mod estimate;
pub mod harness;
pub mod input;
pub mod judge;
mod number;
pub mod report;
pub mod repro;
pub mod scenario;
pub mod secret;
pub mod selftest;
pub mod shell;
pub mod state_folder;
mod user_file;

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
