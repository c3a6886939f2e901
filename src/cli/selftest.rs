//! `selftest`: the suite against every defect of the simulator.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use syncano_conformance::defects::{self, Defect};
use syncano_conformance::selftest::{self, CannotTest, Matrix, Transport};

use super::Exit;
use super::complain::complain;
use super::suite::{SuiteArgs, show};

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
    let defects = match chosen(&args.defects) {
        Ok(defects) => defects,
        Err(message) => return say(Exit::Usage, &message),
    };
    let json = match args.json.as_ref().map(File::create).transpose() {
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
    if let Some(json) = json
        && let Err(error) = serde_json::to_writer_pretty(json, &matrix)
    {
        return say(Exit::Usage, &format!("the matrix cannot be written: {error}"));
    }
    let mut out = anstream::stdout().lock();
    // A reader that has seen enough is not an error.
    let _ = match args.format {
        Format::Table => selftest::terminal(&matrix, &mut out),
        Format::Markdown => out.write_all(selftest::markdown(&matrix).as_bytes()),
    };
    if matrix.is_good() { Exit::Ok } else { Exit::Failed }
}

/// The defects of these names; all where none is named.
fn chosen(names: &[String]) -> Result<Vec<&'static Defect>, String> {
    if names.is_empty() {
        return Ok(defects::all().iter().collect());
    }
    let find = |name: &String| {
        let unknown = || format!("there is no defect {name:?}\n  hint: `list --defects` shows all of them");
        defects::named(name).ok_or_else(unknown)
    };
    names.iter().map(find).collect()
}

fn say(exit: Exit, message: &str) -> Exit {
    complain(message);
    exit
}
