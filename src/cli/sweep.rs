//! `sweep`: deletes resources left behind by interrupted runs.

use std::io::{self, Write};
use std::path::PathBuf;

use syncano_conformance::harness::{self, Journal, JournalError, Leftovers, SweepError, SweepKeys, Target};
use syncano_simulator::visible;

use super::Exit;
use super::network_args::NetworkArgs;
use super::output::Output;
use super::print_error::print_error;
use super::target_args::{ACCOUNT_KEY, TargetArgs};

/// Remove what runs have left on a deployment that were killed, or could not remove it themselves
///
/// Every run against a deployment writes down what it makes, before it makes it; where all is removed at its end, so is the
/// journal. This reads the journals that are there, says what is left, and removes it from the deployment that is named: the
/// last thing first, only what a journal names or, where a request was not answered, what carries the run's id where that
/// was sent, and nothing that does not carry the run's id in its name. It can be used while other runs go on.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct SweepArgs {
    /// The deployment, as conformance.toml names it; its administrator's key is where the profile says
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// Where the deployment is: the URL before /v1.1/, as the runs had it. Without --target its administrator's key is read
    /// from SYNCANO_ACCOUNT_KEY; what a run with --register has left takes none. With neither, nothing is sent
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Read profiles from this file [default: conformance.toml in this folder or the nearest one above]
    #[arg(long, value_name = "FILE", requires = "target")]
    config: Option<PathBuf>,

    /// Read the administrator's account key from this file [default: where the profile says]
    #[arg(long, value_name = "FILE")]
    account_key_file: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkArgs,

    /// The journal of one run [default: all in $XDG_STATE_HOME/syncano-conformance, or ~/.local/state/syncano-conformance]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Say what is left, and send nothing
    #[arg(long)]
    dry_run: bool,
}

const EXIT_CODES: &str = "Exit codes:
  0    nothing is left
  2    the command line is wrong, or a journal cannot be read: it stays as it is; or the output cannot be written
  6    the target could not be reached, or nobody signed in: the journal stays as it is
  8    something is left
  70   a defect of this program";

/// Why something is left that could have been removed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "{target} could not be set up: {reason}\n  hint: put it into {ACCOUNT_KEY}, name a file with --account-key-file, or say in the profile where it is"
    )]
    NotSetUp { target: String, reason: SweepError },
    #[error("the program cannot start: {0}")]
    Start(io::Error),
}

impl Failed {
    fn exit(&self) -> Exit {
        match self {
            Failed::Journal(_) => Exit::Usage,
            Failed::NotSetUp { reason: SweepError::NeedsKey(_), .. } => Exit::Usage,
            Failed::NotSetUp { .. } | Failed::Start(_) => Exit::Unreachable,
        }
    }
}

/// Runs the command to its end; errors go to stderr.
pub fn run(args: &SweepArgs) -> Result<Exit, Exit> {
    let reported = |error: Failed| {
        print_error(&error);
        error.exit()
    };
    let SweepArgs { target, url, config, account_key_file, network, .. } = args.clone();
    let named = TargetArgs::naming(target, url, config, account_key_file, network);
    let deployment = named.deployment()?.filter(|_| !args.dry_run);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::Start);
    let prepared = runtime.and_then(|runtime| Ok((runtime, journals(args)?)));
    let (runtime, journals) = prepared.map_err(reported)?;
    let mut out = Output::new();
    // One that cannot be read does not keep the others from being swept.
    let ended = journals.iter().map(|journal| {
        let swept = Leftovers::read(journal).map_err(Failed::from);
        let swept = swept.and_then(|left| runtime.block_on(sweep(deployment.as_ref(), left, &mut out)));
        swept.or_else(|error| match error {
            Failed::Journal(JournalError::InUse(_)) if args.journal.is_none() => {
                let _ = writeln!(out, "{}; it is left alone", visible::line(&error.to_string()));
                Ok(Exit::Ok)
            }
            // Its run has ended well in the meantime, or another sweep was first.
            Failed::Journal(JournalError::Read { source, .. })
                if args.journal.is_none() && source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(Exit::Ok)
            }
            error => Err(error),
        })
    });
    let exits = ended.map(|ended| ended.unwrap_or_else(reported)).collect::<Vec<_>>();
    if exits.is_empty() {
        let _ = writeln!(out, "no run has left anything");
    }
    let worst = [Exit::Usage, Exit::Unreachable, Exit::LeftBehind].into_iter().find(|exit| exits.contains(exit));
    Ok(out.finish(worst.unwrap_or(Exit::Ok)))
}

/// One journal.
async fn sweep(
    deployment: Option<&(Target, SweepKeys)>,
    leftovers: Leftovers,
    out: &mut Output,
) -> Result<Exit, Failed> {
    // Whether this can be written or not, what is left is removed.
    let mut say = |line: String| drop(writeln!(out, "{}", visible::line(&line)));
    let (run, list) = (leftovers.run().to_owned(), leftovers.list());
    say(format!("run {run} on {}, begun {}: {} left", leftovers.target(), leftovers.begun(), list.len()));
    for left in &list {
        say(format!("  {left}"));
    }
    for (email, registration) in leftovers.registered() {
        say(format!("  the account {email} {registration} for it; the API has no way to delete it"));
    }
    let (target, keys) = match deployment {
        Some((target, keys)) if target.base() == leftovers.target() => (target, keys),
        another => {
            say(format!("  to remove it: {}", leftovers.command()));
            // What is on another deployment is not for this one to be without.
            let counts = another.is_none() && !list.is_empty();
            return Ok(if counts { Exit::LeftBehind } else { Exit::Ok });
        }
    };
    let removed = harness::sweep(&leftovers, target, keys).await;
    let left = removed.map_err(|reason| Failed::NotSetUp { target: target.base().to_owned(), reason })?;
    if left.is_empty() {
        say("  all is removed".to_owned());
        return Ok(Exit::Ok);
    }
    for left in &left {
        say(format!("  left behind {left}"));
    }
    Ok(Exit::LeftBehind)
}

fn journals(args: &SweepArgs) -> Result<Vec<PathBuf>, Failed> {
    match &args.journal {
        Some(journal) => Ok(vec![journal.clone()]),
        None => Ok(Journal::all()?),
    }
}
