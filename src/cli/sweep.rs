//! `sweep`: deletes resources left behind by interrupted runs.

use std::io::{self, Write};
use std::path::PathBuf;

use syncano_conformance::harness::{self, Journal, JournalError, Leftovers, SweepError, SweepKeys, Target};
use syncano_simulator::visible;

use super::Exit;
use super::network_args::NetworkArgs;
use super::output::Output;
use super::print_error::print_error;
use super::read_secrets::ACCOUNT_KEY;
use super::target_args::TargetArgs;

/// Delete resources left behind by interrupted runs
///
/// A run against a deployment writes each resource into its recovery journal before it creates it.
/// When all of them are deleted, so is the journal. `sweep` reads the remaining journals, lists the
/// resources, and deletes those on the named deployment, the last one first. It deletes only
/// resources that a journal names and that have the id of the run in their name; after a create
/// request without an answer it also looks for the resource. Other runs may go on at the same time.
/// Without --target and --url it only lists the resources.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct SweepArgs {
    /// Target in conformance.toml; the key is read as its profile says
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// URL of the deployment, without /v1.1/, as in the runs
    ///
    /// Without --target, the administrator's account key is read from the environment variable
    /// SYNCANO_ACCOUNT_KEY. Resources of a run with --register need no key.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Configuration file [default: conformance.toml here or in a folder above]
    #[arg(long, value_name = "FILE", requires = "target")]
    config: Option<PathBuf>,

    /// File with the administrator's account key [default: from the profile]
    #[arg(long, value_name = "FILE")]
    account_key_file: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkArgs,

    /// Recovery journal of one run [default: those of all runs]
    ///
    /// The journals are in $XDG_STATE_HOME/syncano-conformance, or in
    /// ~/.local/state/syncano-conformance.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// List the resources, and send nothing
    #[arg(long)]
    dry_run: bool,
}

const EXIT_CODES: &str = "Exit codes:
  0    no resources are left
  2    the command line is wrong, a journal cannot be read, or the output cannot
       be written; such a journal stays unchanged
  6    the target could not be reached or set up; the journal stays unchanged
  8    some resources are left
  70   a bug of this program";

/// Why nothing could be deleted.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{target} could not be set up: {reason}\n  hint: {}", reason.hint().unwrap_or_else(general_hint))]
    NotSetUp { target: String, reason: SweepError },
    #[error("the program cannot start: {0}")]
    Start(io::Error),
}

fn general_hint() -> String {
    format!("put the account key into {ACCOUNT_KEY} or a file for --account-key-file, or name its place in the profile")
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

/// Runs the command. Prints errors to stderr.
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
    // A journal that cannot be read does not stop the others.
    let ended = journals.iter().map(|journal| {
        let swept = Leftovers::read(journal).map_err(Failed::from);
        let swept = swept.and_then(|left| runtime.block_on(sweep(deployment.as_ref(), left, &mut out)));
        swept.or_else(|error| match error {
            Failed::Journal(JournalError::InUse(_)) if args.journal.is_none() => {
                let _ = writeln!(out, "{}; skipped", visible::line(&error.to_string()));
                Ok(Exit::Ok)
            }
            // Its run has ended well in the meantime, or another sweep was faster.
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
        let _ = writeln!(out, "no run left any resources behind");
    }
    let worst = [Exit::Usage, Exit::Unreachable, Exit::LeftBehind].into_iter().find(|exit| exits.contains(exit));
    Ok(out.finish(worst.unwrap_or(Exit::Ok)))
}

/// Sweeps the resources of one journal.
async fn sweep(
    deployment: Option<&(Target, SweepKeys)>,
    leftovers: Leftovers,
    out: &mut Output,
) -> Result<Exit, Failed> {
    // A write error does not stop the deletion.
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
            say(format!("  to delete them: {}", leftovers.command()));
            // Resources on another deployment do not count.
            let counts = another.is_none() && !list.is_empty();
            return Ok(if counts { Exit::LeftBehind } else { Exit::Ok });
        }
    };
    let removed = harness::sweep(&leftovers, target, keys).await;
    let left = removed.map_err(|reason| Failed::NotSetUp { target: target.base().to_owned(), reason })?;
    if left.is_empty() {
        say("  all of them are deleted".to_owned());
        return Ok(Exit::Ok);
    }
    for left in &left {
        say(format!("  left behind: {left}"));
    }
    Ok(Exit::LeftBehind)
}

fn journals(args: &SweepArgs) -> Result<Vec<PathBuf>, Failed> {
    match &args.journal {
        Some(journal) => Ok(vec![journal.clone()]),
        None => Ok(Journal::all()?),
    }
}
