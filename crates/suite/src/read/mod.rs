//! Reads the text of a file into a [`Scenario`], or reports its mistakes.

mod check;
mod given;
mod reader;
mod step;
mod yaml;

use std::sync::Arc;

pub use reader::ModelReader;

use super::built_in::BuiltInCheck;
use super::diagnostic::{Diagnostic, Source};
use super::file::{Need, ScenarioFile};
use super::model::Scenario;

/// Reads one file. Reports all mistakes at once, except one that makes the file unreadable.
pub fn read(name: &str, source: &Arc<Source>) -> Result<Scenario, Vec<Diagnostic>> {
    let file = yaml::parse(source).map_err(|diagnostic| vec![diagnostic])?;
    let mut reader = ModelReader::new(source);
    let scenario = scenario(&mut reader, name, file);
    if reader.wrong.is_empty() { Ok(scenario) } else { Err(reader.wrong) }
}

fn scenario(reader: &mut ModelReader<'_>, name: &str, file: ScenarioFile) -> Scenario {
    let start = reader.start.clone();
    if file.steps.is_empty() {
        reader.report(&start, "the scenario has no steps", "write at least one request under `steps`");
    }
    reader.given(file.given, start);
    // Collecting in place would keep the larger vector of the file.
    let mut steps = Vec::with_capacity(file.steps.len());
    steps.extend(file.steps.into_iter().map(|step| reader.step(step)));
    for (number, step) in steps.iter().enumerate() {
        reader.waiting(step, steps.get(number + 1));
    }
    let given = std::mem::take(&mut reader.given);
    let mut needs = file.needs;
    // An account that becomes an administrator of an instance stays one until the instance is
    // deleted.
    if !given.roles.is_empty() && !needs.contains(&Need::OwnInstance) {
        needs.push(Need::OwnInstance);
    }
    Scenario {
        source: Arc::clone(reader.source),
        name: name.to_owned(),
        title: file.title,
        needs,
        given,
        steps,
        built_in: BuiltInCheck::ALL.to_vec(),
    }
}
