//! `run`: runs the suite against a target.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::divergence::Entry;
use syncano_conformance::harness::{
    self, Handles, Journal, JournalError, Plan, RunId, Selection, TraceWriteError, TraceWriter, begin_journal,
};
use syncano_conformance::report::Report;
use syncano_conformance::scenario::Suite;
use syncano_simulator::Simulator;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::Exit;
use super::divergence_args::DivergenceArgs;
use super::part_args::PartArgs;
use super::print_error::print_error;
use super::report_file::{self, ReportFile, ReportFileError};
use super::result_args::ResultArgs;
use super::screen::Screen;
use super::signal::Interruptions;
use super::suite::SuiteArgs;
use super::target_args::{CannotReach, Chosen, TargetArgs};
use super::wrong_args::{BuiltIn, UnknownName, WrongArgs};

/// Run the suite against a target and judge what comes back
///
/// Without a target it is the built-in simulator. Every scenario works in an instance of its own, which is deleted
/// afterwards. A deployment is written to only with --allow-writes, or where its profile allows that. Options go before what
/// the profile says.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct RunArgs {
    #[command(flatten)]
    parts: PartArgs,

    /// Write down in this file what is made on a deployment, for `sweep` to remove where the run is killed [default: a file of
    /// the run's own in $XDG_STATE_HOME/syncano-conformance, or ~/.local/state/syncano-conformance]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Begin nothing new after the first failure [default: go on]
    #[arg(long)]
    fail_fast: bool,

    #[command(flatten)]
    results: ResultArgs,

    /// Write everything that is sent and received, with stand-ins for keys and passwords, to be judged again by `judge`
    /// [default: none]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// Make the simulator's keys and times, and the names of the run, repeat [default: others in every run]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    #[command(flatten, next_help_heading = "The target")]
    target: TargetArgs,

    #[command(flatten, next_help_heading = "The built-in simulator")]
    wrong: WrongArgs,

    #[command(flatten, next_help_heading = "The suite")]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = "The suite")]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    every selected check passed, or fails exactly as divergences.toml states
  1    a check failed, or an error kept one from being judged
  2    the command line is wrong, or a key is not where it was said to be; or all is well, and a report, a trace or the output
       cannot be written
  3    only snapshots or divergences that nobody needs, or divergences that are overdue, are wrong
  4    nothing was selected, or nothing ran
  5    a scenario, the registry of rules, conformance.toml or divergences.toml is not valid: nothing was sent
  6    the target could not be reached or set up: nothing was judged
  7    something was untestable, as what the run's time did not suffice for; with --strict also skipped or flaky
  8    all was judged, and something could not be removed; `sweep` tries again
  70   a defect of this program
  130  interrupted; what had been made was removed";

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// Nobody could be signed in on it.
    #[error("{target} could not be set up: {reason}\n  hint: {hint}")]
    NotSetUp { target: String, reason: String, hint: &'static str },
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportFileError),
    /// A trace cannot be written.
    #[error(transparent)]
    Trace(#[from] TraceWriteError),
    /// What is made cannot be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It cannot be spoken to.
    #[error(transparent)]
    Target(#[from] CannotReach),
    /// The system does not let it.
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
}

impl CommandError {
    /// The target could not be reached, or nobody be signed in.
    pub fn not_set_up(target: String, error: &harness::RunError, is_live: bool) -> CommandError {
        let hint = if is_live {
            "is the URL the one before /v1.1/, and are the keys those of the target?"
        } else {
            "this is a defect of the simulator"
        };
        CommandError::NotSetUp { target, reason: error.to_string(), hint }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            CommandError::Usage(_) | CommandError::Report(_) | CommandError::Trace(_) | CommandError::Journal(_) => {
                Exit::Usage
            }
            CommandError::NotSetUp { .. } | CommandError::Target(_) | CommandError::Start(_) => Exit::Unreachable,
        }
    }
}

/// Runs the command to its end.
pub fn run(args: &RunArgs) -> Result<Exit, Exit> {
    let chosen = args.target.choose()?;
    let suite = args.suite.read_sound()?;
    let divergences = args.divergences.entries(&suite)?;
    let selection = args.parts.select(&suite, chosen.is_live())?;
    // Over HTTP a run waits more than it works, and to hand an exchange from thread to thread takes longer than the exchange.
    let is_near = !chosen.is_live();
    let mut runtime = if is_near { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = runtime.enable_all().build();
    let judged = |runtime: Runtime| runtime.block_on(judge(args, chosen, suite, divergences, &selection));
    let ended = runtime.map_err(CommandError::from).and_then(judged);
    ended.map_err(|error| {
        print_error(&error);
        error.exit()
    })
}

async fn judge(
    args: &RunArgs,
    chosen: Chosen,
    suite: Suite,
    divergences: Vec<Entry>,
    selection: &Selection,
) -> Result<Exit, CommandError> {
    let others = [("--trace", args.trace.as_deref()), ("--journal", args.journal.as_deref())];
    let reports = ReportFile::open_all(&args.results.report, &others)?;
    if !chosen.is_live() && args.journal.is_some() {
        let message = "--journal is for deployments: what is made in the built-in simulator ends with it";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let (target, _running) = chosen.reach(built_in(&args.wrong, args.seed, &chosen)?).await?;
    let trace = args.trace.as_deref().map(TraceWriter::create).transpose()?.map(Arc::new);
    let name = target.name().to_owned();
    let is_live = chosen.is_live();
    let plan = Plan {
        all_requests: !args.results.report.is_empty(),
        fail_fast: args.fail_fast,
        strict: args.results.strict,
        divergences,
        id: args.seed.map_or_else(RunId::random, RunId::from_seed),
        ..args.parts.put_into(chosen.plan(), is_live)
    };
    let writes = is_live && plan.writes;
    let journal = writes.then(|| begin_journal(args.journal.as_deref(), &target, &plan)).transpose()?;
    let (stop, stopped) = watch::channel(false);
    let sweep = journal.as_ref().map(Journal::sweep_command);
    let left = sweep.map(|command| format!(": what is left can be removed with: {command}")).unwrap_or_default();
    let twice_interrupted = Interruptions::listen()?.end(stop, left);

    let parts = selection.parts(&suite, plan.access);
    let mut screen =
        Screen::new(args.results.detail, args.results.strict, args.parts.names_cells(), &args.results.report).of(parts);
    let mut events = Vec::new();
    let handles = Handles { stop: stopped, trace: trace.clone(), journal };
    let running = harness::run(Arc::new(suite), selection, target, plan, handles, |event| {
        screen.show(&event);
        events.push(event);
    });
    let ended = tokio::select! {
        ended = running => ended,
        () = twice_interrupted => return Ok(Exit::Interrupted),
    };
    let report = Report::of(&events, args.results.strict);
    let outcome = report_file::write_all(reports, &report, report.outcome().into());
    let recorded = trace.map_or(Ok(()), |trace| trace.finish());
    ended.map_err(|error| CommandError::not_set_up(name, &error, is_live))?;
    Ok(screen.finish(match recorded {
        Ok(()) => outcome,
        Err(error) => {
            print_error(&error);
            outcome.unwritten()
        }
    }))
}

/// The built-in simulator as the options make it.
pub fn built_in(wrong: &WrongArgs, seed: Option<u64>, chosen: &Chosen) -> Result<BuiltIn, CommandError> {
    if chosen.is_live() && (seed.is_some() || !wrong.is_empty()) {
        let message = "--seed, --quirks and --defects are for the built-in simulator, not for a deployment";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let usage = |error: UnknownName| CommandError::Usage(error.to_string());
    let simulator = Simulator::builder().quirks(wrong.quirks().map_err(usage)?);
    let simulator = match seed {
        Some(seed) => simulator.seed(seed).build(),
        None => simulator.build(),
    };
    Ok(BuiltIn { simulator, defects: wrong.defects().map_err(usage)? })
}
