//! `judge`: judges a recorded run again, by today's suite.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::harness::{self, Access, Selection, Trace, TraceError};
use syncano_conformance::report::Report;

use super::Exit;
use super::divergence_args::DivergenceArgs;
use super::print_error::print_error;
use super::report_file::{self, ReportFile, ReportFileError};
use super::result_args::ResultArgs;
use super::screen::Screen;
use super::suite::{SuiteArgs, select};

/// Judge again what `run --trace FILE` has written, without a target
///
/// By the scenarios, rules, snapshots and divergences of now; what the run never came to is skipped, and what it never sent is untestable.
/// The exit codes are those of `run`, and 130 where the run itself did not come to its end.
#[derive(clap::Args, Debug)]
pub struct JudgeArgs {
    /// The trace
    #[arg(value_name = "FILE")]
    trace: PathBuf,

    /// Judge only what these words select: beginnings of paths, check ids or rule names, or codes of rules [default: all]
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    results: ResultArgs,

    #[command(flatten, next_help_heading = "The suite")]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = "The suite")]
    suite: SuiteArgs,
}

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
enum JudgeError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error("the run could not set {target} up: {reason}\n  hint: make the trace again, once `run` gets further")]
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

/// Runs the command to its end.
pub fn run(args: &JudgeArgs) -> Exit {
    judged(args).unwrap_or_else(|error| {
        print_error(&error);
        error.exit()
    })
}

fn judged(args: &JudgeArgs) -> Result<Exit, JudgeError> {
    let suite = match args.suite.read_sound() {
        Ok(suite) => suite,
        Err(exit) => return Ok(exit),
    };
    let divergences = match args.divergences.entries(&suite) {
        Ok(divergences) => divergences,
        Err(exit) => return Ok(exit),
    };
    let trace = Trace::read(&args.trace)?;
    let selection = match select(Selection::new(args.words.clone()), &suite, trace.access() != Access::Off) {
        Ok(selection) => selection,
        Err(exit) => return Ok(exit),
    };
    let reports = ReportFile::open_all(&args.results.report, &[("the trace", Some(&args.trace))])?;
    let target = trace.target().to_owned();
    let mut screen = Screen::new(args.results.detail, args.results.strict, false, &args.results.report);
    let mut events = Vec::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(harness::judge(Arc::new(suite), &selection, trace, divergences, |event| {
        screen.show(&event);
        events.push(event);
    }));
    let report = Report::of(&events, args.results.strict);
    let outcome = report_file::write_all(reports, &report, report.outcome().into());
    ended.map_err(|error| JudgeError::NotSetUp { target, reason: error.to_string() })?;
    Ok(screen.finish(outcome))
}
