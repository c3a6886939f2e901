//! `repro`: writes a shell script for a check.

use std::path::PathBuf;

use syncano_conformance::harness::scenario_of;
use syncano_conformance::report::thousands;
use syncano_conformance::repro::{ScriptError, script};
use syncano_suite::Suite;

use super::Exit;
use super::named;
use super::output::print;
use super::output_file::{OutputFile, Readers};
use super::print_error::{print_error, print_note};
use super::suite::SuiteArgs;

/// Write a shell script that reproduces one check with curl
///
/// The script needs curl, jq, the URL of a deployment, and the account key of an administrator in
/// SYNCANO_ACCOUNT_KEY, but not this program. It creates an instance and deletes it. Its exit code
/// is 0 if the check passes, 1 if it fails, and 7 if it could not be tested. The script contains no
/// key, so you can share it.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct ReproArgs {
    /// Id of the check, or another word that names checks
    ///
    /// A word is the id of a check, or the name of a rule, scenario, area or defect, or the code of
    /// a rule, in any case. The last part of a name is enough if no other name has it. If a word
    /// names several checks, the script shows the first one that a script can show.
    #[arg(value_name = "WORD")]
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
  4    the word names no check, or it is not clear which
  5    a scenario or rules.toml is not valid
  70   a bug of this program";

/// Runs the command.
pub fn run(args: &ReproArgs) -> Exit {
    written(args).unwrap_or_else(|exit| exit)
}

fn written(args: &ReproArgs) -> Result<Exit, Exit> {
    let suite = args.suite.read_sound()?;
    let name = named::find(&suite, &args.check).map_err(|error| nothing(&error.to_string()))?;
    let checks = named::checks(&suite, &name);
    if checks.is_empty() {
        return Err(nothing(&format!("`{name}` names no check\n  hint: `explain {name}` explains it")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| usage(&format!("the program cannot start: {error}")))?;
    let written = runtime.block_on(first_script(&suite, &checks));
    let (id, script) =
        written.map_err(|error| usage(&format!("{error}\n  hint: `explain {name}` shows how `run` tests it")))?;
    if checks.len() > 1 {
        let all = thousands(checks.len());
        print_note(format_args!(
            "`{name}` names {all} checks; this is the script of {id}\n  hint: `explain {name}` shows the others"
        ));
    }
    let Some(path) = &args.output else { return Ok(print(&script)) };
    OutputFile::open(path, Readers::Usual)
        .and_then(|place| place.write(script.as_bytes()))
        .map_err(|error| usage(&format!("{} cannot be written: {error}", path.display())))?;
    Ok(Exit::Ok)
}

/// Returns the script of the first check that a script can show, with the id of the check. The
/// error is that of the first one.
async fn first_script<'c>(suite: &Suite, checks: &'c [String]) -> Result<(&'c str, String), ScriptError> {
    let mut first = Ok(());
    for id in checks {
        let written = match scenario_of(suite, id) {
            Some(scenario) => script(suite, &scenario, id).await,
            None => {
                let why = "it is about all responses of its scenario".to_owned();
                Err(ScriptError::Check { check: id.clone(), why })
            }
        };
        match written {
            Ok(script) => return Ok((id, script)),
            Err(error) => first = first.and(Err(error)),
        }
    }
    first.map(|()| ("", String::new()))
}

fn nothing(message: &str) -> Exit {
    print_error(message);
    Exit::Nothing
}

fn usage(message: &str) -> Exit {
    print_error(message);
    Exit::Usage
}
