//! The other instance of a run: where replays ask for what stands in the instance of a scenario that has no other of its own.
//!
//! It is made when the first scenario needs it, serves all scenarios of the run, which only read there, and is removed at the
//! end of the run.

use tokio::sync::OnceCell;

use super::client::SetUpError;
use super::ending::Ending;
use super::world::World;
use crate::judge::Bindings;
use crate::scenario::Name;

/// Its only user. The word is reserved, so that no user of a scenario has this name.
const USER: &str = "foreign";

/// The other instance, once it is made.
#[derive(Default)]
pub struct Elsewhere(OnceCell<Place>);

/// What is known of it, and why no more is, where making it failed.
struct Place {
    bindings: Bindings,
    wrong: Option<SetUpError>,
}

impl Elsewhere {
    /// The values of its references, which are those of the other instance of a scenario; it is made in this world, whose
    /// number is that of no scenario. A failure is not tried again.
    pub async fn bindings(&self, mut world: World<'_>, ending: &Ending) -> Result<&Bindings, &SetUpError> {
        let make = async || {
            let users = USER.parse::<Name>().into_iter().collect::<Vec<_>>();
            let wrong = tokio::select! {
                made = world.foreign(&users) => made.err(),
                early = ending.comes() => Some(SetUpError(early.to_string())),
            };
            Place { bindings: world.bindings().clone(), wrong }
        };
        let place = self.0.get_or_init(make).await;
        place.wrong.as_ref().map_or(Ok(&place.bindings), Err)
    }
}
