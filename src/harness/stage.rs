//! Where answers come from: worlds on a target, or what a run before has written down.

use super::client::SetUpError;
use super::colleagues::Colleagues;
use super::elsewhere::Elsewhere;
use super::ending::{Early, Ending};
use super::made::Made;
use super::means::Means;
use super::run_id::RunId;
use super::trace::{Player, Trace};
use super::world::World;
use crate::secret::Secrets;

/// Where the answers of a run come from.
pub enum Source {
    /// A target.
    Live(Box<Live>),
    /// A trace, and what in it is not to be shown.
    Trace(Box<Trace>, Secrets),
}

/// What all worlds on a target share.
pub struct Live {
    /// What they are made with.
    pub means: Means,
    /// The accounts beside.
    pub colleagues: Colleagues,
    /// The other instance, for replays.
    pub elsewhere: Elsewhere,
    /// What the run has made.
    pub made: Made,
}

/// Where the answers of a scenario come from.
pub enum Stage<'a> {
    /// A world that is made for it.
    World {
        /// The world.
        world: Box<World<'a>>,
        /// What it shares with others.
        live: &'a Live,
    },
    /// A world that was made before.
    Trace(Player<'a>),
}

/// What became of the world of a scenario.
pub enum Arranged {
    /// It is there.
    Whole,
    /// It could not be made.
    Not(SetUpError),
    /// The run ended before it was there.
    Ended(Early),
}

impl Source {
    /// What stands before every path.
    pub fn base(&self) -> &str {
        match self {
            Source::Live(live) => live.means.target.base(),
            Source::Trace(trace, _) => &trace.header.base,
        }
    }

    /// What is not to be shown.
    pub fn secrets(&self) -> &Secrets {
        match self {
            Source::Live(live) => live.means.target.secrets(),
            Source::Trace(_, secrets) => secrets,
        }
    }
}

impl Live {
    /// An empty world with this number.
    pub fn world<'a>(&'a self, run: &'a RunId, number: usize, ending: &'a Ending) -> World<'a> {
        World::new(&self.means, &self.colleagues, (run, number), &self.made, ending)
    }
}

impl Stage<'_> {
    /// Why the run that is read here came to an early end, where it did.
    pub fn early(&self) -> Option<Early> {
        match self {
            Stage::World { .. } => None,
            Stage::Trace(player) => player.early(),
        }
    }
}
