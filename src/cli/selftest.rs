//! `selftest`: runs the suite against every defect, in front of the simulator or of a live deployment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::defects::{self, Defect};
use syncano_conformance::divergence::Entry;
use syncano_conformance::harness::{Plan, begin_journal};
use syncano_conformance::scenario::Suite;
use syncano_conformance::selftest::{self, DefectRow, Matrix, SelftestError, Transport};
use tokio::sync::watch;

use super::Exit;
use super::chosen::{Chosen, ReachError};
use super::divergence_args::DivergenceArgs;
use super::output::Output;
use super::place::{Place, Readers};
use super::print_error::print_error;
use super::signal::Interruptions;
use super::stream;
use super::suite::{SuiteArgs, show};
use super::target_args::TargetArgs;
use super::wrong_args::{BuiltIn, find_defects};
use syncano_simulator::Simulator;

/// Run the suite against deliberately wrong deployments, to prove that it notices
///
/// A defect counts as noticed where a check that defects.toml pins to it fails by its assertion while its witnesses hold.
/// Exits with 1 unless every defect is noticed, and, where all are tried, every check of a rule that a page promises
/// notices at least one.
///
/// With --url or --target the defects stand in front of that deployment, in this process: the suite is run once without a
/// defect, which has to pass, and then once for each, so name those that you want to see. It writes to the deployment, and
/// needs --allow-writes or a profile that says so; nobody else who uses the deployment meets a defect.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct SelftestArgs {
    /// Names of defects to try (`list --defects`) [default: all]
    #[arg(value_name = "DEFECT")]
    defects: Vec<String>,

    /// How the built-in simulator is reached; left out, both ways
    #[arg(long, value_enum, conflicts_with_all = ["target", "url"])]
    transport: Option<Way>,

    /// What is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,

    /// Write the whole matrix as JSON
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    #[command(flatten, next_help_heading = "The deployment")]
    target: TargetArgs,

    #[command(flatten, next_help_heading = "The suite")]
    divergences: DivergenceArgs,

    #[command(flatten, next_help_heading = "The suite")]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    every defect is noticed, and, where all are tried, every check of a rule that a page promises notices one
  1    a defect is not noticed, or all are tried and such a check notices none
  2    the command line is wrong, a key is not where it was said to be, or something cannot be written
  5    a scenario, the registry of rules, the pins or conformance.toml is not valid: nothing was sent
  6    the target could not be reached or set up, or the suite does not pass on it without a defect
  70   a defect of this program
  130  interrupted; what had been made was removed";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Way {
    /// In this process
    InProcess,
    /// Over HTTP on a loopback address
    Http,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The matrix, what is wrong, and the score
    Table,
    /// A table of the areas of the suite, as it stands in the README
    Markdown,
}

/// Why no matrix came of it.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
    #[error(transparent)]
    Target(#[from] ReachError),
    #[error(transparent)]
    Test(#[from] SelftestError),
}

/// Runs the command to its end.
pub fn run(args: &SelftestArgs) -> Exit {
    ended(args).unwrap_or_else(|exit| exit)
}

fn ended(args: &SelftestArgs) -> Result<Exit, Exit> {
    let chosen = chosen(&args.target)?;
    let suite = args.suite.read()?;
    let mut wrong = suite.conflicts();
    if args.defects.is_empty() {
        wrong.extend(selftest::conflicts(&suite));
    }
    if !wrong.is_empty() {
        return Err(show(&wrong));
    }
    let divergences = if chosen.is_live() { args.divergences.entries(&suite)? } else { Vec::new() };
    let defects = match find_defects(&args.defects) {
        Ok(defects) if defects.is_empty() => defects::all().iter().collect(),
        Ok(defects) => defects,
        Err(error) => return Err(say(Exit::Usage, &error.to_string())),
    };
    let unwritten = |error: io::Error| say(Exit::Usage, &format!("the matrix cannot be written: {error}"));
    let json = args.json.as_ref().map(|path| Place::open(path, Readers::Usual)).transpose().map_err(unwritten)?;
    let suite = Arc::new(suite);
    let rows = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::from);
    let rows = rows.and_then(|runtime| {
        runtime.block_on(async {
            match chosen.is_live() {
                true => on_deployment(&chosen, &suite, &defects, &divergences).await,
                false => on_simulator(args.transport, &suite, &defects).await,
            }
        })
    });
    let matrix = Matrix::new(&suite, rows.map_err(|error| failed(&error))?);
    if let Some(json) = json {
        let text = serde_json::to_vec_pretty(&matrix).map_err(io::Error::from);
        text.and_then(|text| json.write(&text)).map_err(unwritten)?;
    }
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = match args.format {
        Format::Table => selftest::terminal(&matrix, &mut out),
        Format::Markdown => out.write_all(selftest::markdown(&matrix).as_bytes()),
    };
    Ok(out.finish(if matrix.is_good() { Exit::Ok } else { Exit::Failed }))
}

/// The target, which is the built-in simulator or one that may be written to.
fn chosen(target: &TargetArgs) -> Result<Chosen, Exit> {
    let chosen = target.choose()?;
    if !chosen.is_live() && target.is_named() {
        let message = "the built-in simulator is what selftest takes anyway\n  hint: leave --target out; --transport says how \
                       it is reached";
        return Err(say(Exit::Usage, message));
    }
    if chosen.is_live() && !chosen.plan().writes {
        let message = format!(
            "{} may not be written to, and a selftest makes instances and users on it\n  hint: give --allow-writes, or \
             `writes = true` in its profile, where that is all right",
            chosen.name()
        );
        return Err(say(Exit::Usage, &message));
    }
    Ok(chosen)
}

async fn on_simulator(
    transport: Option<Way>,
    suite: &Arc<Suite>,
    defects: &[&'static Defect],
) -> Result<Vec<DefectRow>, CommandError> {
    let transports: &[Transport] = match transport {
        Some(Way::InProcess) => &[Transport::InProcess],
        Some(Way::Http) => &[Transport::Http],
        None => &[Transport::InProcess, Transport::Http],
    };
    let mut rows = Vec::new();
    for transport in transports {
        rows.extend(selftest::run(suite, defects, *transport).await?);
    }
    Ok(rows)
}

async fn on_deployment(
    chosen: &Chosen,
    suite: &Arc<Suite>,
    defects: &[&'static Defect],
    divergences: &[Entry],
) -> Result<Vec<DefectRow>, CommandError> {
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
    // A run takes a while, so each defect is told as it is tried.
    let tell = |row: &DefectRow| {
        let what = if row.is_noticed() { "noticed" } else { "not noticed" };
        let _ = writeln!(stream::stderr(), "{}: {what}", row.defect);
    };
    tokio::select! {
        rows = selftest::run_on(&target, suite, defects, plan, &stopped, tell) => Ok(rows?),
        () = twice_interrupted => Err(SelftestError::Interrupted.into()),
    }
}

fn failed(error: &CommandError) -> Exit {
    let exit = match error {
        CommandError::Test(SelftestError::Interrupted) => return Exit::Interrupted,
        CommandError::Test(SelftestError::Journal(_)) => Exit::Usage,
        CommandError::Start(_) | CommandError::Target(_) | CommandError::Test(_) => Exit::Unreachable,
    };
    say(exit, &error.to_string())
}

fn say(exit: Exit, message: &str) -> Exit {
    print_error(message);
    exit
}
