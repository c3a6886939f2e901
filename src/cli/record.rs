//! `record`: writes snapshots of the responses of a target.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use syncano_conformance::harness::{
    self, CheckResult, Event, Finished, Handles, Plan, ScenarioResult, Selection, Target, begin_journal,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{count, difference};
use syncano_suite::{Assertion, Provenance, Suite, snapshot_file};
use tokio::sync::watch;

use super::Exit;
use super::chosen::Chosen;
use super::output::Output;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;
use super::run::{CommandError, built_in};
use super::signal::Interruptions;
use super::suite::{SuiteArgs, select, show};
use super::target_args::TargetArgs;
use super::wrong_args::WrongArgs;

/// Write snapshots of the responses of a target, if they are always the same
///
/// Runs the scenarios that have snapshots several times, each time in new worlds. If all runs get
/// the same responses, byte for byte, and all witnesses hold, the new and changed snapshots are
/// written to the folder --snapshots [default: snapshots], which has to exist. Otherwise the
/// differences are printed, and nothing is written.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct RecordArgs {
    /// Areas, scenarios, checks or rules to record [default: all]
    ///
    /// A word is the beginning of a path, of a check id or of a rule name, or the code of a rule.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// Number of runs that have to get the same responses
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=20))]
    runs: u8,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten, next_help_heading = "The built-in simulator")]
    wrong: WrongArgs,

    #[command(flatten, next_help_heading = "Files")]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    all snapshots match the target now
  1    the responses of the runs differ, or a witness failed; nothing was
       written
  2    the command line is wrong, a key is missing, or a snapshot or the output
       cannot be written
  4    nothing with a snapshot was selected, or nothing ran
  5    a scenario, rules.toml or conformance.toml is not valid; nothing was sent
  6    the target could not be reached or set up
  8    the snapshots were written, but some created resources could not be
       deleted
  70   a bug of this program
  130  interrupted; nothing was written";

/// A check whose response cannot become a snapshot, or whose witness failed.
struct UnfitCheck<'r> {
    scenario: &'r ScenarioResult,
    check: &'r CheckResult,
    because: String,
}

/// Runs the command.
pub fn run(args: &RecordArgs) -> Result<Exit, Exit> {
    let chosen = args.target.choose()?;
    let mut suite = args.suite.read_to_record()?;
    let conflicts = suite.conflicts_before_recording();
    if !conflicts.is_empty() {
        return Err(show(&conflicts));
    }
    let selection = select(Selection::new(args.words.clone()), &suite, false)?;
    let selected = selection.scenarios(&suite);
    let mut number = 0..;
    suite.scenarios.retain(|scenario| {
        let is_selected = number.next().is_some_and(|number| selected.contains(&number));
        is_selected && scenario.checks().any(|(_, check)| matches!(check.assertion, Assertion::Snapshot(_)))
    });
    if suite.scenarios.is_empty() {
        print_error("nothing that is selected has a snapshot\n  hint: `list` shows all areas, scenarios and checks");
        return Err(Exit::Nothing);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime.map_err(CommandError::from).and_then(|runtime| runtime.block_on(record(args, chosen, suite)));
    ended.map_err(|error| {
        print_error(&error);
        error.exit()
    })
}

async fn record(args: &RecordArgs, chosen: Chosen, suite: Suite) -> Result<Exit, CommandError> {
    let (target, _running) = chosen.reach(built_in(&args.wrong, None, &chosen)?).await?;
    let is_live = chosen.is_live();
    let plan = chosen.plan();
    let (stop, stopped) = watch::channel(false);
    let twice_interrupted = Interruptions::listen()?.end(stop, "; `sweep` deletes the remaining resources".to_owned());
    let mut out = Output::new();
    let recorded = recorded(args, target, is_live, &plan, suite, stopped, &mut out);
    let exit = tokio::select! {
        exit = recorded => exit?,
        () = twice_interrupted => Exit::Interrupted,
    };
    Ok(out.finish(exit))
}

/// Runs the scenarios several times, then writes the snapshots.
async fn recorded(
    args: &RecordArgs,
    target: Target,
    is_live: bool,
    plan: &Plan,
    suite: Suite,
    stopped: watch::Receiver<bool>,
    out: &mut Output,
) -> Result<Exit, CommandError> {
    let before = suite.snapshots.clone();
    let mut suite = Arc::new(suite);
    let mut taken = BTreeMap::new();
    let mut has_left_behind = false;
    for number in 1..=args.runs {
        let plan = plan.again();
        let writes = is_live && plan.writes;
        let journal = writes.then(|| begin_journal(None, &target, &plan)).transpose()?;
        // Write errors of `out` are reported at the end, here and below.
        let _ = writeln!(out, "run {number} of {}: {} on {}", args.runs, plan.id, target.name());
        let handles = Handles { stop: stopped.clone(), trace: None, journal };
        let (results, end) = run_once(&suite, target.clone(), is_live, plan, handles).await?;
        has_left_behind |= remarks(out, end.as_ref());
        if end.is_some_and(|end| end.interrupted) {
            let _ = writeln!(out, "interrupted; nothing was written");
            return Ok(Exit::Interrupted);
        }
        let unfit = unfit(&suite, &results, number > 1);
        if !unfit.is_empty() {
            let _ = print_unfit(out, &unfit);
            return Ok(Exit::Failed);
        }
        if number == 1 {
            skipped(out, &results);
            let checks = results.into_iter().flat_map(|result| result.checks);
            taken = checks.filter_map(|check| check.snapshot).collect();
            // The responses of the other runs have to match those of the first, which no longer
            // shares the suite.
            if let Some(suite) = Arc::get_mut(&mut suite) {
                suite.snapshots.extend(taken.clone());
            }
        }
    }
    if taken.is_empty() {
        print_error("nothing ran\n  hint: the reasons are printed above");
        return Ok(Exit::Nothing);
    }
    let folder = args.suite.snapshots_to_record();
    write(&folder, target.name(), &suite, &before, &taken, out).map_err(|error| {
        let folder = folder.display();
        CommandError::Usage(format!(
            "snapshots cannot be written to {folder}: {error}\n  hint: name a folder with --snapshots"
        ))
    })?;
    Ok(if has_left_behind { Exit::LeftBehind } else { Exit::Ok })
}

/// Runs all scenarios of the suite once.
async fn run_once(
    suite: &Arc<Suite>,
    target: Target,
    is_live: bool,
    plan: Plan,
    handles: Handles,
) -> Result<(Vec<ScenarioResult>, Option<Finished>), CommandError> {
    let mut results = Vec::new();
    let mut end = None;
    let everything = Selection::default();
    let name = target.name().to_owned();
    let running = harness::run(Arc::clone(suite), &everything, target, plan, handles, |event| match event {
        Event::Started(_) => {}
        Event::Scenario(result) => results.push(result),
        Event::Finished(finished) => end = Some(finished),
    });
    running.await.map_err(|error| CommandError::not_set_up(name, &error, is_live))?;
    Ok((results, end))
}

/// Prints the resources that a run left behind, and its notes. Returns whether any resources are
/// left.
fn remarks(out: &mut Output, end: Option<&Finished>) -> bool {
    let left = end.iter().flat_map(|end| &end.left_behind).collect::<Vec<_>>();
    for left in &left {
        let _ = writeln!(out, "left behind: {left}");
    }
    for note in end.iter().flat_map(|end| &end.notes) {
        let _ = writeln!(out, "note: {note}");
    }
    !left.is_empty()
}

/// Returns the checks that keep the responses from becoming snapshots. If `are_known`, responses
/// have to match the first run.
fn unfit<'r>(suite: &Suite, results: &'r [ScenarioResult], are_known: bool) -> Vec<UnfitCheck<'r>> {
    let mut unfit = Vec::new();
    for (scenario, result) in suite.scenarios.iter().zip(results) {
        let checks = scenario.checks().map(|(_, check)| check).zip(&result.checks);
        for (check, judged) in checks.filter(|(_, judged)| judged.verdict() != Verdict::Skip) {
            let is_snapshot = matches!(check.assertion, Assertion::Snapshot(_));
            let is_good = matches!(judged.verdict(), Verdict::Pass | Verdict::Flaky);
            let reason = judged.because().unwrap_or("it did not pass");
            let because = match &result.unseen {
                Some(why) if is_snapshot => format!("its world cannot be seen: {why}"),
                _ if check.witness && !is_snapshot && !is_good => format!("a witness failed: {reason}"),
                _ if is_snapshot && judged.snapshot.is_none() => reason.to_owned(),
                _ if is_snapshot && are_known && !is_good => "the response differs from that of another run".to_owned(),
                _ => continue,
            };
            unfit.push(UnfitCheck { scenario: result, check: judged, because });
        }
    }
    unfit
}

fn print_unfit(out: &mut impl Write, unfit: &[UnfitCheck<'_>]) -> io::Result<()> {
    for UnfitCheck { scenario, check, because } in unfit {
        let name = check.snapshot.as_ref().map_or(&check.id, |(path, _)| path);
        writeln!(out, "\n{name}: {because}")?;
        writeln!(out, "  at   {}:{}:{}", scenario.file, check.line, check.column)?;
        writeln!(out, "  step {}", check.step)?;
        if let Some(evidence) = check.evidence() {
            writeln!(out, "  - expected  + actual")?;
            difference(out, &evidence.expected, &evidence.actual)?;
        }
    }
    writeln!(out, "\nnothing was written")
}

/// Prints the skipped scenarios.
fn skipped(out: &mut impl Write, results: &[ScenarioResult]) {
    for scenario in results {
        let mut checks = scenario.checks.iter().filter(|check| check.verdict() == Verdict::Skip);
        if let Some(because) = checks.find_map(|check| check.because()) {
            let _ = writeln!(out, "skipped {}: {because}", scenario.name);
        }
    }
}

/// Writes the new and changed snapshots: first all of them under other names, so that either all or
/// none replace the old ones.
fn write(
    folder: &Path,
    target: &str,
    suite: &Suite,
    before: &BTreeMap<String, String>,
    taken: &BTreeMap<String, String>,
    out: &mut Output,
) -> io::Result<()> {
    let recorded = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let mut pending = Vec::new();
    for scenario in &suite.scenarios {
        let (scenario_name, title) = (scenario.name.as_str(), scenario.title.as_str());
        let provenance = Provenance { scenario: scenario_name, title, target, recorded: &recorded };
        let names = scenario.checks().filter_map(|(_, check)| match &check.assertion {
            Assertion::Snapshot(name) => Some(scenario.snapshot_path(name)),
            _ => None,
        });
        for path in names {
            let Some(text) = taken.get(&path) else { continue };
            if before.get(&path) == Some(text) {
                continue;
            }
            let file = folder.join(format!("{path}.snap"));
            fs::create_dir_all(file.parent().unwrap_or(folder))?;
            let mut place = OutputFile::open(&file, Readers::Usual)?;
            place.fill(snapshot_file(text, &provenance).as_bytes())?;
            pending.push((path, text, place));
        }
    }
    let changed = pending.len();
    for (path, text, place) in pending {
        place.commit()?;
        match before.get(&path) {
            None => drop(writeln!(out, "new {path}.snap")),
            Some(before) => {
                let _ = writeln!(out, "changed {path}.snap").and_then(|()| difference(out, before, text));
            }
        }
    }
    let all = count(taken.len(), "snapshot matches", "snapshots match");
    let _ = writeln!(out, "\n{all} {target}; {} written", count(changed, "file", "files"));
    Ok(())
}
