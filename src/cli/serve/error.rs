//! Defines the errors of `serve`, at its start and when it saves the world.

use std::io;
use std::path::PathBuf;

use syncano_simulator::WorldError;
use syncano_simulator::server::demo::DemoError;

use super::address::{Address, TwoPorts};
use super::user_seed::UserSeedError;
use crate::cli::Exit;
use crate::cli::wrong_args::UnknownChoice;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "{0} is in use: another program listens there\n  \
         hint: stop it, or choose another port; --listen {host}:0 takes a free one",
        host = .0.host
    )]
    InUse(Address),
    #[error(
        "cannot listen on {address}: {source}\n  hint: --listen takes an address of this machine and a port you may use, such as 127.0.0.1:8080"
    )]
    CannotListen { address: Address, source: io::Error },
    #[error(transparent)]
    Port(#[from] TwoPorts),
    #[error("cannot start: {0}")]
    Setup(io::Error),
    #[error("cannot write to stdout: {0}")]
    Stdout(io::Error),
    #[error(
        "cannot create the demo world: {0}\n  hint: this is a bug of the simulator; --empty starts without the demo world"
    )]
    Demo(DemoError),
    #[error("cannot create the demo world: {0}\n  hint: choose another name in --instance or --user")]
    Asked(DemoError),
    #[error("{0}")]
    Seed(#[from] UserSeedError),
    #[error(transparent)]
    Name(#[from] UnknownChoice),
    #[error("cannot read {}: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    CannotRead { path: PathBuf, source: io::Error },
    #[error("{} is not a world file: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    NoWorld { path: PathBuf, source: WorldError },
    #[error("cannot write the world to {}: {source}\n  hint: name a file in a folder that exists", path.display())]
    CannotSave { path: PathBuf, source: io::Error },
}

impl ServeError {
    /// Returns the exit status for this error.
    pub fn exit(&self) -> Exit {
        match self {
            ServeError::CannotListen { .. }
            | ServeError::Port(_)
            | ServeError::Asked(_)
            | ServeError::Seed(_)
            | ServeError::Name(_)
            | ServeError::CannotRead { .. }
            | ServeError::CannotSave { .. }
            | ServeError::Stdout(_) => Exit::Usage,
            ServeError::NoWorld { .. } => Exit::Invalid,
            ServeError::InUse(_) | ServeError::Setup(_) => Exit::Unreachable,
            ServeError::Demo(_) => Exit::Bug,
        }
    }
}
