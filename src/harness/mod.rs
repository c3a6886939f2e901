//! Runs the suite against a target, and reports the results as one stream of events.
//!
//! `plan` decides what to run. `run` executes it in worlds, which `world` creates on a `deployment`
//! with the keys of the `session`. `cleanup` removes what was created. A run can be recorded as a
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

pub use cleanup::{Journal, JournalError, Leftovers, RegistrationState, instances_named};
pub use deployment::{
    BasicLogin, BasicLoginError, CompleteResponse, ExchangeError, Limits, Network, Observer, Proxy, ProxyError, Rate,
    RateError, Retries, Target, TargetError, TimeOuts, Tls, TlsError, base_url,
};
pub use error::RunError;
pub use plan::{Access, Credentials, InstanceKeys, Login, Plan, RunId, Selection, Shard, check_ids, scenario_of};
pub use run::{
    CheckOutcome, CheckResult, DivergenceResult, DryRun, Event, Finished, Handles, MAX_INSTANCES, Mark, Origin,
    OutcomeError, OutcomeParts, RuleResult, ScenarioResult, Standing, Started, judge, run,
};
pub use session::{SweepError, SweepKeys, begin_journal, sweep};
pub(crate) use shutdown::StopReason;
pub use trace::{Trace, TraceError, TraceWriteError, TraceWriter};
