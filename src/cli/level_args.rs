//! The option that selects checks by who promises them.

use std::collections::BTreeSet;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use syncano_suite::{Level, Suite};

/// The option that selects checks by who promises them.
#[derive(clap::Args, Debug)]
pub struct LevelArgs {
    /// Levels to select: seed, public, observed, sane [default: all]
    ///
    /// Selects the scenarios with a check of a rule of these levels. Judges only these checks, the
    /// witnesses and values that they need, and built-in checks: leak checks with the level seed,
    /// checks of the form of responses with the level sane. Access cases have no level.
    #[arg(
        id = "level",
        long = "level",
        value_name = "LEVEL,...",
        value_delimiter = ',',
        value_parser = level(),
        hide_possible_values = true
    )]
    levels: Vec<Level>,
}

impl LevelArgs {
    /// Returns the levels; none select everything.
    pub fn levels(&self) -> BTreeSet<Level> {
        self.levels.iter().copied().collect()
    }

    /// Returns the part of a suite that the levels promise.
    pub fn part_of(&self, suite: Suite) -> Suite {
        suite.at_levels(&self.levels())
    }
}

fn level() -> impl TypedValueParser<Value = Level> {
    let values = Level::ALL.map(|level| {
        PossibleValue::new(level.name()).help(match level {
            Level::Seed => "The User Key page of the manual",
            Level::Public => "Another public page",
            Level::Observed => "The reference deployment, but no page",
            Level::Sane => "No page: what no API may do",
        })
    });
    PossibleValuesParser::new(values).try_map(|word| word.parse::<Level>())
}
