//! `run`: the suite against a target.

use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use syncano_conformance::api::Version;
use syncano_conformance::harness::{self, Access, Credentials, Plan, RunId, Selection, Target, TimeOuts};
use syncano_conformance::report::{Report, Terminal};
use syncano_conformance::scenario::Suite;
use syncano_conformance::serve::Listener;
use syncano_conformance::simulator::Simulator;
use tokio::sync::watch;

use super::Exit;
use super::report_file::{CannotWrite, ReportFile};
use super::signal::Interruptions;
use super::suite::{SuiteArgs, show};
use super::variations::VariationArgs;

/// The variable that holds the administrator's key.
const ACCOUNT_KEY: &str = "SYNCANO_ACCOUNT_KEY";

/// Run the suite against a target and judge what comes back
///
/// Without a target it is the built-in simulator. Every scenario works in an instance of its own, which is deleted
/// afterwards.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct RunArgs {
    /// Run only what these words select: beginnings of paths, check ids or rule names, or codes of rules
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    /// A deployment: the URL before /v1.1/. Its administrator's key is read from SYNCANO_ACCOUNT_KEY or --account-key-file
    #[arg(long, conflicts_with = "target")]
    url: Option<String>,

    /// A form of the built-in simulator: in this process, or over HTTP on a loopback address
    #[arg(long, value_enum, default_value = "sim")]
    target: BuiltIn,

    /// Read the administrator's account key from this file
    #[arg(long, value_name = "FILE", requires = "url")]
    account_key_file: Option<PathBuf>,

    /// Register an account for this run, where the deployment allows that; the API has no way to delete it
    #[arg(long, requires = "url", conflicts_with = "account_key_file")]
    register: bool,

    /// Register accounts for the scenarios that need administrators of other roles, which are skipped without this;
    /// goes with --register
    #[arg(long, requires = "url")]
    more_accounts: bool,

    /// Work in this instance, which may hold other data; without it every scenario makes one and deletes it
    #[arg(long, value_name = "NAME", requires = "url", value_parser = instance_name)]
    instance: Option<String>,

    /// Which cells of the access table are run; left out, all on the built-in simulator, and those that only read elsewhere
    #[arg(long, value_name = "CELLS", value_enum)]
    access_table: Option<Cells>,

    /// The version of the API: v1 or v1.1
    #[arg(long, value_name = "VERSION", default_value = "v1.1")]
    api_version: Version,

    /// How many scenarios run side by side
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,

    /// Give up on an exchange after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,

    /// Ask again for all that scenarios read, in ways whose answer follows from the first: twice, with the keys in the
    /// query, as another user, with an old key, from another instance, as the administrator
    #[arg(long)]
    replays: bool,

    /// Begin nothing new after the first failure
    #[arg(long)]
    fail_fast: bool,

    /// Let checks of disputed rules count, and what was skipped too
    #[arg(long)]
    strict: bool,

    /// Write a report: json=PATH or junit=PATH; can be given more than once
    #[arg(long, value_name = "FORM=PATH")]
    report: Vec<ReportFile>,

    /// Make the simulator's keys and times, and the names of the run, repeat
    #[arg(long, value_name = "NUMBER", conflicts_with = "url")]
    seed: Option<u64>,

    #[command(flatten)]
    variations: VariationArgs,

    #[command(flatten)]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    every selected check passed
  1    a check failed, or an error kept one from being judged
  2    the command line is wrong
  3    only snapshots that nobody needs are wrong
  4    nothing was selected, or nothing ran
  5    a scenario or the registry of rules is not valid: nothing was sent
  6    the target could not be reached or set up: nothing was judged
  7    something was untestable; with --strict also skipped
  8    all was judged, and something could not be removed
  70   a defect of this program
  130  interrupted; what had been made was removed";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum BuiltIn {
    /// In this process
    Sim,
    /// Over HTTP on a loopback address
    SimHttp,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Cells {
    /// None
    Off,
    /// Those of GET and OPTIONS
    ReadOnly,
    /// All of them; every one that may change something has a world of its own
    Full,
}

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
enum CannotRun {
    #[error("{0}")]
    Usage(String),
    #[error("{target} could not be set up: {reason}\n  hint: {hint}")]
    NotSetUp { target: String, reason: String, hint: &'static str },
    #[error(transparent)]
    Report(#[from] CannotWrite),
    #[error("the program cannot start: {0}")]
    Start(#[from] io::Error),
}

impl CannotRun {
    fn exit(&self) -> Exit {
        match self {
            CannotRun::Usage(_) | CannotRun::Report(_) => Exit::Usage,
            CannotRun::NotSetUp { .. } | CannotRun::Start(_) => Exit::Unreachable,
        }
    }
}

/// Runs the command to its end.
pub fn run(args: &RunArgs) -> Exit {
    let suite = match args.suite.read() {
        Ok(suite) => suite,
        Err(exit) => return exit,
    };
    let conflicts = suite.conflicts();
    if !conflicts.is_empty() {
        return show(&conflicts);
    }
    let selection = Selection::new(args.words.clone());
    let in_vain = selection.in_vain(&suite);
    let cells = access(args) != Access::Off && !selection.endpoints(&suite).is_empty();
    if !in_vain.is_empty() || selection.of(&suite).is_empty() && !cells {
        let by = if in_vain.is_empty() { String::new() } else { format!(" by `{}`", in_vain.join("`, `")) };
        let _ = writeln!(io::stderr(), "error: nothing is selected{by}\n  hint: `list` shows what there is");
        return Exit::Nothing;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime.map_err(CannotRun::from).and_then(|runtime| runtime.block_on(judge(args, suite, &selection)));
    ended.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "error: {error}");
        error.exit()
    })
}

async fn judge(args: &RunArgs, suite: Suite, selection: &Selection) -> Result<Exit, CannotRun> {
    let reports = args.report.iter().map(ReportFile::open).collect::<Result<Vec<_>, _>>()?;
    let credentials = credentials(args)?;
    let (target, _running) = target(args).await?;
    let name = target.name().to_owned();
    let plan = Plan {
        version: args.api_version,
        more_accounts: args.more_accounts || matches!(credentials, Credentials::Register),
        credentials,
        instance: args.instance.clone(),
        access: access(args),
        jobs: usize::from(args.jobs),
        replays: args.replays,
        fail_fast: args.fail_fast,
        strict: args.strict,
        id: args.seed.map_or_else(RunId::random, RunId::from_seed),
        ..Plan::default()
    };
    let (stop, stopped) = watch::channel(false);
    let mut interruptions = Interruptions::listen()?;
    let run = plan.id.to_string();
    let twice_interrupted = async move {
        interruptions.next().await;
        let _ = writeln!(io::stderr(), "interrupted: what was made is being removed; once more ends at once");
        stop.send_replace(true);
        interruptions.next().await;
        let _ = writeln!(io::stderr(), "ended at once: what is left has {run} in its name");
    };

    let mut terminal = Terminal::new(anstream::stdout(), args.strict).all_cells(args.access_table.is_some());
    let mut events = Vec::new();
    let running = harness::run(Arc::new(suite), selection, target, plan, stopped, |event| {
        // A reader that has seen enough is not an error.
        let _ = terminal.show(&event);
        events.push(event);
    });
    let ended = tokio::select! {
        ended = running => ended,
        () = twice_interrupted => return Ok(Exit::Interrupted),
    };
    // One that cannot be written does not keep the others from being written.
    let written = reports.into_iter().map(|report| report.write(&events, args.strict)).collect::<Vec<_>>();
    ended.map_err(|error| CannotRun::NotSetUp {
        target: name,
        reason: error.to_string(),
        hint: match args.url {
            Some(_) => "is the URL the one before /v1.1/, and the key one of an administrator?",
            None => "this is a defect of the simulator",
        },
    })?;
    written.into_iter().collect::<Result<(), _>>()?;
    Ok(Report::of(&events, args.strict).summary.outcome(args.strict).into())
}

/// The target, and what has to live as long as it.
async fn target(args: &RunArgs) -> Result<(Target, Option<syncano_conformance::serve::Running>), CannotRun> {
    let time_outs = TimeOuts { exchange: Duration::from_secs(args.timeout), ..TimeOuts::default() };
    if let Some(url) = &args.url {
        if !args.variations.is_empty() {
            return Err(CannotRun::Usage(
                "--quirks and --defects are for the built-in simulator, not for --url".to_owned(),
            ));
        }
        let target = Target::http(url, time_outs).map_err(|error| {
            CannotRun::Usage(format!(
                "the value of --url cannot be used: {error}\n  hint: write it like https://api.example.com"
            ))
        })?;
        return Ok((target, None));
    }
    let variations = args.variations.variations().map_err(|error| CannotRun::Usage(error.to_string()))?;
    let mut simulator = Simulator::builder().variations(variations);
    if let Some(seed) = args.seed {
        simulator = simulator.seed(seed);
    }
    let simulator = simulator.build();
    match args.target {
        BuiltIn::Sim => Ok((Target::in_process("simulator", move |request| simulator.handle(request)), None)),
        BuiltIn::SimHttp => {
            let running = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?.spawn(simulator);
            let target = Target::http(running.url(), time_outs).map_err(|error| CannotRun::Usage(error.to_string()))?;
            Ok((target, Some(running)))
        }
    }
}

fn access(args: &RunArgs) -> Access {
    match args.access_table {
        Some(Cells::Off) => Access::Off,
        Some(Cells::ReadOnly) => Access::ReadOnly,
        Some(Cells::Full) => Access::Full,
        None if args.url.is_some() => Access::ReadOnly,
        None => Access::Full,
    }
}

fn credentials(args: &RunArgs) -> Result<Credentials, CannotRun> {
    if args.url.is_none() || args.register {
        return Ok(Credentials::Register);
    }
    let key = match &args.account_key_file {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| CannotRun::Usage(format!("the key cannot be read from {}: {error}", path.display())))?,
        None => std::env::var(ACCOUNT_KEY).map_err(|_| {
            CannotRun::Usage(format!(
                "--url needs the account key of an administrator\n  \
                 hint: put it into {ACCOUNT_KEY}, name a file with --account-key-file, or let --register make an account"
            ))
        })?,
    };
    let key = key.trim();
    if key.is_empty() {
        return Err(CannotRun::Usage("the account key is empty".to_owned()));
    }
    Ok(Credentials::AccountKey(SecretString::from(key)))
}

/// The name of an instance, so that nothing else can slip into a path.
fn instance_name(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance is made of letters, digits and hyphens".to_owned())
    }
}
