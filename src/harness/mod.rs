//! Runs the suite against a target, and reports what happens as one stream of events.
//!
//! A run goes one way: what is to be done is planned (`plan`), an executor runs it (`run`) in worlds that are created (`world`)
//! with the keys of the run (`session`) on a `deployment`, and what is created is removed (`cleanup`). A run can be recorded as a
//! `trace`, and judged again from it.

mod cleanup;
mod curl;
mod deployment;
mod error;
mod plan;
mod request;
mod run;
mod session;
mod shutdown;
mod trace;
mod world;

pub use cleanup::{Journal, JournalError, Leftovers, Registration, instances_named};
pub use deployment::{
    Answer, ExchangeError, Limits, Network, Observer, Proxy, ProxyError, Rate, RateError, Retries, Target, TargetError,
    TimeOuts, Tls, TlsError, base_url,
};
pub use error::RunError;
pub use plan::{Access, ApiKeys, Credentials, Login, Plan, RunId, Selection, Shard, check_ids, scenario_of};
pub use run::{
    CheckOutcome, CheckResult, DivergenceResult, DryRun, Event, Finished, Handles, Mark, Origin, OutcomeError,
    OutcomeParts, RuleResult, ScenarioResult, Standing, Started, judge, run,
};
pub use session::{SweepError, SweepKeys, begin_journal, sweep};
pub use trace::{Trace, TraceError, TraceWriteError, TraceWriter};
