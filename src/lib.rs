//! Checks whether a server behaves like the API of Syncano towards the users of an app.
//!
//! An app of Syncano connects with an API key. When one of its users signs in, it adds that user's *user key*; from then on
//! some endpoints show only what belongs to that user. A server that breaks this promise shows one user the data of another,
//! and nobody notices. This crate holds a conformance suite for that promise, and runs it against any server.
//!
//! # Example
//!
//! A [`Target`] is a server: a function from a request to a response, or a URL. [`Conformance`] runs the suite against it and
//! returns a [`Report`] to assert on.
//!
//! ```
//! use syncano_conformance::{Conformance, Outcome, Target};
//! use syncano_simulator::Simulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Your own server takes the place of the simulator.
//! let simulator = Simulator::builder().build();
//! let target = Target::in_process("mine", move |request| simulator.handle(request));
//!
//! let report = Conformance::embedded().only(["reset-key/by-the-administrator"]).run(target).await?;
//! assert_eq!(report.outcome(), Outcome::Passed, "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! A [`Plan`] says how the run is to go: with whose keys, in which instance, with how many jobs. By default the run registers
//! an account and creates an instance for every scenario. It is for the caller to know that it may write to the target.
//!
//! ```no_run
//! use syncano_conformance::{Conformance, Credentials, Limits, Plan, Target};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Target::http("https://api.example.com", Limits::default())?;
//! let credentials = Credentials::AccountKey(std::env::var("SYNCANO_ACCOUNT_KEY")?.into());
//! let plan = Plan { credentials, ..Plan::default() };
//! let report = Conformance::embedded().plan(plan).run(target).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! # A backend for the tests of your app
//!
//! The simulator of the API is a package of its own, [`syncano_simulator`]; the tests of an app need nothing else.
//!
//! # The program
//!
//! The program `syncano-conformance` is a command line on top of this crate. What it uses beyond the items below is public but
//! hidden, and not covered by semantic versioning. The minimum supported version of Rust is 1.95.

#[doc(hidden)]
pub mod config;
mod conformance;
#[doc(hidden)]
pub mod defects;
#[doc(hidden)]
pub mod divergence;
#[doc(hidden)]
pub mod estimate;
#[doc(hidden)]
pub mod harness;
#[doc(hidden)]
pub mod input;
#[doc(hidden)]
pub mod judge;
mod number;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod repro;
#[doc(hidden)]
pub mod scenario;
#[doc(hidden)]
pub mod secret;
#[doc(hidden)]
pub mod selftest;
#[doc(hidden)]
pub mod shell;
#[doc(hidden)]
pub mod state_folder;
mod user_file;

pub use conformance::Conformance;
pub use divergence::{Class, Divergence, Entry};
pub use harness::{
    Access, ApiKeys, CheckOutcome, CheckResult, Credentials, DivergenceResult, Finished, Limits, Login, Network, Plan,
    Proxy, ProxyError, Rate, RateError, Retries, RuleResult, RunError, RunId, ScenarioResult, Standing, Started,
    Target, TargetError, TimeOuts, Tls, TlsError,
};
pub use judge::{Evidence, Verdict};
pub use report::{Format, Outcome, Report, Summary};
pub use scenario::{Diagnostic, SuiteFiles};

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
