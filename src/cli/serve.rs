//! `serve`: the simulator over HTTP, until it is interrupted.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use syncano_conformance::arrange::CannotArrange;
use syncano_conformance::serve::demo::DemoWorld;
use syncano_conformance::serve::{Control, Entry, Limits, Listener};
use syncano_conformance::simulator::{NotAWorld, Simulator};

use super::Exit;
use super::complain::complain;
use super::place::{Place, Readers};
use super::signal::Interruptions;
use super::stream;
use super::variations::{UnknownVariation, VariationArgs};

/// Serve the simulator over HTTP until interrupted.
///
/// When it is ready, one line of JSON on stdout says where it listens and which accounts, keys and users it holds. It ends
/// with Ctrl-C, SIGTERM or SIGHUP once the requests in flight have been answered.
///
/// Below /__simulator/ it lets itself be controlled: GET it to see how.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,

    /// Make keys and times repeat: the same seed and the same requests give the same answers; a world of a file that was made
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
    variations: VariationArgs,
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
         hint: stop it, or choose another port; --listen {ip}:0 takes a free one",
        ip = host(.0)
    )]
    InUse(SocketAddr),
    #[error(
        "cannot listen on {address}: {source}\n  hint: --listen takes an address of this machine and a port you may use, such as 127.0.0.1:8080"
    )]
    CannotListen { address: SocketAddr, source: io::Error },
    #[error("cannot start: {0}")]
    Setup(io::Error),
    #[error("cannot say on stdout that the simulator is ready: {0}")]
    Stdout(io::Error),
    #[error(
        "cannot make the demo world: {0}\n  hint: this is a defect of the simulator; --empty starts without the demo world"
    )]
    Demo(#[from] CannotArrange),
    #[error(transparent)]
    Variation(#[from] UnknownVariation),
    #[error("cannot read {}: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    CannotRead { path: PathBuf, source: io::Error },
    #[error("{} holds no world: {source}\n  hint: --world takes a file that --save-on-exit or GET /__simulator/world wrote", path.display())]
    NoWorld { path: PathBuf, source: NotAWorld },
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
            complain(&error);
            error.exit()
        }
    }
}

async fn serve(args: &ServeArgs) -> Result<(), ServeError> {
    let variations = args.variations.variations()?;
    // Before anything is said on stdout: whoever reads that line may send the signal at once.
    let mut interruptions = Interruptions::listen().map_err(ServeError::Setup)?;
    let listener = Listener::bind(args.listen).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse(args.listen),
        _ => ServeError::CannotListen { address: args.listen, source },
    })?;
    let mut simulator = Simulator::builder().variations(variations);
    if let Some(seed) = args.seed {
        simulator = simulator.seed(seed);
    }
    let simulator = simulator.build();
    let world = args.fill(&simulator)?;
    // What cannot be written at the end is said now; what was opened for that is gone again.
    args.place()?;
    announce(&Ready { url: listener.url(), world }).map_err(ServeError::Stdout)?;
    let listener = args.equip(listener.limits(args.limits()));
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
                let read = std::fs::read(path);
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

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "an IP address and a port are needed, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// The address without its port, as it stands before one.
fn host(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

impl ServeError {
    fn exit(&self) -> Exit {
        match self {
            ServeError::CannotListen { .. }
            | ServeError::Variation(_)
            | ServeError::CannotRead { .. }
            | ServeError::CannotSave { .. } => Exit::Usage,
            ServeError::NoWorld { .. } => Exit::Invalid,
            ServeError::InUse(_) | ServeError::Setup(_) | ServeError::Stdout(_) => Exit::Unreachable,
            ServeError::Demo(_) => Exit::Bug,
        }
    }
}
