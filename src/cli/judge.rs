//! `judge`: judges a recorded run again with the current suite.

use std::path::PathBuf;
use std::sync::Arc;
use std::{env, io};

use syncano_conformance::config;
use syncano_conformance::diagnosis::diagnose;
use syncano_conformance::harness::{self, Access, Selection, Trace, TraceError};
use syncano_conformance::report::Report;

use super::Exit;
use super::divergence_args::DivergenceArgs;
use super::level_args::LevelArgs;
use super::print_error::print_error;
use super::report_file::{self, ReportFile, ReportFileError};
use super::result_args::ResultArgs;
use super::screen::Screen;
use super::suite::{SuiteArgs, select};

/// Judge the trace of an earlier run again, without a target
///
/// `run --trace FILE` records a trace. It is judged with the current scenarios, rules, snapshots
/// and divergences. Scenarios that the run did not start are skipped, and requests that it did not
/// send are untestable. The exit codes are those of `run`, and 130 if the run was interrupted.
#[derive(clap::Args, Debug)]
pub struct JudgeArgs {
    /// File that `run --trace` wrote
    #[arg(value_name = "FILE")]
    trace: PathBuf,

    /// Areas, scenarios, checks or rules to judge [default: all]
    ///
    /// A word is the beginning of a path, of a check id or of a rule name, or the code of a rule.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    level: LevelArgs,

    #[command(flatten)]
    results: ResultArgs,

    #[command(flatten, next_help_heading = "Files")]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = "Files")]
    suite: SuiteArgs,
}

/// Why nothing was judged.
#[derive(Debug, thiserror::Error)]
enum JudgeError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error("the run could not set {target} up: {reason}\n  hint: record a new trace when `run` can set the target up")]
    NotSetUp { target: String, reason: String },
    #[error(transparent)]
    Report(#[from] ReportFileError),
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
}

impl JudgeError {
    fn exit(&self) -> Exit {
        match self {
            JudgeError::Trace(TraceError::Malformed { .. }) => Exit::Invalid,
            JudgeError::Trace(TraceError::Unreadable { .. }) | JudgeError::Report(_) => Exit::Usage,
            JudgeError::NotSetUp { .. } | JudgeError::Start(_) => Exit::Unreachable,
        }
    }
}

/// Runs the command.
pub fn run(args: &JudgeArgs) -> Exit {
    judged(args).unwrap_or_else(|error| {
        print_error(&error);
        error.exit()
    })
}

/// Returns whether the profile with this name accepts the known bugs of the reference deployment, as in a run. No profile is
/// needed, so a file that cannot be read has none.
fn knows_reference_bugs(target: &str) -> bool {
    let file = env::current_dir().ok().and_then(|here| config::find(&here));
    let profiles = file.and_then(|file| config::open(&file).ok());
    profiles.and_then(|mut profiles| profiles.swap_remove(target)?.reference_bugs).unwrap_or_default()
}

fn judged(args: &JudgeArgs) -> Result<Exit, JudgeError> {
    let suite = match args.suite.read_sound() {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let trace = Trace::read(&args.trace)?;
    let divergences = match args.divergences.entries(&suite, knows_reference_bugs(trace.target())) {
        Ok(divergences) => divergences,
        Err(exit) => return Ok(exit),
    };
    let suite = args.level.part_of(suite);
    let selection = match select(Selection::new(args.words.clone()), &suite, trace.access() != Access::Off) {
        Ok(selection) => selection,
        Err(exit) => return Ok(exit),
    };
    let reports = ReportFile::open_all(&args.results.report, &[("the trace", Some(&args.trace))])?;
    let target = trace.target().to_owned();
    let mut screen = Screen::new(args.results.detail, args.results.strict, false, &args.results.report);
    let mut events = Vec::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let suite = Arc::new(suite);
    let ended = runtime.block_on(harness::judge(Arc::clone(&suite), &selection, trace, divergences, |event| {
        screen.show(&event);
        events.push(event);
    }));
    let mut report = Report::new(&events, args.results.strict);
    if !args.results.no_diagnosis {
        report.diagnosis = runtime.block_on(diagnose(&suite, &report));
    }
    screen.end(&report);
    let outcome = report_file::write_all(reports, &report, report.outcome().into());
    ended.map_err(|error| JudgeError::NotSetUp { target, reason: error.to_string() })?;
    Ok(screen.finish(outcome))
}
