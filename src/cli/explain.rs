//! `explain`: explains a rule or a check.

use std::io::{self, Write};

use anstyle::Style;
use syncano_conformance::defects::{self, Defect};
use syncano_conformance::harness::check_ids;
use syncano_conformance::judge::ReplayWay;
use syncano_conformance::report::labelled;
use syncano_conformance::scenario::diagnostic::nearest;
use syncano_conformance::scenario::file::CheckId;
use syncano_conformance::scenario::{AccessCase, Assertion, Check, Endpoint, Level, Rule, Scenario, Step, Suite};

use super::Exit;
use super::output::Output;
use super::print_error::print_error;
use super::suite::SuiteArgs;

const STRONG: Style = Style::new().bold();

/// The width of the labels.
const WIDTH: usize = 9;

/// Tell what is promised, by whom, and how it is checked
///
/// Of a rule its checks, and of a check its rule, its scenario, the step with the request, what the check rests on, and which
/// defects of the simulator it must notice.
#[derive(clap::Args, Debug)]
pub struct ExplainArgs {
    /// The name or the code of a rule, or the id of a check
    #[arg(value_name = "RULE|CHECK")]
    word: String,

    #[command(flatten)]
    suite: SuiteArgs,
}

/// Runs the command to its end.
pub fn run(args: &ExplainArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read_sound()?;
    let word = args.word.as_str();
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = explain(&suite, word, &mut text);
    if text.is_empty() {
        let ids = check_ids(&suite);
        let known = suite.rules.keys().map(String::as_str).chain(ids.iter().map(String::as_str));
        let hint = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`list --rules` shows the rules, and `list` the checks".to_owned(),
        };
        print_error(format_args!("there is no rule and no check {word:?}\n  hint: {hint}"));
        return Err(Exit::Nothing);
    }
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = out.write_all(&text);
    Ok(out.finish(Exit::Ok))
}

/// Whatever the word names; nothing where it names nothing. A rule and a check may have one name.
fn explain(suite: &Suite, word: &str, out: &mut Vec<u8>) -> io::Result<()> {
    if let Some((name, rule)) = suite.rules.iter().find(|(name, rule)| *name == word || rule.code == word) {
        heading("rule", name, out)?;
        promise(rule, out)?;
        checks_of(suite, name, out)?;
    }
    for scenario in &suite.scenarios {
        if let Some((step, check)) = scenario.checks().find(|(_, check)| check.id.as_str() == word) {
            of_scenario(suite, scenario, step, check, out)?;
        }
        if CheckId::leak_check(&scenario.name).as_str() == word {
            leak_check(scenario.name.as_str(), &scenario.title, out)?;
        }
        if let Some(way) = ReplayWay::ALL.into_iter().find(|way| way.check(scenario).as_str() == word) {
            replay(scenario, way, out)?;
        }
    }
    for endpoint in suite.access.iter().flat_map(|table| &table.endpoints) {
        if CheckId::leak_check(&endpoint.full_name()).as_str() == word {
            leak_check(&endpoint.full_name(), "Who may do what", out)?;
        }
        if let Some(cell) = endpoint.cases.iter().find(|cell| cell.id.as_str() == word) {
            of_table(suite, endpoint, cell, out)?;
        }
    }
    Ok(())
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
        Level::Observed => "no page, but the reference deployment does so",
    };
    say("by", &format!("{by} ({}): {}", rule.level, rule.source), out)?;
    if let Some(dispute) = &rule.disputed {
        say("disputed", &format!("the page: {}", dispute.page), out)?;
        say("", &format!("the deployment: {}", dispute.deployment), out)?;
        say("", "its checks are judged and shown apart; with --strict they count", out)?;
    }
    rule.excluded.iter().try_for_each(|why| say("unchecked", why, out))
}

/// The checks of a rule, with what each asks.
fn checks_of(suite: &Suite, rule: &str, out: &mut Vec<u8>) -> io::Result<()> {
    for scenario in &suite.scenarios {
        for (step, check) in scenario.checks().filter(|(_, check)| check.rule.as_deref() == Some(rule)) {
            say("check", check.id.as_str(), out)?;
            say("", &format!("{}: {}", check.place, scenario.title), out)?;
            say("", &format!("{}: {}", request(step), stated(&check.assertion)), out)?;
            noticed(suite, check.id.as_str(), out)?;
        }
    }
    Ok(())
}

fn of_scenario(suite: &Suite, scenario: &Scenario, step: &Step, check: &Check, out: &mut Vec<u8>) -> io::Result<()> {
    heading("check", check.id.as_str(), out)?;
    say("at", &check.place.to_string(), out)?;
    match check.rule.as_ref().and_then(|name| Some((name, suite.rules.get(name)?))) {
        Some((name, rule)) => {
            say("rule", name, out)?;
            promise(rule, out)?;
        }
        None => say("rule", "none: it supports the checks beside it", out)?,
    }
    say("scenario", &format!("{}: {}", scenario.name, scenario.title), out)?;
    say("step", &format!("{}: {}", step.name, request(step)), out)?;
    if check.witness {
        say("witness", "the negative checks of its scenario are untestable where it does not hold", out)?;
    } else if check.assertion.is_negative() {
        let witnesses = scenario.checks().filter(|(_, check)| check.witness).map(|(_, check)| check.id.as_str());
        say("rests on", &witnesses.collect::<Vec<_>>().join(", "), out)?;
    }
    noticed(suite, check.id.as_str(), out)?;
    writeln!(out)?;
    text_of(step).iter().try_for_each(|line| writeln!(out, "  {line}"))
}

fn of_table(suite: &Suite, endpoint: &Endpoint, cell: &AccessCase, out: &mut Vec<u8>) -> io::Result<()> {
    let caller = suite.access.as_ref().and_then(|table| table.callers.get(cell.caller));
    let caller = caller.map_or("nobody", |caller| caller.word.as_str());
    heading("check", cell.id.as_str(), out)?;
    say("at", &cell.place.to_string(), out)?;
    say("cell", &format!("of the access table: who may do what with {}", endpoint.name), out)?;
    say("step", &format!("{} {} as {caller}", cell.method, endpoint.path), out)?;
    say("expected", &cell.expected.to_string(), out)?;
    if cell.expected.is_rejection() {
        say("rests on", "the first caller of the table whom the method does not refuse", out)?;
    }
    if cell.expected.changes_nothing() && !cell.method.is_safe() {
        say("looked at", "the administrator looks before and after: what was refused must not have happened", out)?;
    }
    noticed(suite, cell.id.as_str(), out)
}

fn leak_check(name: &str, title: &str, out: &mut Vec<u8>) -> io::Result<()> {
    heading("check", &format!("leak/{name}"), out)?;
    say("promised", "no answer shows what its principal must not see", out)?;
    say("scenario", &format!("{name}: {title}"), out)?;
    say(
        "step",
        "every step: all of each answer is searched for the names, notes, titles, passwords and keys of its world",
        out,
    )
}

fn replay(scenario: &Scenario, way: ReplayWay, out: &mut Vec<u8>) -> io::Result<()> {
    heading("check", way.check(scenario).as_str(), out)?;
    let promised = match way {
        ReplayWay::Twice => "the same request once more is answered the same",
        ReplayWay::InTheQuery => "with the keys in the query the answer is the same as with headers",
        ReplayWay::AsAnotherUser => "another user of the instance is shown nothing that is not for him",
        ReplayWay::WithTheOldKey => "a user key that a reset has ended shows nothing",
        ReplayWay::FromAnotherInstance => "the path of another instance shows nothing of this one",
        ReplayWay::AsTheAdministrator => "the administrator sees all that was shown",
    };
    say("promised", promised, out)?;
    say("scenario", &format!("{}: {}", scenario.name, scenario.title), out)?;
    say("step", "everything that the scenario reads is asked for again, with `run --replays`", out)
}

/// The defects of the simulator that a check is pinned to.
fn noticed(suite: &Suite, id: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let pinned = suite.pins.iter().filter(|(_, pin)| pin.ids().any(|pinned| pinned == id)).map(|(defect, _)| defect);
    for (number, defect) in pinned.enumerate() {
        let about = defects::named(defect).map(Defect::about).unwrap_or_default();
        say(if number == 0 { "notices" } else { "" }, &format!("{defect}: {about}"), out)?;
    }
    Ok(())
}

/// `GET /user/ as alice`
fn request(step: &Step) -> String {
    format!("{} {} as {}", step.method, step.path, step.principal)
}

/// What has to be true, in a word or two.
fn stated(assertion: &Assertion) -> String {
    match assertion {
        Assertion::Status(status) => format!("status {status}"),
        assertion => assertion.keyword().to_owned(),
    }
}

/// The lines of the file in which a step stands, without what is left of it.
fn text_of(step: &Step) -> Vec<String> {
    let lines = step.place.source.text.lines().collect::<Vec<_>>();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let sends = step.place.line.saturating_sub(1);
    let Some(of_send) = lines.get(sends) else { return Vec::new() };
    // The step begins with the item whose members stand where `send` does.
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
