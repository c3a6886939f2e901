//! `serve`: serves the simulator over HTTP until it is interrupted.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;
use syncano_conformance::input::{self, Limit};
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{Control, Entry, Limits, Listener};
use syncano_simulator::testing::ArrangeError;
use syncano_simulator::{Simulator, WorldError};

use super::Exit;
use super::place::{Place, Readers};
use super::print_error::print_error;
use super::signal::Interruptions;
use super::stream;
use super::wrong_args::{BuiltIn, UnknownName, WrongArgs};

/// Serve the simulator over HTTP until interrupted.
///
/// When it is ready, one line of JSON on stdout says where it listens and which accounts, keys and users it holds. It ends
/// with Ctrl-C, SIGTERM or SIGHUP once the requests in flight have been answered.
///
/// Below /__simulator/ it lets itself be controlled: GET it to see how.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free port
    ///
    /// /__simulator/ answers only requests whose Host is a loopback address, localhost, this name or this address, and no web
    /// pages of other origins.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    listen: Address,

    /// Make keys, times and the passwords of the demo world repeat: the same seed and the same requests give the same answers; a world of a file that was made
    /// with a seed goes on with that one
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Begin without the demo account, its instance, keys, users and group
    #[arg(long)]
    empty: bool,

    /// Begin with the world of a file, as GET /__simulator/world and --save-on-exit write it [default: the demo world]
    #[arg(long, value_name = "FILE", conflicts_with = "empty")]
    world: Option<PathBuf>,

    /// Write the world to a file at the end, with all its keys and passwords [default: it is gone]
    #[arg(long, value_name = "FILE")]
    save_on_exit: Option<PathBuf>,

    /// Do not serve /__simulator/, by which clients reset, read and change the world and ask for faults
    #[arg(long)]
    no_control: bool,

    /// Keep so many of the last requests for GET /__simulator/requests
    #[arg(long, value_name = "NUMBER", default_value_t = Control::default().journal)]
    requests: usize,

    /// Tell of every request on stderr: status, method, path, who was recognised, and why it was refused
    #[arg(short, long)]
    verbose: bool,

    /// Refuse bodies of more bytes with 413
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body)]
    max_body: usize,

    /// Serve so many connections at a time; further ones wait
    #[arg(long, value_name = "NUMBER", default_value = "1024")]
    max_connections: NonZeroUsize,

    /// Close a connection on which no request has arrived whole for so long
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    timeout: NonZeroU32,

    #[command(flatten)]
    wrong: WrongArgs,
}

/// A host, by name or by address, and a port.
#[derive(Clone, Debug)]
struct Address {
    host: String,
    port: u16,
}

/// What is printed when the simulator is ready. Programs read it.
#[derive(Serialize)]
struct Ready {
    url: String,
    #[serde(flatten)]
    world: Option<DemoWorld>,
}

#[derive(Debug, thiserror::Error)]
enum ServeError {
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
    #[error("cannot start: {0}")]
    Setup(io::Error),
    #[error("cannot say on stdout that the simulator is ready: {0}")]
    Stdout(io::Error),
    #[error(
        "cannot make the demo world: {0}\n  hint: this is a defect of the simulator; --empty starts without the demo world"
    )]
    Demo(#[from] ArrangeError),
    #[error(transparent)]
    Name(#[from] UnknownName),
    #[error("cannot read {}: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    CannotRead { path: PathBuf, source: io::Error },
    #[error("{} holds no world: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    NoWorld { path: PathBuf, source: WorldError },
    #[error("the world cannot be written to {}: {source}\n  hint: name a file in a folder that exists", path.display())]
    CannotSave { path: PathBuf, source: io::Error },
}

/// Runs the command to its end; errors go to stderr.
pub fn run(args: &ServeArgs) -> Exit {
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Setup)
        .and_then(|runtime| runtime.block_on(serve(args)));
    match ended {
        Ok(()) => Exit::Ok,
        Err(error) => {
            print_error(&error);
            error.exit()
        }
    }
}

async fn serve(args: &ServeArgs) -> Result<(), ServeError> {
    let (quirks, defects) = (args.wrong.quirks()?, args.wrong.defects()?);
    // Before anything is said on stdout: whoever reads that line may send the signal at once.
    let mut interruptions = Interruptions::listen().map_err(ServeError::Setup)?;
    let listener = args.listen.bind().await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse(args.listen.clone()),
        _ => ServeError::CannotListen { address: args.listen.clone(), source },
    })?;
    let mut simulator = Simulator::builder().quirks(quirks);
    if let Some(seed) = args.seed {
        simulator = simulator.seed(seed);
    }
    let simulator = simulator.build();
    let world = args.fill(&simulator)?;
    // What cannot be written at the end is said now; what was opened for that is gone again.
    args.place()?;
    announce(&Ready { url: listener.url(), world }).map_err(ServeError::Stdout)?;
    let layer = BuiltIn { simulator: simulator.clone(), defects }.layer();
    let listener = args.equip(listener.limits(args.limits()).layer(layer));
    listener.serve(simulator.clone(), async move { interruptions.next().await }).await;
    args.save(&simulator)
}

/// Tells of a request.
fn tell(entry: &Entry) {
    // Where stderr is closed nobody listens.
    let _ = writeln!(stream::stderr(), "{entry}");
}

impl ServeArgs {
    /// Makes the world to begin with. The demo world is returned, for its keys are news.
    fn fill(&self, simulator: &Simulator) -> Result<Option<DemoWorld>, ServeError> {
        match &self.world {
            Some(path) => {
                let read = input::bytes(path, Limit::WORLD);
                let file = read.map_err(|source| ServeError::CannotRead { path: path.clone(), source })?;
                simulator.load(file).map_err(|source| ServeError::NoWorld { path: path.clone(), source })?;
                Ok(None)
            }
            None if self.empty => Ok(None),
            None => Ok(Some(DemoWorld::create(simulator)?)),
        }
    }

    fn equip(&self, listener: Listener) -> Listener {
        let control = Control { journal: self.requests, seed: self.seed };
        let listener = if self.no_control { listener } else { listener.control(control) };
        if self.verbose { listener.log(tell) } else { listener }
    }

    /// Where the world goes at the end, if it goes anywhere.
    fn place(&self) -> Result<Option<(&PathBuf, Place)>, ServeError> {
        let Some(path) = &self.save_on_exit else { return Ok(None) };
        let place = Place::open(path, Readers::User);
        let place = place.map_err(|source| ServeError::CannotSave { path: path.clone(), source })?;
        Ok(Some((path, place)))
    }

    fn save(&self, simulator: &Simulator) -> Result<(), ServeError> {
        let Some((path, place)) = self.place()? else { return Ok(()) };
        let written = place.write(simulator.dump().as_bytes());
        written.map_err(|source| ServeError::CannotSave { path: path.clone(), source })
    }

    fn limits(&self) -> Limits {
        Limits {
            body: self.max_body,
            connections: self.max_connections.get(),
            silence: Duration::from_secs(self.timeout.get().into()),
            ..Limits::default()
        }
    }
}

fn announce(ready: &Ready) -> io::Result<()> {
    let mut line = serde_json::to_string(ready)?;
    line.push('\n');
    let mut stdout = stream::stdout();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

impl Address {
    /// Takes the first of its addresses that can be taken.
    async fn bind(&self) -> io::Result<Listener> {
        let mut error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in tokio::net::lookup_host(self.to_string()).await? {
            match Listener::bind(address).await {
                Ok(listener) => return Ok(listener.name(&self.host)),
                Err(source) => error = source,
            }
        }
        Err(error)
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Address, &'static str> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.unwrap_or_default();
        // An address of IPv6 has colons of its own, and stands in brackets.
        let is_one = match host.strip_prefix('[') {
            Some(_) => text.parse::<SocketAddr>().is_ok(),
            None => !host.is_empty() && !host.contains(':'),
        };
        is_one
            .then(|| Address { host: host.to_owned(), port })
            .ok_or("expected a host and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl ServeError {
    fn exit(&self) -> Exit {
        match self {
            ServeError::CannotListen { .. }
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
