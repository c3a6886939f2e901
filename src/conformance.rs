//! The suite from a test, in a few lines.

use std::sync::Arc;

use tokio::sync::watch;

use crate::harness::{self, Plan, RunError, Selection, Target};
use crate::report::Report;
use crate::scenario::{Diagnostic, Suite, SuiteFiles};

/// The suite, which part of it is run, and how. See the [example](crate#example).
#[derive(Debug)]
#[must_use = "nothing is run before `run`"]
pub struct Conformance {
    suite: Arc<Suite>,
    selection: Selection,
    plan: Plan,
}

impl Conformance {
    /// Uses the suite that this crate carries.
    pub fn embedded() -> Conformance {
        #[expect(clippy::expect_used, reason = "it is constant, and every test reads it")]
        let suite = SuiteFiles::embedded().read().expect("the suite of the crate is valid");
        Conformance::new(suite)
    }

    /// Uses the suite in these files.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the files, each with file, line and column.
    pub fn from_files(files: SuiteFiles) -> Result<Conformance, Vec<Diagnostic>> {
        files.read().map(Conformance::new)
    }

    fn new(suite: Suite) -> Conformance {
        Conformance { suite: Arc::new(suite), selection: Selection::default(), plan: Plan::default() }
    }

    /// Runs only what these words select: the beginning of the path of a scenario (`user/reads`), of the id of a check, or of
    /// the name or the code of a rule.
    pub fn only<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Conformance {
        self.selection = Selection::new(words.into_iter().map(str::to_owned).collect());
        self
    }

    /// Runs it as planned, instead of by [`Plan::default`].
    pub fn plan(mut self, plan: Plan) -> Conformance {
        self.plan = plan;
        self
    }

    /// Runs it to its end. The report holds the outcome of every check; its `Display` reads like the end of
    /// `syncano-conformance run`.
    ///
    /// # Errors
    ///
    /// If the target cannot be reached or set up; then nothing was judged.
    pub async fn run(self, target: Target) -> Result<Report, RunError> {
        let (_end, stop) = watch::channel(false);
        let strict = self.plan.strict;
        let mut events = Vec::new();
        harness::run(self.suite, &self.selection, target, self.plan, stop, |event| events.push(event)).await?;
        Ok(Report::of(&events, strict))
    }
}
