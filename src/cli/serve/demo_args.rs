//! Creates the demo world of `serve` and selects the source of its keys.

use std::io::Write;
use std::str::FromStr;

use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::{Quirks, Simulator};

use super::error::ServeError;
use super::user_seed;
use crate::cli::stream;

/// The options of the demo world.
#[derive(clap::Args, Debug)]
pub struct DemoArgs {
    /// Name of the instance in the demo world [default: demo]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["empty", "world"])]
    instance: Option<String>,

    /// User of the demo world, instead of alice and bob; may be repeated
    #[arg(long = "user", value_name = "NAME=PASSWORD", conflicts_with_all = ["empty", "world"])]
    users: Vec<DemoUser>,

    /// Seed for reproducible keys, times and passwords
    ///
    /// The same seed and the same requests give the same responses. The keys and passwords are then
    /// not secret, because the same seed produces them on every machine. A world from a file keeps
    /// the seed that it was created with.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,

    /// Generate new keys and passwords at each start [default: they stay the same]
    ///
    /// By default, the keys and passwords of the demo world derive from a random seed. The program
    /// generates this seed once for each user of the machine and stores it in the state directory.
    #[arg(long, conflicts_with = "seed")]
    random: bool,
}

/// The name and the password of a user.
#[derive(Clone, Debug)]
struct DemoUser {
    username: String,
    password: String,
}

impl FromStr for DemoUser {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<DemoUser, &'static str> {
        let parts = text.split_once('=').filter(|(name, password)| !name.is_empty() && !password.is_empty());
        let (username, password) = parts.ok_or("expected a name and a password, such as carol=secret")?;
        Ok(DemoUser { username: username.to_owned(), password: password.to_owned() })
    }
}

impl DemoArgs {
    /// Builds a simulator with an empty world. Only a demo world uses the seed of the user.
    pub fn simulator(&self, quirks: Quirks, has_demo_world: bool) -> Result<Simulator, ServeError> {
        let simulator = Simulator::builder().quirks(quirks);
        let seeded = match self.seed {
            Some(seed) => simulator.seed(seed),
            None if self.random || !has_demo_world => simulator,
            None => match user_seed::load() {
                Ok(seed) => simulator.key_seed(seed),
                Err(error) if error.is_homeless() => {
                    let note = "note: keys and passwords are new at each start, because their seed cannot be saved";
                    // The note is optional: a closed stderr must not stop the start.
                    let _ = writeln!(stream::stderr(), "{note}: {error}");
                    simulator
                }
                Err(error) => return Err(error.into()),
            },
        };
        Ok(seeded.build())
    }

    /// Creates the demo world.
    pub fn create(&self, simulator: &Simulator) -> Result<DemoWorld, ServeError> {
        let mut world = DemoWorld::builder();
        if let Some(name) = &self.instance {
            world = world.instance(name);
        }
        for DemoUser { username, password } in &self.users {
            world = world.user(username, password);
        }
        if self.seed.is_none() {
            world = world.secret_passwords();
        }
        let is_usual = self.instance.is_none() && self.users.is_empty();
        world.create(simulator).map_err(if is_usual { ServeError::Demo } else { ServeError::Asked })
    }
}
