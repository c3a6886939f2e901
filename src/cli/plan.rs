//! `plan`: shows what `run` would do.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use syncano_conformance::estimate::{Estimate, Part, Resource};

use super::Exit;
use super::output::Output;
use super::part_args::PartArgs;
use super::print_error::print_error;
use super::suite::{SuiteArgs, count};
use super::target_args::TargetArgs;

/// Say what `run` would do with the same options, without sending anything
///
/// Says which scenarios would be run and which not and why, how many requests and resources that makes, and how long it
/// takes at least. The run is rehearsed against the built-in simulator: a deployment on which things must be asked for
/// twice, or an instance with longer lists, makes it more.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct PlanArgs {
    #[command(flatten)]
    parts: PartArgs,

    /// List every scenario and every endpoint of the access table [default: only the counts]
    #[arg(long)]
    all: bool,

    /// What is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    something would be run
  2    the command line is wrong, a key is not where it was said to be, or the output cannot be written
  4    nothing was selected, or nothing would be run
  5    a scenario, the registry of rules or conformance.toml is not valid
  70   a defect of this program";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A summary
    Table,
    /// Everything, for other programs
    Json,
}

/// What is said of the target.
struct Heading {
    target: String,
    api_version: String,
    instance: Option<String>,
    /// How far apart requests begin at least.
    between_requests: Duration,
}

impl Heading {
    /// So many requests a second, at most; nothing where there is no limit.
    fn rate(&self) -> Option<f64> {
        (!self.between_requests.is_zero()).then(|| self.between_requests.as_secs_f64().recip())
    }
}

/// Runs the command to its end.
pub fn run(args: &PlanArgs) -> Result<Exit, Exit> {
    let chosen = args.target.choose()?;
    let suite = args.suite.read_sound()?;
    let is_live = chosen.is_live();
    let selection = args.parts.select(&suite, is_live)?;
    let target = chosen.name().to_owned();
    let between_requests = match chosen.between_requests() {
        Ok(between_requests) => between_requests,
        Err(error) => {
            print_error(&error);
            return Err(Exit::Usage);
        }
    };
    let plan = args.parts.put_into(chosen.plan(), is_live);
    let (api_version, instance) = (plan.version.to_string(), plan.instance.clone());
    let heading = Heading { target, api_version, instance, between_requests };
    let suite = Arc::new(suite);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let estimate = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(Estimate::new(&suite, &selection, &plan)).map_err(|error| error.to_string())
    });
    let estimate = match estimate {
        Ok(estimate) => estimate,
        Err(error) => {
            let hint = "this is a defect of the simulator";
            print_error(format_args!("the run could not be estimated: {error}\n  hint: {hint}"));
            return Err(Exit::Bug);
        }
    };
    let mut out = Output::new();
    // What cannot be written is reported by `finish`.
    let _ = match args.format {
        Format::Table => table(&heading, &estimate, args.all, &mut out),
        Format::Json => serde_json::to_writer_pretty(&mut out, &document(&heading, &estimate)).map_err(io::Error::from),
    };
    Ok(out.finish(if estimate.checks() == 0 { Exit::Nothing } else { Exit::Ok }))
}

fn table(heading: &Heading, estimate: &Estimate, all: bool, out: &mut impl Write) -> io::Result<()> {
    let Heading { target, api_version, instance, between_requests } = heading;
    if all {
        estimate.parts.iter().try_for_each(|part| line(part, out))?;
        writeln!(out)?;
    }
    let place =
        instance.as_ref().map_or("in instances of its own".to_owned(), |name| format!("in the instance {name}"));
    writeln!(out, "{target}, {api_version}, {place}; nothing was sent\n")?;
    let run = estimate.parts.iter().filter(|part| part.checks > 0).count();
    let checks = |number| count(number, "check", "checks");
    writeln!(out, "run    {} of {} parts, {}", run, estimate.parts.len(), checks(estimate.checks()))?;
    for (why, (parts, number)) in estimate.skipped() {
        writeln!(out, "skip   {} in {}: {why}", checks(number), count(parts, "part", "parts"))?;
    }
    writeln!(out, "send   {}", count(estimate.requests, "request", "requests"))?;
    writeln!(out, "make   {}", resources(&estimate.made))?;
    if !estimate.staying.is_empty() {
        writeln!(out, "leave  {}: nobody can delete them with these keys", resources(&estimate.staying))?;
    }
    match heading.rate() {
        Some(rate) => {
            let seconds = estimate.least_time(*between_requests).as_secs_f64().ceil();
            writeln!(out, "take   at least {}, at {rate} requests a second", time(seconds as u64))
        }
        None => writeln!(out, "take   as long as the target takes: the rate has no limit"),
    }
}

/// `run   user/reads (12 checks)`
fn line(part: &Part, out: &mut impl Write) -> io::Result<()> {
    if part.checks > 0 {
        writeln!(out, "run    {} ({})", part.name, count(part.checks, "check", "checks"))?;
    }
    for (why, checks) in &part.skipped {
        writeln!(out, "skip   {} ({}): {why}", part.name, count(*checks, "check", "checks"))?;
    }
    Ok(())
}

fn resources(numbers: &BTreeMap<Resource, usize>) -> String {
    let words = numbers.iter().map(|(resource, number)| format!("{number} {resource}")).collect::<Vec<_>>();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// `1 h 2 min 3 s`
fn time(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let shown = parts.iter().skip_while(|(number, unit)| *number == 0 && *unit != "s");
    shown.map(|(number, unit)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

fn document(heading: &Heading, estimate: &Estimate) -> Value {
    let skipped = estimate.skipped().into_iter();
    let skipped = skipped.map(|(why, (parts, checks))| json!({"why": why, "parts": parts, "checks": checks}));
    json!({
        "format": "syncano-conformance-plan/1",
        "target": heading.target,
        "api_version": heading.api_version,
        "instance": heading.instance,
        "checks": estimate.checks(),
        "skipped": skipped.collect::<Vec<_>>(),
        "requests": estimate.requests,
        "made": estimate.made,
        "staying": estimate.staying,
        "rate": heading.rate(),
        "least_seconds": heading.rate().map(|_| estimate.least_time(heading.between_requests).as_secs_f64()),
        "parts": estimate.parts,
    })
}
