//! `selftest`: runs the suite against every defect, in front of the simulator or of a live
//! deployment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::divergence::Entry;
use syncano_conformance::harness::{Plan, begin_journal};
use syncano_conformance::selftest::{self, Breadth, DefectRow, Matrix, SelftestError, Transport, Wrong};
use syncano_suite::Suite;
use tokio::sync::watch;

use super::Exit;
use super::chosen::{Chosen, ReachError};
use super::divergence_args::DivergenceArgs;
use super::output::Output;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;
use super::signal::Interruptions;
use super::stream;
use super::suite::{SuiteArgs, show};
use super::target_args::TargetArgs;
use super::wrong_args::{BuiltIn, find_wrong};
use syncano_simulator::Simulator;

/// Prove that the suite notices deliberate bugs of a deployment (defects)
///
/// A defect is noticed if a check that defects.toml pins to it fails by its assertion while its
/// witnesses hold. The quirks of the simulator are tried like defects. The exit code is 0 if every
/// defect is noticed. If all defects are tried, every check of a public rule must also notice a
/// defect.
///
/// The whole suite runs once without a defect. It runs again for each defect that is named. If all
/// are tried, only the scenarios of pinned checks run again, and those with a check of a public rule
/// that has noticed no defect before.
///
/// With --url or --target, this process applies the defects to the traffic of its own runs; other
/// users of the deployment are not affected. The runs write to the deployment, so they need
/// --allow-writes or a profile that allows it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct SelftestArgs {
    /// Defects and quirks to try, by name [default: all]
    ///
    /// `list --defects` and `list --quirks` list them.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Try the quirks only: known bugs of the reference deployment
    #[arg(long, conflicts_with_all = ["names", "target", "url"])]
    quirks: bool,

    /// How requests reach the built-in simulator [default: both ways]
    #[arg(long, value_enum, conflicts_with_all = ["target", "url"])]
    transport: Option<TransportArg>,

    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: SelftestFormat,

    /// File for all results, as JSON
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    #[command(flatten, next_help_heading = "Target")]
    target: TargetArgs,

    #[command(flatten, next_help_heading = "Files")]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = "Files")]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    every defect is noticed and, if all are tried, every check of a public
       rule notices a defect
  1    a defect is not noticed, or, if all are tried, a check of a public rule
       notices none
  2    the command line is wrong, a key is missing, or the output cannot be
       written
  5    a scenario, rules.toml, defects.toml or conformance.toml is not valid;
       nothing was sent
  6    the target could not be reached or set up, or the suite does not pass on
       it without a defect
  70   a bug of this program
  130  interrupted; the created resources were deleted";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TransportArg {
    /// In this process
    InProcess,
    /// Over HTTP on a loopback address
    Http,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SelftestFormat {
    /// The defects, what was not noticed, and the totals
    Table,
    /// A Markdown table of the areas
    Markdown,
}

/// Why there are no results.
#[derive(Debug, thiserror::Error)]
enum SelftestCommandError {
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
    #[error(transparent)]
    Target(#[from] ReachError),
    #[error(transparent)]
    Test(#[from] SelftestError),
}

/// Runs the command.
pub fn run(args: &SelftestArgs) -> Exit {
    ended(args).unwrap_or_else(|exit| exit)
}

fn ended(args: &SelftestArgs) -> Result<Exit, Exit> {
    let chosen = chosen(&args.target)?;
    let suite = args.suite.read()?;
    let mut wrong = suite.conflicts();
    if args.names.is_empty() {
        wrong.extend(selftest::conflicts(&suite));
    }
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    let divergences =
        if chosen.is_live() { args.divergences.entries(&suite, chosen.knows_reference_bugs())? } else { Vec::new() };
    let tried = tried(args, chosen.is_live()).map_err(|message| print(Exit::Usage, &message))?;
    let breadth = if args.names.is_empty() && !args.quirks { Breadth::Needed } else { Breadth::Whole };
    let unwritten = |error: io::Error| print(Exit::Usage, &format!("the results cannot be written: {error}"));
    let json = args.json.as_ref().map(|path| OutputFile::open(path, Readers::Usual)).transpose().map_err(unwritten)?;
    let suite = Arc::new(suite);
    let rows = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(SelftestCommandError::from);
    let rows = rows.and_then(|runtime| {
        runtime.block_on(async {
            match chosen.is_live() {
                true => on_deployment(&chosen, &suite, &tried, breadth, &divergences).await,
                false => on_simulator(args.transport, &suite, &tried, breadth).await,
            }
        })
    });
    let matrix = Matrix::new(&suite, rows.map_err(|error| failed(&error))?);
    if let Some(json) = json {
        let text = serde_json::to_vec_pretty(&matrix).map_err(io::Error::from);
        text.and_then(|text| json.write(&text)).map_err(unwritten)?;
    }
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = match args.format {
        SelftestFormat::Table => selftest::terminal(&matrix, &mut out),
        SelftestFormat::Markdown => out.write_all(selftest::markdown(&matrix).as_bytes()),
    };
    Ok(out.finish(if matrix.is_good() { Exit::Ok } else { Exit::Failed }))
}

/// Returns the target: the built-in simulator, or a deployment that the run may write to.
fn chosen(target: &TargetArgs) -> Result<Chosen, Exit> {
    let chosen = target.choose()?;
    if !chosen.is_live() && target.is_named() {
        let message = "--target names the built-in simulator, which is the default of selftest\n  hint: leave --target out; \
                       --transport selects how requests reach it";
        return Err(print(Exit::Usage, message));
    }
    if chosen.is_live() && !chosen.plan().writes {
        let message = format!(
            "a selftest creates instances and users, but may not write to {}\n  hint: give --allow-writes, or set \
             `writes = true` in the profile",
            chosen.name()
        );
        return Err(print(Exit::Usage, &message));
    }
    Ok(chosen)
}

/// Returns the wrong deployments that the options name.
fn tried(args: &SelftestArgs, is_live: bool) -> Result<Vec<Wrong>, String> {
    if args.quirks {
        return Ok(Wrong::quirks().collect());
    }
    let tried = args.names.iter().map(|name| find_wrong(name)).collect::<Result<Vec<_>, _>>();
    let tried = tried.map_err(|error| error.to_string())?;
    match tried.iter().find(|wrong| is_live && wrong.defect().is_none()) {
        Some(quirk) => Err(format!(
            "{} is a quirk, which only the built-in simulator can have\n  hint: name defects; `list --defects` lists them",
            quirk.name()
        )),
        None if tried.is_empty() => Ok(Wrong::all().filter(|wrong| !is_live || wrong.defect().is_some()).collect()),
        None => Ok(tried),
    }
}

async fn on_simulator(
    transport: Option<TransportArg>,
    suite: &Arc<Suite>,
    tried: &[Wrong],
    breadth: Breadth,
) -> Result<Vec<DefectRow>, SelftestCommandError> {
    let transports: &[Transport] = match transport {
        Some(TransportArg::InProcess) => &[Transport::InProcess],
        Some(TransportArg::Http) => &[Transport::Http],
        None => &[Transport::InProcess, Transport::Http],
    };
    let mut rows = Vec::new();
    for transport in transports {
        rows.extend(selftest::run(suite, tried, breadth, *transport).await?);
    }
    Ok(rows)
}

async fn on_deployment(
    chosen: &Chosen,
    suite: &Arc<Suite>,
    tried: &[Wrong],
    breadth: Breadth,
    divergences: &[Entry],
) -> Result<Vec<DefectRow>, SelftestCommandError> {
    let defects = tried.iter().filter_map(Wrong::defect).collect::<Vec<_>>();
    let built_in = BuiltIn { simulator: Simulator::builder().build(), defects: Vec::new() };
    let (target, _running) = chosen.reach(built_in).await?;
    let plan = || {
        let plan = Plan { all_requests: false, divergences: divergences.to_vec(), ..chosen.plan() };
        let journal = begin_journal(None, &target, &plan)?;
        Ok((plan, journal))
    };
    let (stop, stopped) = watch::channel(false);
    let left = "; `sweep` deletes the remaining resources".to_owned();
    let twice_interrupted = Interruptions::listen()?.end(stop, left);
    // A run takes a while, so each defect is reported when it was tried.
    let tell = |row: &DefectRow| {
        let what = if row.is_noticed() { "noticed" } else { "not noticed" };
        let _ = writeln!(stream::stderr(), "{}: {what}", row.defect);
    };
    tokio::select! {
        rows = selftest::run_on(&target, suite, &defects, breadth, plan, &stopped, tell) => Ok(rows?),
        () = twice_interrupted => Err(SelftestError::Interrupted.into()),
    }
}

fn failed(error: &SelftestCommandError) -> Exit {
    let exit = match error {
        SelftestCommandError::Test(SelftestError::Interrupted) => return Exit::Interrupted,
        SelftestCommandError::Test(SelftestError::Journal(_)) => Exit::Usage,
        SelftestCommandError::Start(_) | SelftestCommandError::Target(_) | SelftestCommandError::Test(_) => {
            Exit::Unreachable
        }
    };
    print(exit, &error.to_string())
}

fn print(exit: Exit, message: &str) -> Exit {
    print_error(message);
    exit
}
