//! `repro`: writes a check as a shell script.

use std::path::PathBuf;

use syncano_conformance::harness::{check_ids, scenario_of};
use syncano_conformance::repro::{ScriptError, script};
use syncano_conformance::scenario::diagnostic::nearest;

use super::Exit;
use super::output::print;
use super::place::{Place, Readers};
use super::print_error::print_error;
use super::suite::SuiteArgs;

/// Write a script that shows what a deployment does of one check, with curl, and ends with the verdict
///
/// The script needs curl and jq, the URL of the deployment and, in SYNCANO_ACCOUNT_KEY, the account key of an
/// administrator; nothing else, and not this program. It makes an instance and removes it. Its exit code is 0 where the
/// check holds, 1 where it fails, 7 where it could not be tested. It holds no key, and can be given away.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct ReproArgs {
    /// The id of the check
    #[arg(value_name = "CHECK")]
    check: String,

    /// Write the script to this file [default: print it]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    the script is written
  2    it cannot be: the check cannot be shown so, or the script not be written
  4    there is no such check
  5    a scenario or the registry of rules is not valid
  70   a defect of this program";

/// Runs the command to its end.
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
            None => "`list` shows the checks".to_owned(),
        };
        print_error(format_args!("there is no check {id:?}\n  hint: {hint}"));
        return Err(Exit::Nothing);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| usage(&format!("the program cannot start: {error}")))?;
    let script = runtime.block_on(async {
        match scenario_of(&suite, id) {
            Some(scenario) => script(&suite, &scenario, id).await,
            None => {
                let why = "it is about all answers of its scenario".to_owned();
                Err(ScriptError::Check { check: id.to_owned(), why })
            }
        }
    });
    let script =
        script.map_err(|error| usage(&format!("{error}\n  hint: `explain {id}` tells how `run` checks it")))?;
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
