//! `explain`: explains a rule, a check, a scenario, an area, a defect, a quirk or a verdict.

use std::io::{self, Write};

use anstyle::Style;
use syncano_conformance::judge::{ReplayWay, Verdict};
use syncano_conformance::report::{area_of, labelled};
use syncano_conformance::selftest::Wrong;
use syncano_suite::{
    AccessCase, AccessEndpoint, AccessTable, Assertion, BuiltInCheck, Check, Level, Pin, Rule, Scenario, Step, Suite,
};

use super::Exit;
use super::named;
use super::output::Output;
use super::print_error::print_error;
use super::suite::SuiteArgs;

const STRONG: Style = Style::new().bold();

/// The width of the labels.
const WIDTH: usize = 9;

/// Explain a rule, check, scenario, area, defect, quirk or verdict
///
/// A rule is shown with its source and its checks. A check is shown with its rule, its scenario,
/// its step and request, its witnesses, and the defects that it must notice.
#[derive(clap::Args, Debug)]
pub struct ExplainArgs {
    /// Name, code, or last part of a name: R95, reset-key, by-the-user, flaky
    ///
    /// A word is the name of a rule, check, scenario, area, defect, quirk or verdict, or the code
    /// of a rule, in any case. The last part of a name is enough if no other name has it.
    #[arg(value_name = "WORD")]
    word: String,

    #[command(flatten)]
    suite: SuiteArgs,
}

/// Runs the command.
pub fn run(args: &ExplainArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read_sound()?;
    let name = named::find(&suite, &args.word).map_err(|error| {
        print_error(error);
        Exit::Nothing
    })?;
    let mut text = Vec::new();
    // Writing to memory cannot fail, and `finish` reports write errors of the output.
    let _ = explain(&suite, &name, &mut text);
    let mut out = Output::new();
    let _ = out.write_all(&text);
    Ok(out.finish(Exit::Ok))
}

/// Explains everything that has a name. A rule, a check and a scenario may have the same name.
fn explain(suite: &Suite, word: &str, out: &mut Vec<u8>) -> io::Result<()> {
    explain_area(suite, word, out)?;
    if let Some(wrong) = Wrong::named(word) {
        explain_wrong(suite, &wrong, out)?;
    }
    if let Some(verdict) = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word) {
        heading("verdict", word, out)?;
        say("meaning", meaning(verdict), out)?;
    }
    if let Some((name, rule)) = suite.rules.iter().find(|(name, rule)| *name == word || rule.code == word) {
        heading("rule", name, out)?;
        promise(rule, out)?;
        checks_of(suite, name, out)?;
    }
    for scenario in &suite.scenarios {
        if scenario.name == word {
            whole_scenario(scenario, out)?;
        }
        if let Some((step, check)) = scenario.checks().find(|(_, check)| check.id.as_str() == word) {
            explain_scenario(suite, scenario, step, check, out)?;
        }
        for check in scenario.built_in.iter().filter(|check| check.id(&scenario.name).as_str() == word) {
            built_in(suite, *check, &scenario.name, &scenario.title, out)?;
        }
        if let Some(way) = ReplayWay::ALL.into_iter().find(|way| way.check(scenario).as_str() == word) {
            replay(scenario, way, out)?;
        }
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        if endpoint.full_name() == word {
            whole_endpoint(endpoint, out)?;
        }
        for check in BuiltInCheck::ALL.into_iter().filter(|check| check.id(&endpoint.full_name()).as_str() == word) {
            built_in(suite, check, &endpoint.full_name(), "the access table", out)?;
        }
        if let Some(case) = endpoint.cases.iter().find(|case| case.id.as_str() == word) {
            explain_endpoint(suite, endpoint, case, out)?;
        }
    }
    Ok(())
}

/// Explains an area by its scenarios, endpoints and rules.
fn explain_area(suite: &Suite, word: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let scenarios = suite.scenarios.iter().filter(|scenario| area_of(&scenario.name) == word).collect::<Vec<_>>();
    let rules = suite.rules.iter().filter(|(name, _)| area_of(name) == word).collect::<Vec<_>>();
    let endpoints = suite.access.iter().filter(|_| word == AccessTable::AREA).flat_map(|table| &table.endpoints);
    let endpoints = endpoints.collect::<Vec<_>>();
    if scenarios.is_empty() && rules.is_empty() && endpoints.is_empty() {
        return Ok(());
    }
    heading("area", word, out)?;
    for scenario in scenarios {
        say("scenario", &format!("{}: {}", scenario.name, scenario.title), out)?;
    }
    for endpoint in endpoints {
        say("endpoint", &format!("{}: {}", endpoint.full_name(), endpoint.path), out)?;
    }
    rules.iter().try_for_each(|(name, rule)| say("rule", &format!("{name} ({}, {})", rule.code, rule.level), out))
}

fn explain_wrong(suite: &Suite, wrong: &Wrong, out: &mut Vec<u8>) -> io::Result<()> {
    let kind = if wrong.defect().is_some() { "defect" } else { "quirk" };
    heading(kind, wrong.name(), out)?;
    say("about", wrong.about(), out)?;
    let pinned = suite.pins.get(wrong.name()).into_iter().flat_map(Pin::ids);
    pinned.enumerate().try_for_each(|(number, id)| say(if number == 0 { "noticed" } else { "" }, id, out))?;
    say("try", &format!("`run --{kind}s {}`", wrong.name()), out)
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "the assertion holds, and nothing makes the result doubtful",
        Verdict::Skip => "the check was not run: the target lacks what it needs, or nothing may be written there",
        Verdict::Known => "the check fails exactly as divergences.toml states for this target",
        Verdict::Flaky => "the assertion holds, but only after a retry",
        Verdict::Stale => "an entry of divergences.toml, or a snapshot, is not needed any more, or is overdue",
        Verdict::Untestable => "the check proves nothing: its witness failed, or a value that it needs is missing",
        Verdict::Fail => "the assertion does not hold",
        Verdict::Error => "no response came, or it could not be judged",
    }
}

fn whole_scenario(scenario: &Scenario, out: &mut Vec<u8>) -> io::Result<()> {
    heading("scenario", &scenario.name, out)?;
    say("at", &scenario.source.path, out)?;
    say("promised", &scenario.title, out)?;
    for step in &scenario.steps {
        say("step", &format!("{}: {}", step.name, request(step)), out)?;
        for check in &step.checks {
            say("check", &format!("{}: {}", check.id, stated(&check.assertion)), out)?;
        }
    }
    Ok(())
}

fn whole_endpoint(endpoint: &AccessEndpoint, out: &mut Vec<u8>) -> io::Result<()> {
    heading("endpoint", &endpoint.full_name(), out)?;
    say("at", &endpoint.place.to_string(), out)?;
    say("path", &endpoint.path.to_string(), out)?;
    endpoint.cases.iter().try_for_each(|case| say("check", &format!("{}: {}", case.id, case.expected), out))
}

fn heading(kind: &str, name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let between = if out.is_empty() { "" } else { "\n" };
    writeln!(out, "{between}{kind} {STRONG}{name}{STRONG:#}")
}

fn say(label: &str, text: &str, out: &mut Vec<u8>) -> io::Result<()> {
    labelled(out, label, WIDTH, text)
}

fn promise(rule: &Rule, out: &mut Vec<u8>) -> io::Result<()> {
    say("code", &rule.code, out)?;
    say("promised", &rule.statement, out)?;
    let by = match rule.level {
        Level::Seed => "the User Key page of the manual",
        Level::Public => "another public page",
        Level::Observed => "the reference deployment, but no page",
        Level::Sane => "no page; no API may do otherwise",
    };
    say("by", &format!("{by} ({}): {}", rule.level, rule.source), out)?;
    if let Some(dispute) = &rule.disputed {
        say("disputed", &format!("the page: {}", dispute.page), out)?;
        say("", &format!("the deployment: {}", dispute.deployment), out)?;
        say("", "its checks do not count, except with --strict", out)?;
    }
    rule.excluded.iter().try_for_each(|why| say("unchecked", why, out))
}

/// Lists the checks of a rule with their requests.
fn checks_of(suite: &Suite, rule: &str, out: &mut Vec<u8>) -> io::Result<()> {
    for scenario in &suite.scenarios {
        for (step, check) in scenario.checks().filter(|(_, check)| check.rule.as_deref() == Some(rule)) {
            say("check", check.id.as_str(), out)?;
            say("", &format!("{}: {}", check.place, scenario.title), out)?;
            say("", &format!("{}: {}", request(step), stated(&check.assertion)), out)?;
            noticed(suite, check.id.as_str(), out)?;
        }
    }
    match BuiltInCheck::ALL.into_iter().find(|check| check.rule() == Some(rule)) {
        Some(check) => {
            say("check", check.id("AREA/NAME").as_str(), out)?;
            say("", &format!("one in every scenario and every endpoint of the access table: {}", check.promise()), out)
        }
        None => Ok(()),
    }
}

fn explain_scenario(
    suite: &Suite,
    scenario: &Scenario,
    step: &Step,
    check: &Check,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    heading("check", check.id.as_str(), out)?;
    say("at", &check.place.to_string(), out)?;
    match check.rule.as_ref().and_then(|name| Some((name, suite.rules.get(name)?))) {
        Some((name, rule)) => {
            say("rule", name, out)?;
            promise(rule, out)?;
        }
        None => say("rule", "none: it supports the other checks of its scenario", out)?,
    }
    say("scenario", &format!("{}: {}", scenario.name, scenario.title), out)?;
    say("step", &format!("{}: {}", step.name, request(step)), out)?;
    if check.witness {
        say("witness", "if it fails, the negative checks of its scenario are untestable", out)?;
    } else if check.assertion.is_negative() {
        let witnesses = scenario.checks().filter(|(_, check)| check.witness).map(|(_, check)| check.id.as_str());
        say("rests on", &witnesses.collect::<Vec<_>>().join(", "), out)?;
    }
    noticed(suite, check.id.as_str(), out)?;
    writeln!(out)?;
    text_of(step).iter().try_for_each(|line| writeln!(out, "  {line}"))
}

fn explain_endpoint(suite: &Suite, endpoint: &AccessEndpoint, case: &AccessCase, out: &mut Vec<u8>) -> io::Result<()> {
    let caller = suite.access.as_ref().and_then(|table| table.callers.get(case.caller));
    let caller = caller.map_or("nobody", |caller| caller.word.as_str());
    heading("check", case.id.as_str(), out)?;
    say("at", &case.place.to_string(), out)?;
    say("case", &format!("access case of the endpoint {}", endpoint.name), out)?;
    say("step", &format!("{} {} as {caller}", case.method, endpoint.path), out)?;
    say("expected", &case.expected.to_string(), out)?;
    if case.expected.is_rejection() {
        say("rests on", "the first caller in the table that may use the method", out)?;
    }
    if case.expected.changes_nothing() && !case.method.is_safe() {
        say("compared", "the administrator reads the data before and after: a rejected request changes nothing", out)?;
    }
    noticed(suite, case.id.as_str(), out)
}

fn built_in(suite: &Suite, check: BuiltInCheck, name: &str, title: &str, out: &mut Vec<u8>) -> io::Result<()> {
    heading("check", check.id(name).as_str(), out)?;
    match check.rule().and_then(|name| Some((name, suite.rules.get(name)?))) {
        Some((name, rule)) => {
            say("rule", name, out)?;
            promise(rule, out)?;
        }
        None => say("promised", check.promise(), out)?,
    }
    say("scenario", &format!("{name}: {title}"), out)?;
    let looks_at = match check {
        BuiltInCheck::Leak => "each response is searched for the names, notes, titles, passwords and keys of the world",
        BuiltInCheck::Answers => "the status, the Content-Type and the body of each response",
        BuiltInCheck::Headers => "the headers of each response to a request with a key",
    };
    say("step", &format!("every step: {looks_at}"), out)
}

fn replay(scenario: &Scenario, way: ReplayWay, out: &mut Vec<u8>) -> io::Result<()> {
    heading("check", way.check(scenario).as_str(), out)?;
    let promised = match way {
        ReplayWay::Twice => "the same request gets the same response again",
        ReplayWay::InTheQuery => "the response is the same with the keys in the query",
        ReplayWay::WithListParameters => "no page, order or choice of members shows more than the whole list",
        ReplayWay::AsAnotherUser => "another user of the instance sees only data that they may see",
        ReplayWay::WithTheOldKey => "a user key that was reset shows nothing",
        ReplayWay::FromAnotherInstance => "the path of another instance shows nothing of this instance",
        ReplayWay::AsTheAdministrator => "the administrator sees everything that the caller saw",
    };
    say("promised", promised, out)?;
    say("scenario", &format!("{}: {}", scenario.name, scenario.title), out)?;
    say("step", "`run --replays` sends every read of the scenario again", out)
}

/// Lists the defects that the check is pinned to.
fn noticed(suite: &Suite, id: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let pinned = suite.pins.iter().filter(|(_, pin)| pin.ids().any(|pinned| pinned == id)).map(|(defect, _)| defect);
    for (number, defect) in pinned.enumerate() {
        let about = Wrong::named(defect).map(|wrong| wrong.about()).unwrap_or_default();
        say(if number == 0 { "notices" } else { "" }, &format!("{defect}: {about}"), out)?;
    }
    Ok(())
}

/// `GET /user/ as alice`
fn request(step: &Step) -> String {
    format!("{} {} as {}", step.method, step.path, step.principal)
}

/// Returns the assertion in a word or two.
fn stated(assertion: &Assertion) -> String {
    match assertion {
        Assertion::Status(status) => format!("status {status}"),
        assertion => assertion.keyword().to_owned(),
    }
}

/// Returns the lines of a step in its file, without their indentation.
fn text_of(step: &Step) -> Vec<String> {
    let lines = step.place.source.text.lines().collect::<Vec<_>>();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let sends = step.place.line.saturating_sub(1);
    let Some(of_send) = lines.get(sends) else { return Vec::new() };
    // The step begins with the list item whose members have the indentation of `send`.
    let members = indent(of_send) + if is_item(of_send) { 2 } else { 0 };
    let begins = |line: &str| is_item(line) && indent(line) + 2 == members;
    let first = (0..=sends).rev().find(|number| lines.get(*number).is_some_and(|line| begins(line))).unwrap_or(sends);
    let rest = lines.iter().skip(first + 1).take_while(|line| line.trim().is_empty() || indent(line) >= members);
    let mut text = lines.iter().skip(first).take(1).chain(rest).copied().collect::<Vec<_>>();
    while text.last().is_some_and(|line| line.trim().is_empty()) {
        text.pop();
    }
    text.into_iter().map(|line| line.get(members.saturating_sub(2)..).unwrap_or_default().to_owned()).collect()
}
