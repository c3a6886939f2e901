//! `plan`: estimates what `run` would do.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use syncano_conformance::estimate::{Estimate, PartEstimate, ResourceKind};
use syncano_conformance::report::{count, target_in_words, thousands};

use super::Exit;
use super::output::Output;
use super::part_args::PartArgs;
use super::print_error::print_error;
use super::suite::SuiteArgs;
use super::target_args::TargetArgs;

/// Estimate what `run` would do with the same options; nothing is sent
///
/// Prints which scenarios would run and why others would not, the number of requests and resources,
/// and the shortest time. The numbers come from a dry run against the built-in simulator: retries,
/// or an instance with longer lists, add requests. No key is needed: `plan` names each key that
/// `run` would need.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXIT_CODES)]
pub struct PlanArgs {
    #[command(flatten)]
    parts: PartArgs,

    /// List every scenario and every endpoint of the access table
    #[arg(long)]
    all: bool,

    /// Output format
    #[arg(long, value_enum, default_value = "table")]
    format: PlanFormat,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    suite: SuiteArgs,
}

const EXIT_CODES: &str = "Exit codes:
  0    at least one check would run
  2    the command line is wrong, or the output cannot be written
  4    nothing was selected, or nothing would run
  5    a scenario, rules.toml or conformance.toml is not valid
  70   a bug of this program";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PlanFormat {
    /// A summary
    Table,
    /// Everything, as JSON
    Json,
}

/// The target and the settings of the run.
struct Heading {
    target: String,
    is_live: bool,
    api_version: String,
    instance: Option<String>,
    /// The maximum number of instances at a time, if the run creates them and shares them.
    max_instances: Option<usize>,
    /// The shortest time between the beginnings of two requests.
    between_requests: Duration,
}

impl Heading {
    /// Returns the maximum requests per second, if there is a limit.
    fn rate(&self) -> Option<f64> {
        (!self.between_requests.is_zero()).then(|| self.between_requests.as_secs_f64().recip())
    }
}

/// Runs the command.
pub fn run(args: &PlanArgs) -> Result<Exit, Exit> {
    let earlier = args.parts.failed_run()?;
    let chosen = args.target.clone().for_plan().choose_for_run(earlier.as_ref())?;
    let suite = args.parts.part_of(args.suite.read_sound()?);
    let is_live = chosen.is_live();
    let selection = args.parts.select(&suite, is_live, earlier.as_ref())?;
    if earlier.is_none() {
        args.target.note_simulator();
    }
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
    let max_instances = plan.max_instances.filter(|_| instance.is_none());
    let heading = Heading { target, is_live, api_version, instance, max_instances, between_requests };
    let suite = Arc::new(suite);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let estimate = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(Estimate::new(&suite, &selection, &plan)).map_err(|error| error.to_string())
    });
    let estimate = match estimate {
        Ok(estimate) => estimate,
        Err(error) => {
            let hint = "this is a bug of the simulator; report it to the maintainers";
            print_error(format_args!("the run could not be estimated: {error}\n  hint: {hint}"));
            return Err(Exit::Bug);
        }
    };
    let mut out = Output::new();
    // `finish` reports write errors.
    let _ = match args.format {
        PlanFormat::Table => table(&heading, &estimate, args.all, &mut out),
        PlanFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &document(&heading, &estimate)).map_err(io::Error::from)
        }
    };
    Ok(out.finish(if estimate.checks() == 0 { Exit::Nothing } else { Exit::Ok }))
}

fn table(heading: &Heading, estimate: &Estimate, all: bool, out: &mut impl Write) -> io::Result<()> {
    let Heading { target, api_version, instance, max_instances, .. } = heading;
    if all {
        estimate.parts.iter().try_for_each(|part| line(part, out))?;
        writeln!(out)?;
    }
    let place = match (instance, max_instances) {
        (Some(name), _) => format!("in the instance {name}"),
        (None, Some(max)) => format!("in new instances, at most {max} at a time"),
        (None, None) => "in new instances".to_owned(),
    };
    writeln!(out, "{}, API {api_version}, {place}; nothing was sent\n", target_in_words(target))?;
    let run = estimate.parts.iter().filter(|part| part.checks > 0).count();
    let parts = count(estimate.parts.len(), "scenario or endpoint", "scenarios and endpoints");
    let disputed = match estimate.disputed() {
        0 => String::new(),
        disputed => format!(" ({} of disputed rules)", thousands(disputed)),
    };
    writeln!(out, "run    {}{disputed} in {} of {parts}", checks(estimate.checks()), thousands(run))?;
    for (why, (parts, number)) in estimate.skipped() {
        writeln!(out, "skip   {} in {}: {why}", checks(number), count(parts, "scenario", "scenarios"))?;
    }
    if estimate.access_cases_not_run > 0 {
        let cases = count(estimate.access_cases_not_run, "access case", "access cases");
        writeln!(out, "skip   {cases}: --access-table full runs all of them")?;
    }
    writeln!(out, "send   {}", count(estimate.requests, "request", "requests"))?;
    writeln!(out, "create {}", resources(&estimate.created))?;
    if heading.is_live { deployment_lines(heading, estimate, out) } else { Ok(()) }
}

/// Writes what matters only on a deployment: which resources stay, and the shortest time.
fn deployment_lines(heading: &Heading, estimate: &Estimate, out: &mut impl Write) -> io::Result<()> {
    if !estimate.remaining.is_empty() {
        writeln!(out, "leave  {}: these keys cannot delete them", resources(&estimate.remaining))?;
    }
    match heading.rate() {
        Some(rate) => {
            let seconds = estimate.least_time(heading.between_requests).as_secs_f64().ceil();
            writeln!(out, "take   at least {}, at {rate} requests per second", time(seconds as u64))
        }
        None => writeln!(out, "take   as long as the target takes; the rate is unlimited"),
    }
}

fn checks(number: usize) -> String {
    count(number, "check", "checks")
}

/// `run   user/reads (12 checks)`
fn line(part: &PartEstimate, out: &mut impl Write) -> io::Result<()> {
    if part.checks > 0 {
        writeln!(out, "run    {} ({})", part.name, checks(part.checks))?;
    }
    for (why, number) in &part.skipped {
        writeln!(out, "skip   {} ({}): {why}", part.name, checks(*number))?;
    }
    Ok(())
}

fn resources(numbers: &BTreeMap<ResourceKind, usize>) -> String {
    let words = numbers.iter().map(|(resource, number)| resource.counted(*number)).collect::<Vec<_>>();
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
        "max_instances": heading.max_instances,
        "checks": estimate.checks(),
        "disputed": estimate.disputed(),
        "access_cases_not_run": estimate.access_cases_not_run,
        "skipped": skipped.collect::<Vec<_>>(),
        "requests": estimate.requests,
        "created": estimate.created,
        "remaining": estimate.remaining,
        "rate": heading.rate(),
        "least_seconds": heading.rate().map(|_| estimate.least_time(heading.between_requests).as_secs_f64()),
        "parts": estimate.parts,
    })
}
