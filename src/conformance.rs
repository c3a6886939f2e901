//! The suite from a test, in a few lines.

use std::sync::Arc;

use tokio::sync::watch;

use crate::harness::{self, Plan, RunError, Selection, Target};
use crate::report::Report;
use crate::scenario::{Diagnostic, Suite, SuiteFiles};

/// The suite, what is run of it, and how.
///
/// ```
/// use syncano_conformance::conformance::Conformance;
/// use syncano_conformance::harness::Target;
/// use syncano_conformance::report::Outcome;
/// use syncano_conformance::defects;
/// use syncano_simulator::Simulator;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A server of your own takes the place of the simulator here: any function from a request to a response is a target.
/// let simulator = Simulator::builder().build();
/// let target = Target::in_process("mine", move |request| simulator.handle(request));
/// let report = Conformance::embedded().only(["reset-key/by-the-administrator"]).run(target).await?;
/// assert_eq!(report.outcome(), Outcome::Passed, "{report}");
///
/// // One that keeps a promise no longer is noticed.
/// let broken = defects::around(&Simulator::builder().build(), &[defects::named("user-key-survives-reset").ok_or("unknown")?]);
/// let target = Target::in_process("mine", move |request| broken.respond(request));
/// let report = Conformance::embedded().only(["reset-key/by-the-administrator"]).run(target).await?;
/// assert_eq!(report.outcome(), Outcome::Failed);
/// # Ok(())
/// # }
/// ```
///
/// A deployment behind a URL is a target too, [`Target::http`]; a [`Plan`] says on whose account, and that nothing is made in an
/// instance of others. It is for the caller to know that he may write there.
#[derive(Debug)]
#[must_use = "nothing is run before `run`"]
pub struct Conformance {
    suite: Arc<Suite>,
    selection: Selection,
    plan: Plan,
}

impl Conformance {
    /// The suite that this crate carries.
    pub fn embedded() -> Conformance {
        #[expect(clippy::expect_used, reason = "it is constant, and every test reads it")]
        let suite = SuiteFiles::embedded().read().expect("the suite of the crate is valid");
        Conformance::of(suite)
    }

    /// The suite of these files.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, with its places.
    pub fn from_files(files: SuiteFiles) -> Result<Conformance, Vec<Diagnostic>> {
        files.read().map(Conformance::of)
    }

    fn of(suite: Suite) -> Conformance {
        Conformance { suite: Arc::new(suite), selection: Selection::default(), plan: Plan::default() }
    }

    /// Runs only what these words [select](Selection).
    pub fn only<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Conformance {
        self.selection = Selection::new(words.into_iter().map(str::to_owned).collect());
        self
    }

    /// Runs it in another way than [`Plan::default`]: with an account of its own for the run, in new instances, without the
    /// access table.
    pub fn plan(mut self, plan: Plan) -> Conformance {
        self.plan = plan;
        self
    }

    /// Runs it to its end. The report says what every check came to; shown, it reads like the end of `run`.
    ///
    /// # Errors
    ///
    /// When the target cannot be reached or nobody signs in; then nothing was judged.
    pub async fn run(self, target: Target) -> Result<Report, RunError> {
        let (_end, stop) = watch::channel(false);
        let strict = self.plan.strict;
        let mut events = Vec::new();
        harness::run(self.suite, &self.selection, target, self.plan, stop, |event| events.push(event)).await?;
        Ok(Report::of(&events, strict))
    }
}
