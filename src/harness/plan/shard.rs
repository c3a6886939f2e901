//! One of several runs that share a suite.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of `of` shards of a run: `2/3`. It takes every `of`th part, beginning with the `number`th. A
/// part is a scenario or an endpoint of the access table; their order is fixed, so the same suite
/// is always split in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// The number of the shard, from 1.
    pub number: usize,
    /// The number of shards.
    pub of: usize,
}

/// A text that is not a shard.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a shard NUMBER/COUNT, such as 2/3")]
pub struct ShardError;

impl Shard {
    /// Returns whether the shard takes the part at this index, from 0.
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
    fn a_shard_number_is_between_one_and_the_number_of_shards(#[case] text: &str, #[case] is_one: bool) {
        let shard = text.parse::<Shard>();
        assert_eq!(shard.as_ref().map(Shard::to_string), if is_one { Ok(text.to_owned()) } else { Err(&ShardError) });
    }
}
