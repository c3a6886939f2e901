//! Output for a terminal, while the suite runs and after it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;

use super::access_cases::AccessCases;
use super::difference::difference;
use super::prose::{COLUMNS, labelled, lines};
use super::style::{BAD, GOOD, QUIET, STRONG, UNSURE, style};
use super::summary::Summary;
use crate::divergence::is_same;
use crate::harness::{CheckResult, DivergenceResult, Event, Finished, ScenarioResult};
use crate::judge::{Evidence, Verdict};
use crate::scenario::AccessTable;

/// How many cells of the access table are shown in full where they are not as expected; the table shows the others.
const CELLS_IN_FULL: usize = 3;

/// An answer of more lines than this is shown only once for all checks of its step.
const LINES_TO_REPEAT: usize = 5;

/// How much is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What counts against the target, what is left behind, and the funnel.
    Little,
    /// What is skipped, known and disputed too, and each area.
    #[default]
    Usual,
    /// Every check too.
    Much,
}

/// Writes a run for a person: each scenario that is not all well as it comes, then the areas, then the funnel. Sentences fit
/// into 80 columns; lines for the shell and what came are never broken.
pub struct Terminal<W> {
    out: W,
    strict: bool,
    detail: Detail,
    summary: Summary,
    cells: AccessCases,
    /// Whether the access table is shown where nothing is wrong in it.
    all_cells: bool,
    bad_cells: usize,
    flaky_cells: usize,
    areas: BTreeMap<String, BTreeMap<Verdict, usize>>,
    /// Checks of disputed rules, by the name of the rule.
    disputed: BTreeMap<String, Vec<CheckResult>>,
    /// How many checks were skipped, by the reason.
    skipped: BTreeMap<String, usize>,
    /// A line for each check that is known to differ.
    known: Vec<String>,
    /// The step whose answer was shown last, and the answer.
    shown: Option<(String, String)>,
}

impl<W: Write> Terminal<W> {
    /// Writes to `out`, which takes the colours out where there should be none.
    pub fn new(out: W, strict: bool) -> Terminal<W> {
        Terminal {
            out,
            strict,
            detail: Detail::default(),
            summary: Summary::default(),
            cells: AccessCases::default(),
            all_cells: false,
            bad_cells: 0,
            flaky_cells: 0,
            areas: BTreeMap::new(),
            disputed: BTreeMap::new(),
            skipped: BTreeMap::new(),
            known: Vec::new(),
            shown: None,
        }
    }

    /// Writes more or less than usual.
    pub fn detail(mut self, detail: Detail) -> Terminal<W> {
        self.detail = detail;
        self
    }

    /// Shows the whole access table at the end, and not only where something is wrong in it.
    pub fn all_cells(mut self, all: bool) -> Terminal<W> {
        self.all_cells = all;
        self
    }

    /// How many checks have failed so far.
    pub fn failed(&self) -> usize {
        self.summary.of(Verdict::Fail) + self.summary.of(Verdict::Error)
    }

    /// Shows one more event.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        self.summary.count(event, self.strict);
        match event {
            Event::Started(_) if self.detail == Detail::Little => Ok(()),
            Event::Started(started) => {
                let (target, version) = (&started.target, &started.api_version);
                writeln!(self.out, "{STRONG}{target}{STRONG:#}, API {version}, run {}\n", started.run)
            }
            Event::Scenario(scenario) => self.scenario(scenario),
            Event::Finished(finished) => self.end(finished),
        }
    }

    fn scenario(&mut self, scenario: &ScenarioResult) -> io::Result<()> {
        let area = scenario.name.split('/').next().unwrap_or_default();
        let of_table = area == AccessTable::AREA;
        if of_table {
            self.cells.add(scenario);
        }
        for check in &scenario.checks {
            match (check.verdict(), check.because(), check.divergence()) {
                (Verdict::Skip, Some(because), _) => *self.skipped.entry(because.to_owned()).or_default() += 1,
                (Verdict::Known, _, Some(divergence)) => self.known.push(known(check, divergence)),
                _ => {}
            }
            if self.detail == Detail::Much {
                self.check(check)?;
            }
            if let Some(rule) = check.rule.as_ref().filter(|_| check.is_disputed() && !self.strict) {
                self.disputed.entry(rule.name.clone()).or_default().push(check.clone());
                continue;
            }
            *self.areas.entry(area.to_owned()).or_default().entry(check.verdict()).or_default() += 1;
            let cells = match check.verdict() {
                Verdict::Flaky => &mut self.flaky_cells,
                verdict if verdict >= Verdict::Untestable => &mut self.bad_cells,
                _ => continue,
            };
            *cells += usize::from(of_table);
            if !of_table || *cells <= CELLS_IN_FULL {
                self.trouble(scenario, check)?;
            }
        }
        for left in &scenario.left_behind {
            self.remark("left behind", left)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// A line for a check, as far as it is not shown in full.
    fn check(&mut self, check: &CheckResult) -> io::Result<()> {
        let apart = check.is_disputed() && !self.strict;
        if !apart && !matches!(check.verdict(), Verdict::Pass | Verdict::Skip | Verdict::Known) {
            return Ok(());
        }
        let style = style(check.verdict());
        writeln!(self.out, "{style}{:<10}{style:#} {}", check.verdict(), check.id)
    }

    /// A sentence about something that is not a check.
    fn remark(&mut self, what: &str, text: &str) -> io::Result<()> {
        write!(self.out, "{UNSURE}{what}{UNSURE:#} ")?;
        lines(&mut self.out, text, &" ".repeat(what.len() + 1), Style::new())
    }

    fn trouble(&mut self, scenario: &ScenarioResult, check: &CheckResult) -> io::Result<()> {
        let style = style(check.verdict());
        writeln!(self.out, "{style}{:<10}{style:#} {STRONG}{}{STRONG:#}", check.verdict(), check.id)?;
        writeln!(self.out, "  {QUIET}at{QUIET:#}   {}:{}:{}", scenario.file, check.line, check.column)?;
        let mut say = |label: &str, text: &str| labelled(&mut self.out, label, 4, text);
        say("step", &check.step)?;
        if let Some(rule) = &check.rule {
            say("rule", &format!("{} ({}, {}): {}", rule.name, rule.code, rule.level, rule.statement))?;
        }
        check.because().iter().try_for_each(|because| say("why", because))?;
        if let Some(request) = &check.request {
            writeln!(self.out, "  {QUIET}sent{QUIET:#} {request}")?;
        }
        if let Some(evidence) = check.evidence() {
            let step = format!("{} {}", scenario.name, check.step);
            self.evidence(step, evidence)?;
        }
        if let (Some(stated), Some(evidence)) = (check.stated_otherwise(), check.evidence()) {
            let DivergenceResult { at, expected, instead, .. } = stated;
            if !is_same(expected, &evidence.expected) {
                writeln!(self.out, "  {BAD}- expected by {at}{BAD:#}  {GOOD}+ expected{GOOD:#}")?;
                difference(&mut self.out, expected, &evidence.expected)?;
            }
            writeln!(self.out, "  {BAD}- stated in {at}{BAD:#}  {GOOD}+ came{GOOD:#}")?;
            difference(&mut self.out, instead, &evidence.actual)?;
        }
        writeln!(self.out)
    }

    /// What was expected and what came. A long answer is shown with the first check of its step only.
    fn evidence(&mut self, step: String, evidence: &Evidence) -> io::Result<()> {
        writeln!(self.out, "  {BAD}- expected{BAD:#}  {GOOD}+ came{GOOD:#}")?;
        let is_long = evidence.actual.lines().nth(LINES_TO_REPEAT).is_some();
        let is_shown = self.shown.as_ref().is_some_and(|(of, actual)| *of == step && *actual == evidence.actual);
        if !is_long || !is_shown {
            self.shown = is_long.then(|| (step, evidence.actual.clone()));
            return difference(&mut self.out, &evidence.expected, &evidence.actual);
        }
        // Compared with nothing, what was expected is shown whole.
        difference(&mut self.out, &evidence.expected, "")?;
        writeln!(self.out, "    {GOOD}+{GOOD:#} {QUIET}the answer shown above{QUIET:#}")
    }

    /// The access table, or that all is well in it.
    fn cells(&mut self) -> io::Result<()> {
        if self.bad_cells > CELLS_IN_FULL {
            let more = self.bad_cells - CELLS_IN_FULL;
            writeln!(self.out, "{BAD}and {more} more{BAD:#} of the access table are not as expected\n")?;
        }
        if self.flaky_cells > CELLS_IN_FULL {
            let more = self.flaky_cells - CELLS_IN_FULL;
            writeln!(self.out, "{UNSURE}and {more} more{UNSURE:#} of the access table passed only when asked again\n")?;
        }
        if self.cells.is_empty() {
            Ok(())
        } else if self.all_cells || !self.cells.is_good() {
            self.cells.table(self.all_cells, &mut self.out)
        } else {
            self.cells.line(&mut self.out)
        }
    }

    fn end(&mut self, finished: &Finished) -> io::Result<()> {
        if self.detail > Detail::Little {
            self.cells()?;
            self.areas()?;
        }
        for stale in &finished.stale {
            self.remark("stale", stale)?;
        }
        for left in &finished.left_behind {
            self.remark("left behind", left)?;
        }
        for note in &finished.notes {
            self.remark("note", note)?;
        }
        if finished.interrupted {
            let left = match self.summary.left_behind {
                0 => "what had been made was removed",
                _ => "what could not be removed is named above",
            };
            self.remark("interrupted:", &format!("the rest was not run; {left}"))?;
        }
        let funnel = format!("{} ({:.2} s)", self.summary, finished.elapsed.as_secs_f64());
        // Two lines where one is not enough.
        let (before, after) = funnel.split_once(": ").filter(|_| funnel.len() > COLUMNS).unwrap_or((&funnel, ""));
        if self.detail > Detail::Little {
            writeln!(self.out)?;
        }
        match after {
            "" => writeln!(self.out, "{before}"),
            after => {
                write!(self.out, "{before}:\n  ")?;
                lines(&mut self.out, after, "  ", Style::new())
            }
        }
    }

    /// A line for each area; then what was skipped, what is known, and what is disputed.
    fn areas(&mut self) -> io::Result<()> {
        let width = self.areas.keys().map(String::len).max().unwrap_or_default();
        for (area, verdicts) in &self.areas {
            let all: usize = verdicts.values().sum();
            let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
            let worst = verdicts.keys().max().copied().unwrap_or(Verdict::Pass);
            let style = style(worst);
            write!(self.out, "  {area:<width$}  {style}{passed:>3} of {all:>3} passed{style:#}")?;
            for (verdict, count) in verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::Pass) {
                write!(self.out, ", {count} {verdict}")?;
            }
            writeln!(self.out)?;
        }
        for (because, count) in std::mem::take(&mut self.skipped) {
            writeln!(self.out)?;
            self.remark(&format!("skipped {count}:"), &because)?;
        }
        if !self.known.is_empty() {
            writeln!(self.out, "\n{STRONG}Known{STRONG:#}: this target does something else, exactly as stated.")?;
        }
        for line in std::mem::take(&mut self.known) {
            write!(self.out, "  ")?;
            lines(&mut self.out, &line, "    ", Style::new())?;
        }
        if !self.disputed.is_empty() {
            writeln!(
                self.out,
                "\n{STRONG}Disputed{STRONG:#}: sources disagree, so these are judged apart from the rest."
            )?;
        }
        for checks in std::mem::take(&mut self.disputed).values() {
            self.dispute(checks)?;
        }
        Ok(())
    }

    /// What the sources say about a rule, and what this target does.
    fn dispute(&mut self, checks: &[CheckResult]) -> io::Result<()> {
        let Some(rule) = checks.first().and_then(|check| check.rule.as_ref()) else { return Ok(()) };
        write!(self.out, "  ")?;
        let heading = format!("{} ({}, {}): {}", rule.name, rule.code, rule.level, rule.statement);
        lines(&mut self.out, &heading, "    ", Style::new())?;
        let mut say = |label: &str, text: &str| {
            write!(self.out, "    {QUIET}{label:<14}{QUIET:#}  ")?;
            lines(&mut self.out, text, &" ".repeat(20), Style::new())
        };
        if let Some(dispute) = &rule.disputed {
            say("the page", &dispute.page)?;
            say("the deployment", &dispute.deployment)?;
        }
        let worst = checks.iter().map(|check| check.verdict()).max().unwrap_or(Verdict::Pass);
        let style = style(worst);
        let word = on_dispute(worst);
        writeln!(self.out, "    {QUIET}this target{QUIET:#}     {style}{word}{style:#}")?;
        // What does as it should is named among all checks, where these are wanted.
        let is_shown = |check: &&CheckResult| self.detail == Detail::Much || check.verdict() != Verdict::Pass;
        for check in checks.iter().filter(is_shown) {
            let because = check.because().map(|because| format!(": {because}")).unwrap_or_default();
            write!(self.out, "      {} ", check.verdict())?;
            lines(&mut self.out, &format!("{}{because}", check.id), "        ", Style::new())?;
        }
        Ok(())
    }
}

/// `groups/lists-all (target-bug, 12 days, until 2027-02-24): it is being mended, https://bugs.example.com/17`
fn known(check: &CheckResult, divergence: &DivergenceResult) -> String {
    let DivergenceResult { class, age_days, review_by, reason, link, .. } = divergence;
    let link = link.as_ref().map(|link| format!(", {link}")).unwrap_or_default();
    format!("{} ({class}, {age_days} days, until {review_by}): {reason}{link}", check.id)
}

/// What the worst verdict on a disputed rule says of a target.
pub(super) fn on_dispute(worst: Verdict) -> &'static str {
    match worst {
        Verdict::Pass | Verdict::Flaky => "does as the deployment",
        Verdict::Fail => "does something else",
        Verdict::Known => "does something else, as is known",
        Verdict::Stale => "has a stale divergence",
        Verdict::Skip => "was not asked",
        Verdict::Untestable | Verdict::Error => "cannot be judged",
    }
}
