//! `selftest`: the suite against every defect of the simulator.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::defects;
use syncano_conformance::selftest::{self, CannotTest, Matrix, Transport};

use super::Exit;
use super::complain::complain;
use super::output::Output;
use super::place::{Place, Readers};
use super::suite::{SuiteArgs, show};
use super::wrong_args::find_defects;

/// Run the suite against deliberately wrong deployments, to prove that it notices
///
/// A defect counts as noticed where a check that defects.toml pins to it fails by its assertion while its witnesses hold.
/// Exits with 1 unless every defect is noticed, and every check of a rule that a page promises notices at least one.
#[derive(clap::Args, Debug)]
pub struct SelftestArgs {
    /// Names of defects to try (`list --defects`) [default: all]
    #[arg(value_name = "DEFECT")]
    defects: Vec<String>,

    /// How the simulator is reached; left out, both ways
    #[arg(long, value_enum)]
    transport: Option<Way>,

    /// What is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,

    /// Write the whole matrix as JSON
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    #[command(flatten)]
    suite: SuiteArgs,
}

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

/// Runs the command to its end.
pub fn run(args: &SelftestArgs) -> Exit {
    let suite = match args.suite.read() {
        Ok(suite) => suite,
        Err(exit) => return exit,
    };
    let mut wrong = suite.conflicts();
    if args.defects.is_empty() {
        wrong.extend(selftest::conflicts(&suite));
    }
    if !wrong.is_empty() {
        return show(&wrong);
    }
    let defects = match find_defects(&args.defects) {
        Ok(defects) if defects.is_empty() => defects::all().iter().collect(),
        Ok(defects) => defects,
        Err(error) => return say(Exit::Usage, &error.to_string()),
    };
    let json = match args.json.as_ref().map(|path| Place::open(path, Readers::Usual)).transpose() {
        Ok(json) => json,
        Err(error) => return say(Exit::Usage, &format!("the matrix cannot be written: {error}")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let transports: &[Transport] = match args.transport {
        Some(Way::InProcess) => &[Transport::InProcess],
        Some(Way::Http) => &[Transport::Http],
        None => &[Transport::InProcess, Transport::Http],
    };
    let suite = Arc::new(suite);
    let all = async {
        let mut rows = Vec::new();
        for transport in transports {
            rows.extend(selftest::run(&suite, &defects, *transport).await?);
        }
        Ok::<_, CannotTest>(rows)
    };
    let rows = match runtime.map(|runtime| runtime.block_on(all)) {
        Ok(Ok(rows)) => rows,
        Ok(Err(error)) => return say(Exit::Unreachable, &error.to_string()),
        Err(error) => return say(Exit::Unreachable, &format!("the program cannot start: {error}")),
    };
    let matrix = Matrix::new(&suite, rows);
    let text = serde_json::to_vec_pretty(&matrix).map_err(io::Error::from);
    if let Some(Err(error)) = json.map(|json| json.write(&text?)) {
        return say(Exit::Usage, &format!("the matrix cannot be written: {error}"));
    }
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = match args.format {
        Format::Table => selftest::terminal(&matrix, &mut out),
        Format::Markdown => out.write_all(selftest::markdown(&matrix).as_bytes()),
    };
    out.finish(if matrix.is_good() { Exit::Ok } else { Exit::Failed })
}

fn say(exit: Exit, message: &str) -> Exit {
    complain(message);
    exit
}
