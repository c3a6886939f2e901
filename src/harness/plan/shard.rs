//! One of several runs that share a suite.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every `of`th part of what is selected, beginning with the `number`th: `2/3`. A part is a scenario or an endpoint of the
/// access table, in the order in which they are run, so that the same suite is always split alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which of them, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// The text is no shard.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("write which one and of how many: 2/3")]
pub struct ShardError;

impl Shard {
    /// Whether the part at this place, from 0, is one of its.
    pub fn takes(self, place: usize) -> bool {
        place % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let (number, of) = text.split_once('/').ok_or(ShardError)?;
        let [number, of] = [number, of].map(|number| number.parse::<usize>().map_err(|_| ShardError));
        let shard = Shard { number: number?, of: of? };
        if (1..=shard.of).contains(&shard.number) { Ok(shard) } else { Err(ShardError) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1/1", true)]
    #[case("3/3", true)]
    #[case("0/3", false)]
    #[case("4/3", false)]
    #[case("0/0", false)]
    #[case("1/0", false)]
    #[case("1", false)]
    #[case("1/2/3", false)]
    #[case("a/b", false)]
    fn a_shard_is_one_of_those_that_there_are(#[case] text: &str, #[case] is_one: bool) {
        let shard = text.parse::<Shard>();
        assert_eq!(shard.as_ref().map(Shard::to_string), if is_one { Ok(text.to_owned()) } else { Err(&ShardError) });
    }
}
