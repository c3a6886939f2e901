//! Checks whether a server behaves like the Syncano API for the users of an app.
//!
//! An app on Syncano connects with an API key. When one of its users signs in, it adds that user's
//! *user key*; from then on some endpoints show only what belongs to that user. A server that
//! breaks this promise shows one user the data of another, without an error. This crate contains a
//! conformance suite for that promise, and runs it against any server.
//!
//! # Example
//!
//! A [`Target`] is a server: a function from a request to a response, or a URL. [`Conformance`]
//! runs the suite against it and returns a [`Report`] to assert on.
//!
//! ```
//! use syncano_conformance::{Conformance, RunOutcome, Target};
//! use syncano_simulator::Simulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Your own server takes the place of the simulator.
//! let simulator = Simulator::builder().build();
//! let target = Target::in_process("mine", move |request| simulator.handle(request));
//!
//! let report = Conformance::embedded().only(["reset-key/by-the-administrator"]).run(target).await?;
//! assert_eq!(report.outcome(), RunOutcome::Passed, "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! A [`Plan`] sets the keys, the instance and the number of jobs of a run. By default the run
//! registers an account and creates instances, so make sure that it may write to the target.
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
//! The simulator of the API is a separate package, [`syncano_simulator`]. The tests of an app need
//! only that.
//!
//! # The program
//!
//! The program `syncano-conformance` is a command line on top of this crate. It also uses items
//! that are public but hidden, and not covered by semantic versioning. The minimum supported
//! version of Rust is 1.95.

#[doc(hidden)]
pub mod config;
mod conformance;
#[doc(hidden)]
pub mod defects;
#[doc(hidden)]
pub mod diagnosis;
#[doc(hidden)]
pub mod divergence;
#[doc(hidden)]
pub mod embedded;
#[doc(hidden)]
pub mod estimate;
#[doc(hidden)]
pub mod harness;
#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod repro;
#[doc(hidden)]
pub mod selftest;
#[doc(hidden)]
pub mod shell;
#[doc(hidden)]
pub mod state_folder;
mod user_file;

pub use conformance::Conformance;
pub use divergence::{Divergence, DivergenceClass, Entry};
pub use harness::{
    Access, CheckOutcome, CheckResult, Credentials, DivergenceResult, Finished, InstanceKeys, Limits, Login, Network,
    Plan, Proxy, ProxyError, Rate, RateError, Retries, RuleResult, RunError, RunId, ScenarioResult, Standing, Started,
    Target, TargetError, TimeOuts, Tls, TlsError,
};
pub use judge::{Evidence, Verdict};
pub use report::{Cause, Diagnosis, Report, ReportFormat, RunOutcome, Summary};
pub use syncano_suite::{Diagnostic, SuiteFiles};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
