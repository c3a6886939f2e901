//! `serve`: the simulator over HTTP, until it is interrupted.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use serde::Serialize;
use syncano_conformance::serve::demo::{DemoError, DemoWorld};
use syncano_conformance::serve::{Limits, Listener};
use syncano_conformance::simulator::Simulator;

use super::Exit;
use super::complain::complain;
use super::signal::Interruptions;
use super::variations::{UnknownVariation, VariationArgs};

/// Serve the simulator over HTTP until interrupted.
///
/// When it is ready, one line of JSON on stdout says where it listens and which accounts, keys and users it holds. It ends
/// with Ctrl-C or SIGTERM once the requests in flight have been answered.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,

    /// Make keys and times repeat: the same seed and the same requests give the same answers
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Begin without the demo account, its instance, keys, users and group
    #[arg(long)]
    empty: bool,

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
    Demo(#[from] DemoError),
    #[error(transparent)]
    Variation(#[from] UnknownVariation),
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
    let world = if args.empty { None } else { Some(DemoWorld::create(&simulator)?) };
    announce(&Ready { url: listener.url(), world }).map_err(ServeError::Stdout)?;
    listener.limits(args.limits()).serve(simulator, async move { interruptions.next().await }).await;
    Ok(())
}

impl ServeArgs {
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
    let mut stdout = io::stdout().lock();
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
            ServeError::CannotListen { .. } | ServeError::Variation(_) => Exit::Usage,
            ServeError::InUse(_) | ServeError::Setup(_) | ServeError::Stdout(_) => Exit::Unreachable,
            ServeError::Demo(_) => Exit::Bug,
        }
    }
}
