//! Output for a terminal, while the suite runs and after it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use anstyle::Style;
use indexmap::IndexMap;

use super::Report;
use super::access_cases::AccessCases;
use super::area::area;
use super::brief;
use super::difference::difference;
use super::not_run::{by_interruption, not_run};
use super::prose::{labelled, lines};
use super::style::{BAD, GOOD, QUIET, STRONG, UNSURE, style};
use super::summary::{RunOutcome, Summary, after_a_number};
use super::verdict_line::verdict_line;
use super::wording::{count, target_in_words, thousands};
use crate::divergence::is_same;
use crate::harness::{CheckResult, DivergenceResult, Event, Finished, ScenarioResult, Started};
use crate::judge::{Evidence, Verdict};
use syncano_suite::AccessTable;

/// The number of failed access cases that are shown in full; the table shows the others.
const ACCESS_IN_FULL: usize = 3;

/// A response of more lines than this is shown only once for all checks of its step.
const LINES_TO_REPEAT: usize = 5;

/// How much is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What is broken, the first failures, resources left behind, what was not run, and the verdict.
    Little,
    /// Also each area, and known differences.
    #[default]
    Usual,
    /// Also every check, every failure in full, every reason to skip, and every disputed rule.
    Much,
}

/// Writes a run for people: what is broken, the first failure of each rule, the areas, what was not run, and the verdict.
/// In full detail, each failure is written as it comes. Sentences fit into 80 columns; commands and the text of responses
/// are never wrapped.
pub struct Terminal<W> {
    out: W,
    strict: bool,
    detail: Detail,
    /// Set by the first event.
    started: Option<Started>,
    summary: Summary,
    access: AccessCases,
    /// Whether the access table is shown if nothing is wrong in it.
    all_access: bool,
    bad_access: usize,
    flaky_access: usize,
    areas: BTreeMap<String, AreaVerdicts>,
    /// Checks of disputed rules, by the name of the rule.
    disputed: BTreeMap<String, Vec<CheckResult>>,
    /// The number of skipped checks by reason.
    skipped: BTreeMap<String, usize>,
    /// The number of checks that an interruption of the run has prevented.
    interrupted: usize,
    /// A line for each check that is known to differ.
    known: Vec<String>,
    /// The known bugs of the reference deployment, with the number of checks that meet each.
    bugs: IndexMap<String, usize>,
    /// A line for each check that passed only after a retry.
    flaky: Vec<String>,
    /// The step whose response was shown last, and the response.
    shown: Option<(String, String)>,
}

/// The checks of an area. Those of disputed rules are counted apart unless the run is strict.
#[derive(Default)]
struct AreaVerdicts {
    verdicts: BTreeMap<Verdict, usize>,
    disputed: usize,
}

impl<W: Write> Terminal<W> {
    /// Writes to `out`, which removes the colours if there should be none.
    pub fn new(out: W, strict: bool) -> Terminal<W> {
        Terminal {
            out,
            strict,
            detail: Detail::default(),
            started: None,
            summary: Summary::default(),
            access: AccessCases::default(),
            all_access: false,
            bad_access: 0,
            flaky_access: 0,
            areas: BTreeMap::new(),
            disputed: BTreeMap::new(),
            skipped: BTreeMap::new(),
            interrupted: 0,
            known: Vec::new(),
            bugs: IndexMap::new(),
            flaky: Vec::new(),
            shown: None,
        }
    }

    /// Writes more or less than usual.
    pub fn detail(mut self, detail: Detail) -> Terminal<W> {
        self.detail = detail;
        self
    }

    /// Shows the whole access table at the end, not only the rows with a failure.
    pub fn all_access(mut self, all: bool) -> Terminal<W> {
        self.all_access = all;
        self
    }

    /// Returns the number of checks that have failed so far.
    pub fn failed(&self) -> usize {
        self.summary.of(Verdict::Fail) + self.summary.of(Verdict::Error)
    }

    /// Shows one more event.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        self.summary.count(event, self.strict);
        match event {
            Event::Started(started) => {
                self.started = Some(started.clone());
                if self.detail == Detail::Little {
                    return Ok(());
                }
                let (target, version) = (target_in_words(&started.target), &started.api_version);
                let words = started.words.join(" ");
                let shard = started.shard.map(|shard| format!("shard {shard}"));
                let parts = [Some(words).filter(|words| !words.is_empty()), shard];
                let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
                let parts = if parts.is_empty() { parts } else { format!(": {parts}") };
                writeln!(self.out, "{STRONG}{target}{STRONG:#}, API {version}, run {}{parts}\n", started.run)
            }
            Event::Scenario(scenario) => self.scenario(scenario),
            Event::Finished(_) => Ok(()),
        }
    }

    /// Writes the end of the run: what is broken, the first failures, the counts and the verdict.
    pub fn end(&mut self, report: &Report) -> io::Result<()> {
        let Some(finished) = &report.finished else { return Ok(()) };
        brief::diagnosis(report, &mut self.out)?;
        if self.detail < Detail::Much {
            brief::failures(report, &mut self.out)?;
            self.flaky.drain(..).try_for_each(|line| writeln!(self.out, "{line}"))?;
        }
        self.summed_up(finished)?;
        if self.detail == Detail::Usual {
            brief::see_more(report, &mut self.out)?;
        }
        self.verdict(finished)
    }

    fn scenario(&mut self, scenario: &ScenarioResult) -> io::Result<()> {
        let of_table = scenario.area() == AccessTable::AREA;
        let (prevented, checks) = by_interruption(scenario);
        self.interrupted += prevented;
        if of_table && !checks.is_empty() {
            self.access.add(scenario);
        }
        for check in checks {
            match (check.verdict(), check.because(), check.divergence()) {
                (Verdict::Skip, Some(because), _) => *self.skipped.entry(because.to_owned()).or_default() += 1,
                (Verdict::Known, _, Some(divergence)) if divergence.is_of_reference() => {
                    *self.bugs.entry(divergence.reason.clone()).or_default() += 1;
                }
                (Verdict::Known, _, Some(divergence)) => self.known.push(known(check, divergence)),
                _ => {}
            }
            if self.detail == Detail::Much {
                self.check(check)?;
            }
            let counts = self.areas.entry(area(scenario, check).to_owned()).or_default();
            if let Some(rule) = check.rule.as_ref().filter(|_| check.is_disputed() && !self.strict) {
                counts.disputed += 1;
                self.disputed.entry(rule.name.clone()).or_default().push(check.clone());
                continue;
            }
            *counts.verdicts.entry(check.verdict()).or_default() += 1;
            let cases = match check.verdict() {
                Verdict::Flaky => &mut self.flaky_access,
                verdict if verdict >= Verdict::Untestable => &mut self.bad_access,
                _ => continue,
            };
            *cases += usize::from(of_table);
            if self.detail == Detail::Much && (!of_table || *cases <= ACCESS_IN_FULL) {
                self.trouble(scenario, check)?;
            } else if check.verdict() == Verdict::Flaky && !of_table {
                let because = check.because().unwrap_or_default();
                self.flaky.push(format!("{UNSURE}flaky     {UNSURE:#} {}: {because}", check.id));
            }
        }
        Ok(())
    }

    /// Writes a line for a check that is not shown in full.
    fn check(&mut self, check: &CheckResult) -> io::Result<()> {
        let apart = check.is_disputed() && !self.strict;
        if !apart && !matches!(check.verdict(), Verdict::Pass | Verdict::Skip | Verdict::Known) {
            return Ok(());
        }
        let style = style(check.verdict());
        writeln!(self.out, "{style}{:<10}{style:#} {}", check.verdict(), check.id)
    }

    /// Writes a sentence about something that is not a check.
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
            writeln!(self.out, "  {BAD}- stated in {at}{BAD:#}  {GOOD}+ actual{GOOD:#}")?;
            difference(&mut self.out, instead, &evidence.actual)?;
        }
        writeln!(self.out)
    }

    /// Writes the expected and the actual response. A long response is shown with the first check of its step only.
    fn evidence(&mut self, step: String, evidence: &Evidence) -> io::Result<()> {
        writeln!(self.out, "  {BAD}- expected{BAD:#}  {GOOD}+ actual{GOOD:#}")?;
        let is_long = evidence.actual.lines().nth(LINES_TO_REPEAT).is_some();
        let is_shown = self.shown.as_ref().is_some_and(|(of, actual)| *of == step && *actual == evidence.actual);
        if !is_long || !is_shown {
            self.shown = is_long.then(|| (step, evidence.actual.clone()));
            return difference(&mut self.out, &evidence.expected, &evidence.actual);
        }
        // A comparison with nothing shows the whole expected text.
        difference(&mut self.out, &evidence.expected, "")?;
        writeln!(self.out, "    {GOOD}+{GOOD:#} {QUIET}the response shown above{QUIET:#}")
    }

    /// Writes the access table, or one line if all of it is as expected.
    fn access_table(&mut self) -> io::Result<()> {
        if self.detail == Detail::Usual && !self.all_access && self.bad_access > 0 {
            let cases = count(self.bad_access, "access case is", "access cases are");
            return writeln!(self.out, "{BAD}{cases}{BAD:#} not as expected; -v shows the table\n");
        }
        let more = |number: usize| number.checked_sub(ACCESS_IN_FULL).filter(|more| *more > 0);
        let cases = |number| count(number, "more access case", "more access cases");
        if let Some(more) = more(self.bad_access) {
            let verb = if more == 1 { "is" } else { "are" };
            writeln!(self.out, "{BAD}{}{BAD:#} {verb} not as expected\n", cases(more))?;
        }
        if let Some(more) = more(self.flaky_access) {
            writeln!(self.out, "{UNSURE}{}{UNSURE:#} passed only when asked again\n", cases(more))?;
        }
        if self.access.is_empty() {
            Ok(())
        } else if self.all_access || !self.access.is_good() {
            self.access.table(self.all_access, &mut self.out)
        } else {
            self.access.line(&mut self.out)
        }
    }

    fn summed_up(&mut self, finished: &Finished) -> io::Result<()> {
        if self.detail > Detail::Little {
            self.known()?;
            self.access_table()?;
            self.areas(finished.interrupted)?;
        }
        if self.detail == Detail::Much {
            self.reasons_to_skip()?;
            self.disputed()?;
        }
        for stale in &finished.stale {
            self.remark("stale:", stale)?;
        }
        for left in &finished.left_behind {
            self.remark("left behind:", left)?;
        }
        for note in &finished.notes {
            self.remark("note:", note)?;
        }
        if finished.interrupted {
            let left = match self.summary.left_behind {
                0 => "the created resources were deleted",
                _ => "the resources that could not be deleted are named above",
            };
            self.remark("interrupted:", left)?;
        }
        self.not_run()
    }

    /// Writes what does not count, what was not run, and what became of every check.
    fn not_run(&mut self) -> io::Result<()> {
        if self.detail > Detail::Little {
            writeln!(self.out)?;
        }
        if self.detail == Detail::Usual && !self.disputed.is_empty() {
            let line = self.disputed_in_short();
            self.remark("disputed:", &line)?;
        }
        if let Some(not_run) = not_run(self.started.as_ref(), &self.skipped, self.interrupted) {
            self.remark("not run:", &not_run)?;
        }
        if self.detail > Detail::Little && !self.summary.interrupted {
            let summary = self.summary.to_string();
            lines(&mut self.out, &summary, "  ", Style::new())?;
        }
        Ok(())
    }

    fn verdict(&mut self, finished: &Finished) -> io::Result<()> {
        let target = self.started.as_ref().map_or("", |started| started.target.as_str());
        let line = verdict_line(target, &self.summary, self.strict, finished.elapsed);
        let style = match self.summary.outcome(self.strict) {
            RunOutcome::Passed => GOOD,
            RunOutcome::Failed | RunOutcome::NotSetUp => BAD,
            _ => UNSURE,
        };
        writeln!(self.out, "{style}{line}{style:#}")
    }

    /// Writes a line for each area; for an interrupted run, only for those where something ran.
    fn areas(&mut self, is_interrupted: bool) -> io::Result<()> {
        if is_interrupted {
            self.areas.retain(|_, counts| counts.verdicts.keys().any(|verdict| *verdict != Verdict::Skip));
        }
        let is_bad = |counts: &AreaVerdicts| counts.verdicts.keys().any(|verdict| *verdict >= Verdict::Untestable);
        if self.detail == Detail::Usual && self.areas.values().any(is_bad) {
            let all = self.areas.len();
            self.areas.retain(|_, counts| is_bad(counts));
            let others = count(all - self.areas.len(), "other area", "other areas");
            writeln!(self.out, "Failures by area; {others} without any:")?;
        }
        let width = self.areas.keys().map(String::len).max().unwrap_or_default();
        for (area, AreaVerdicts { verdicts, disputed }) in &self.areas {
            let all = verdicts.values().sum::<usize>() + disputed;
            let passed = verdicts.get(&Verdict::Pass).copied().unwrap_or_default();
            let worst = verdicts.keys().max().copied().unwrap_or(Verdict::Pass);
            let style = style(worst);
            write!(self.out, "  {area:<width$}  {:>12}: ", count(all, "check ", "checks"))?;
            write!(self.out, "{style}{} passed{style:#}", thousands(passed))?;
            for (verdict, number) in verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::Pass) {
                write!(self.out, ", {} {}", thousands(*number), after_a_number(*verdict))?;
            }
            if *disputed > 0 {
                write!(self.out, ", {} disputed", thousands(*disputed))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Writes the known differences of the target.
    fn known(&mut self) -> io::Result<()> {
        if !self.bugs.is_empty() {
            writeln!(self.out, "\n{STRONG}Known bugs{STRONG:#} of the reference deployment, which this target has:")?;
        }
        for (bug, checks) in std::mem::take(&mut self.bugs) {
            write!(self.out, "  ")?;
            lines(&mut self.out, &format!("{bug} ({})", count(checks, "check", "checks")), "    ", Style::new())?;
        }
        if !self.known.is_empty() {
            writeln!(self.out, "\n{STRONG}Known{STRONG:#}: this target differs exactly as divergences.toml states.")?;
        }
        for line in std::mem::take(&mut self.known) {
            write!(self.out, "  ")?;
            lines(&mut self.out, &line, "    ", Style::new())?;
        }
        Ok(())
    }

    /// Writes every reason to skip, in full.
    fn reasons_to_skip(&mut self) -> io::Result<()> {
        for (because, number) in self.skipped.clone() {
            writeln!(self.out)?;
            self.remark(&format!("skipped {}:", thousands(number)), &because)?;
        }
        Ok(())
    }

    /// Returns one line on the disputed rules: `51 checks of 23 rules do not count; 3 of them fail (-v shows them)`.
    fn disputed_in_short(&self) -> String {
        let checks = self.disputed.values().flatten();
        let failed = checks.clone().filter(|check| check.verdict() >= Verdict::Untestable).count();
        let fail = match failed {
            0 => String::new(),
            1 => "; 1 of them fails".to_owned(),
            failed => format!("; {} of them fail", thousands(failed)),
        };
        let rules = count(self.disputed.len(), "rule", "rules");
        let number = checks.count();
        let do_not = if number == 1 { "does not" } else { "do not" };
        format!("{} of {rules} {do_not} count{fail} (-v shows them)", count(number, "check", "checks"))
    }

    /// Writes every disputed rule.
    fn disputed(&mut self) -> io::Result<()> {
        if !self.disputed.is_empty() {
            let why = "sources disagree, so these checks do not count";
            writeln!(self.out, "\n{STRONG}Disputed{STRONG:#}: {why}.")?;
        }
        for checks in std::mem::take(&mut self.disputed).values() {
            self.dispute(checks)?;
        }
        Ok(())
    }

    /// Writes what the sources say about a rule, and what this target does.
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
        for check in checks {
            let because = check.because().map(|because| format!(": {because}")).unwrap_or_default();
            write!(self.out, "      {} ", check.verdict())?;
            lines(&mut self.out, &format!("{}{because}", check.id), "        ", Style::new())?;
        }
        Ok(())
    }
}

/// The output for people, without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        let mut terminal = Terminal::new(&mut text, self.strict);
        self.events().try_for_each(|event| terminal.show(&event)).map_err(|_| fmt::Error)?;
        terminal.end(self).map_err(|_| fmt::Error)?;
        drop(terminal);
        f.write_str(&anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string())
    }
}

/// `groups/lists-all (target-bug, 12 days, until 2027-02-24): it is being fixed, https://bugs.example.com/17`
fn known(check: &CheckResult, divergence: &DivergenceResult) -> String {
    let DivergenceResult { class, age_days, review_by, reason, link, .. } = divergence;
    let link = link.as_ref().map(|link| format!(", {link}")).unwrap_or_default();
    format!("{} ({class}, {}, until {review_by}): {reason}{link}", check.id, days(*age_days))
}

/// `1 day`, `12 days`
fn days(number: i64) -> String {
    format!("{number} {}", if number == 1 { "day" } else { "days" })
}

/// Returns what the worst verdict on a disputed rule says of a target.
pub(super) fn on_dispute(worst: Verdict) -> &'static str {
    match worst {
        Verdict::Pass | Verdict::Flaky => "answers as the deployment",
        Verdict::Fail => "answers differently",
        Verdict::Known => "answers differently, as is known",
        Verdict::Stale => "has a stale divergence",
        Verdict::Skip => "was not tested",
        Verdict::Untestable | Verdict::Error => "cannot be judged",
    }
}
