//! Runs the suite from a test, in a few lines.

use std::sync::Arc;

use tokio::sync::watch;

use crate::diagnosis::diagnose;
use crate::harness::{self, Plan, RunError, Selection, Target};
use crate::report::Report;
use syncano_suite::{Diagnostic, Suite, SuiteFiles};

/// A suite with a selection and a plan. See the [example](crate#example).
#[derive(Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Conformance {
    suite: Arc<Suite>,
    selection: Selection,
    plan: Plan,
}

impl Conformance {
    /// Uses the suite that is embedded in this crate.
    pub fn embedded() -> Conformance {
        #[expect(clippy::expect_used, reason = "the embedded suite is constant, and every test reads it")]
        let suite = crate::embedded::suite_files().read().expect("the suite of the crate is valid");
        Conformance::new(suite)
    }

    /// Uses the suite in these files.
    ///
    /// # Errors
    ///
    /// Returns every mistake in the files, each with file, line and column.
    pub fn from_files(files: SuiteFiles) -> Result<Conformance, Vec<Diagnostic>> {
        files.read().map(Conformance::new)
    }

    fn new(suite: Suite) -> Conformance {
        Conformance { suite: Arc::new(suite), selection: Selection::default(), plan: Plan::default() }
    }

    /// Selects what to run by words. A word is the beginning of the path of a scenario
    /// (`user/reads`), of the id of a check, or of the name of a rule, or it is the code of a rule.
    pub fn only<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Conformance {
        self.selection = Selection::new(words.into_iter().map(str::to_owned).collect());
        self
    }

    /// Sets the plan of the run, instead of [`Plan::default`].
    pub fn plan(mut self, plan: Plan) -> Conformance {
        self.plan = plan;
        self
    }

    /// Runs the selected part of the suite. The report holds the outcome of every check, and the
    /// known bugs that explain the failures; its
    /// `Display` reads like the end of the output of `syncano-conformance run`.
    ///
    /// # Errors
    ///
    /// If the target cannot be reached or set up. Then nothing was judged.
    pub async fn run(self, target: Target) -> Result<Report, RunError> {
        let (_sender, stop) = watch::channel(false);
        let strict = self.plan.strict;
        let mut events = Vec::new();
        let suite = Arc::clone(&self.suite);
        harness::run(suite, &self.selection, target, self.plan, stop, |event| events.push(event)).await?;
        let mut report = Report::new(&events, strict);
        report.diagnosis = diagnose(&self.suite, &report).await;
        Ok(report)
    }
}
