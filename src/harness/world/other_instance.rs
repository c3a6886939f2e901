//! The other instance of a run, where replays request the resources of a scenario's instance.
//!
//! All scenarios without an other instance of their own share it, and only read there. It is
//! created when the first scenario needs it, and removed at the end of the run.

use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::sleep;

use super::scenario_world::ScenarioWorld;
use crate::harness::error::RunError;
use crate::harness::shutdown::Shutdown;
use crate::judge::Bindings;
use syncano_suite::Name;

/// The only user of the instance. The name is reserved, so no user of a scenario has it.
const USER: &str = "foreign";

/// How often it waits for an instance that others delete.
const WAITS: u32 = 3;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// The other instance, once it is created.
#[derive(Default)]
pub struct OtherInstance(OnceCell<Result<Bindings, String>>);

impl OtherInstance {
    /// Returns the values of its references, or why it could not be created. The first call creates
    /// the instance in this world, whose number belongs to no scenario; a failure is not retried.
    pub async fn bindings(&self, mut world: ScenarioWorld<'_>, shutdown: &Shutdown) -> Result<&Bindings, &str> {
        let create = async || {
            tokio::select! {
                created = create(&mut world) => created.map_err(|error| error.to_string())?,
                reason = shutdown.wait() => return Err(reason.to_string()),
            }
            Ok(world.bindings().clone())
        };
        self.0.get_or_init(create).await.as_ref().map_err(String::as_str)
    }
}

/// Creates the instance. If the target allows fewer instances than expected, scenarios give one up.
/// If it allows only one, the scenarios get it, and this one waits for one that others delete.
async fn create(world: &mut ScenarioWorld<'_>) -> Result<(), RunError> {
    world.ensure_shared().await?;
    let users = USER.parse::<Name>().into_iter().collect::<Vec<_>>();
    let mut waits = 0;
    loop {
        match world.other_instance(&users).await {
            Err(error) if error.is_instance_limit() => match world.make_room().await {
                Err(_) if waits < WAITS => {
                    waits += 1;
                    sleep(BETWEEN_ATTEMPTS).await;
                }
                room => room?,
            },
            created => return created,
        }
    }
}
