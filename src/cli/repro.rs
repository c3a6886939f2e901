//! `repro`: writes a shell script for a check.

use std::path::PathBuf;

use syncano_conformance::harness::{check_ids, scenario_of};
use syncano_conformance::repro::{ScriptError, script};
use syncano_suite::diagnostic::nearest;

use super::Exit;
use super::output::print;
use super::place::{Place, Readers};
use super::print_error::print_error;
use super::suite::SuiteArgs;

/// Write a shell script that reproduces one check with curl
///
/// The script needs curl, jq, the URL of a deployment, and the account key of an administrator in SYNCANO_ACCOUNT_KEY, but not
/// this program. It creates an instance and deletes it. Its exit code is 0 if the check passes, 1 if it fails, and 7 if it could
/// not be tested. The script contains no key, so that you can pass it on.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct ReproArgs {
    /// Id of the check
    #[arg(value_name = "CHECK")]
    check: String,

    /// File for the script [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    the script was written
  2    no script can show this check, or it cannot be written
  4    no check has this id
  5    a scenario or rules.toml is not valid
  70   a bug of this program";

/// Runs the command.
pub fn run(args: &ReproArgs) -> Exit {
    written(args).unwrap_or_else(|exit| exit)
}

fn written(args: &ReproArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read_sound()?;
    let id = args.check.as_str();
    let ids = check_ids(&suite);
    if !ids.contains(id) {
        let hint = match nearest(id, ids.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`list` lists the checks".to_owned(),
        };
        print_error(format_args!("no check has the id {id:?}\n  hint: {hint}"));
        return Err(Exit::Nothing);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| usage(&format!("the program cannot start: {error}")))?;
    let script = runtime.block_on(async {
        match scenario_of(&suite, id) {
            Some(scenario) => script(&suite, &scenario, id).await,
            None => {
                let why = "it is about all responses of its scenario".to_owned();
                Err(ScriptError::Check { check: id.to_owned(), why })
            }
        }
    });
    let script = script.map_err(|error| usage(&format!("{error}\n  hint: `explain {id}` shows how `run` tests it")))?;
    let Some(path) = &args.output else { return Ok(print(&script)) };
    Place::open(path, Readers::Usual)
        .and_then(|place| place.write(script.as_bytes()))
        .map_err(|error| usage(&format!("{} cannot be written: {error}", path.display())))?;
    Ok(Exit::Ok)
}

fn usage(message: &str) -> Exit {
    print_error(message);
    Exit::Usage
}
