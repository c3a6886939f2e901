//! `run`: runs the suite against a target.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::diagnosis::diagnose;
use syncano_conformance::divergence::Entry;
use syncano_conformance::harness::{
    self, Handles, Journal, JournalError, Plan, RunId, Selection, Target, TraceWriteError, TraceWriter, begin_journal,
};
use syncano_conformance::report::Report;
use syncano_simulator::Simulator;
use syncano_suite::Suite;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::Exit;
use super::chosen::{Chosen, ReachError};
use super::divergence_args::DivergenceArgs;
use super::part_args::PartArgs;
use super::print_error::print_error;
use super::report_file::{self, ReportFile, ReportFileError};
use super::result_args::ResultArgs;
use super::screen::Screen;
use super::signal::Interruptions;
use super::suite::SuiteArgs;
use super::target_args::TargetArgs;
use super::wrong_args::{BuiltIn, UnknownChoice, WrongArgs};

/// Run the suite against a target and report which rules hold
///
/// The default target is the built-in simulator. A run writes to a deployment only with
/// --allow-writes or if its profile allows it. It creates instances there, which scenarios share,
/// and deletes them afterwards. Options take precedence over the profile.
#[derive(clap::Args, Debug)]
#[command(
    before_help = EXAMPLES,
    after_long_help = EXIT_CODES,
    help_template = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}"
)]
pub struct RunArgs {
    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    parts: PartArgs,

    #[command(flatten)]
    results: ResultArgs,

    /// Start nothing new after the first failure
    #[arg(long)]
    fail_fast: bool,

    /// Record all requests and responses in this file, for `judge`
    ///
    /// Keys and passwords are replaced by pseudonyms.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// File that lists the created resources, for `sweep`
    ///
    /// If the run is killed, `sweep` deletes the resources that this recovery journal lists. The
    /// default is a file of the run in $XDG_STATE_HOME/syncano-conformance, or in
    /// ~/.local/state/syncano-conformance.
    #[arg(long, value_name = "FILE", help_heading = SUITE)]
    journal: Option<PathBuf>,

    #[command(flatten, next_help_heading = SUITE)]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = SUITE)]
    suite: SuiteArgs,

    /// Seed of the simulator's keys and times and of the run id
    ///
    /// Runs with the same seed use the same keys, times and names. The default is a random seed.
    #[arg(long, value_name = "NUMBER", help_heading = SIMULATOR)]
    seed: Option<u64>,

    #[command(flatten, next_help_heading = SIMULATOR)]
    wrong: WrongArgs,
}

const SUITE: &str = "Files";
const SIMULATOR: &str = "The built-in simulator";

const EXAMPLES: &str = "Examples:
  syncano-conformance run
  syncano-conformance run --target staging reset-key --report html=report.html
  syncano-conformance run --url https://staging.example.com --allow-writes";

const EXIT_CODES: &str = "Exit codes:
  0    every selected check passed, or failed exactly as divergences.toml states
  1    a check failed, or could not be judged because of an error
  2    the command line is wrong, a key is missing, or a report or the output
       cannot be written
  3    a snapshot or divergence is not needed, or a divergence is overdue
  4    nothing was selected, or nothing ran
  5    a scenario, rules.toml, conformance.toml or divergences.toml is not
       valid; nothing was sent
  6    the target could not be reached or set up; nothing was judged
  7    a check was untestable; with --strict also: skipped or flaky
  8    every check was judged, but some created resources could not be deleted;
       `sweep` tries again
  70   a bug of this program
  130  interrupted; the created resources were deleted";

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The target could not be set up.
    #[error("{target} could not be set up: {reason}")]
    NotSetUp { target: String, reason: String },
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportFileError),
    /// The trace cannot be written.
    #[error(transparent)]
    Trace(#[from] TraceWriteError),
    /// The recovery journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] ReachError),
    /// The async runtime or the signal handlers cannot be set up.
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
}

impl CommandError {
    /// Returns the error of a target that could not be set up.
    pub fn not_set_up(target: String, error: &harness::RunError, is_live: bool) -> CommandError {
        let general = match is_live {
            true => "check that the URL is the part before /v1.1/, and that the keys are those of the target",
            false => "this is a bug of the simulator; report it to the maintainers",
        };
        let reason = match error.hint() {
            Some(_) => error.to_string(),
            None => format!("{error}\n  hint: {general}"),
        };
        CommandError::NotSetUp { target, reason }
    }

    /// Returns the exit code.
    pub fn exit(&self) -> Exit {
        match self {
            CommandError::Usage(_) | CommandError::Report(_) | CommandError::Trace(_) | CommandError::Journal(_) => {
                Exit::Usage
            }
            CommandError::NotSetUp { .. } | CommandError::Target(_) | CommandError::Start(_) => Exit::Unreachable,
        }
    }
}

/// Runs the command.
pub fn run(args: &RunArgs) -> Result<Exit, Exit> {
    let earlier = args.parts.failed_run()?;
    let chosen = args.target.choose_for_run(earlier.as_ref())?;
    let suite = args.suite.read_sound()?;
    let divergences = args.divergences.entries(&suite, chosen.knows_reference_bugs())?;
    let suite = args.parts.part_of(suite);
    let selection = args.parts.select(&suite, chosen.is_live(), earlier.as_ref())?;
    if earlier.is_none() {
        args.target.note_simulator();
    }
    args.suite.note_other_files();
    // Over HTTP a run mostly waits, and handing an exchange from thread to thread takes longer than
    // the exchange.
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
    let (target, _running) = chosen.reach(built_in(&args.wrong, args.seed, &chosen)?).await?;
    let trace = args.trace.as_deref().map(TraceWriter::create).transpose()?.map(Arc::new);
    let name = target.name().to_owned();
    let is_live = chosen.is_live();
    let plan = plan(args, &chosen, divergences);
    let journal = journal(args, &chosen, &target, &plan)?;
    let (stop, stopped) = watch::channel(false);
    let sweep = journal.as_ref().map(Journal::sweep_command);
    let left =
        sweep.map(|command| format!("; this command deletes the remaining resources: {command}")).unwrap_or_default();
    let twice_interrupted = Interruptions::listen()?.end(stop, left);

    let parts = selection.parts(&suite, plan.access);
    let mut screen =
        Screen::new(args.results.detail, args.results.strict, args.parts.names_access_cases(), &args.results.report)
            .with_progress(parts);
    let mut events = Vec::new();
    let mut interrupted = stopped.clone();
    let handles = Handles { stop: stopped, trace: trace.clone(), journal };
    let suite = Arc::new(suite);
    let running = harness::run(Arc::clone(&suite), selection, target, plan, handles, |event| {
        screen.show(&event);
        events.push(event);
    });
    let mut twice_interrupted = std::pin::pin!(twice_interrupted);
    let ended = tokio::select! {
        ended = running => ended,
        () = &mut twice_interrupted => return Ok(Exit::Interrupted),
    };
    let mut report = Report::new(&events, args.results.strict);
    if !args.results.no_diagnosis {
        // The results are there, so an interruption only ends the search.
        report.diagnosis = tokio::select! {
            diagnosis = diagnose(&suite, &report) => diagnosis,
            _ = interrupted.wait_for(|interrupted| *interrupted) => None,
            () = twice_interrupted => None,
        };
    }
    screen.end(&report);
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

fn plan(args: &RunArgs, chosen: &Chosen, divergences: Vec<Entry>) -> Plan {
    Plan {
        all_requests: !args.results.report.is_empty(),
        fail_fast: args.fail_fast,
        strict: args.results.strict,
        divergences,
        id: args.seed.map_or_else(RunId::random, RunId::from_seed),
        ..args.parts.put_into(chosen.plan(), chosen.is_live())
    }
}

/// Begins the journal of a run that writes to a deployment.
fn journal(args: &RunArgs, chosen: &Chosen, target: &Target, plan: &Plan) -> Result<Option<Journal>, CommandError> {
    if !chosen.is_live() && args.journal.is_some() {
        let message =
            "--journal has no effect on the built-in simulator\n  hint: name a deployment with --target or --url";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let writes = chosen.is_live() && plan.writes;
    Ok(writes.then(|| begin_journal(args.journal.as_deref(), target, plan)).transpose()?)
}

/// Returns the built-in simulator that the options describe.
pub fn built_in(wrong: &WrongArgs, seed: Option<u64>, chosen: &Chosen) -> Result<BuiltIn, CommandError> {
    if chosen.is_live() && (seed.is_some() || !wrong.is_empty()) {
        let message = "--seed, --quirks and --defects have no effect on a deployment\n  hint: leave them out, or use --target sim";
        return Err(CommandError::Usage(message.to_owned()));
    }
    let usage = |error: UnknownChoice| CommandError::Usage(error.to_string());
    let simulator = Simulator::builder().quirks(wrong.quirks().map_err(usage)?);
    let simulator = match seed {
        Some(seed) => simulator.seed(seed).build(),
        None => simulator.build(),
    };
    Ok(BuiltIn { simulator, defects: wrong.defects().map_err(usage)? })
}
