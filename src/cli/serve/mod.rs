//! Implements the `serve` command, which serves the simulator over HTTP until it is interrupted.

mod address;
mod demo_args;
mod error;
mod user_seed;
mod welcome;

use std::io::{self, Write};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use syncano_simulator::server::demo::DemoWorld;
use syncano_simulator::server::{Control, Listener, LogEntry, ServerLimits};
use syncano_simulator::{FileLimits, PlatformLimits, PushOutcome, Simulator};
use syncano_suite::input::{self, Limit};

use super::Exit;
use super::output_file::{OutputFile, Readers};
use super::print_error::print_error;
use super::signal::Interruptions;
use super::stream;
use super::wrong_args::{BuiltIn, WrongArgs};
use address::AddressArgs;
use demo_args::DemoArgs;
use error::ServeError;
use welcome::Welcome;

/// Serve the simulator over HTTP until interrupted
///
/// When it is ready, it prints one line of JSON to stdout: its URL, and the account, keys and users
/// of the demo world. On a terminal, it also prints a curl command that signs in a user. On Ctrl-C,
/// SIGTERM or SIGHUP, it finishes the requests in progress and exits.
///
/// GET /__simulator/ lists the control API: reset, request log, faults, saved worlds.
#[derive(clap::Args, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    address: AddressArgs,

    /// Print every request to stderr: status, method, path, caller, reason
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    demo: DemoArgs,

    /// Start without the demo world
    #[arg(long)]
    empty: bool,

    /// Start with the world from a file [default: the demo world]
    ///
    /// GET /__simulator/world and --save-on-exit write such files.
    #[arg(long, value_name = "FILE", conflicts_with = "empty")]
    world: Option<PathBuf>,

    /// Save the world to a file on exit, with all its keys and passwords
    #[arg(long, value_name = "FILE")]
    save_on_exit: Option<PathBuf>,

    #[command(flatten)]
    wrong: WrongArgs,

    /// Limits of the platform to impose: stock, or NAME=NUMBER,... [default: none]
    ///
    /// `stock` stands for instances=4,anonymous=10,account=60,instance=60: the instances that an
    /// account owns, and the requests a second without a key from one address, of an account
    /// outside of instances, and to an instance. A limit that is not named does not apply;
    /// stock,instances=16 changes one of them. The demo world is created without limits.
    #[arg(long, value_name = "stock|NAME=NUMBER,...")]
    limits: Option<PlatformLimits>,

    /// State in which push messages end: delivered, partially_delivered or error
    ///
    /// No message leaves the simulator.
    #[arg(long, value_name = "STATE", default_value = PushOutcome::default().name())]
    push_outcome: PushOutcome,

    /// Switch off the control API below /__simulator/
    ///
    /// The control API accepts only requests whose Host is a loopback address, localhost, or the
    /// name or address in --listen (any address for 0.0.0.0 and [::]). It rejects web pages of
    /// other origins.
    #[arg(long)]
    no_control: bool,

    /// Maximum number of requests in the request log (GET /__simulator/requests)
    #[arg(long, value_name = "NUMBER", default_value_t = Control::default().request_log_size)]
    requests: usize,

    /// Maximum body size in bytes; a larger body gets status 413
    #[arg(long, value_name = "BYTES", default_value_t = ServerLimits::default().body)]
    max_body: usize,

    /// Maximum size of an uploaded file in bytes; a larger file gets status 413
    ///
    /// A file comes in a body, so files of more than about 10 MiB also need a higher --max-body.
    #[arg(long, value_name = "BYTES", default_value_t = FileLimits::default().one)]
    max_file: u64,

    /// Maximum size of all files together in bytes; further files get status 413
    ///
    /// The files of all instances are kept in memory. A file that is replaced or deleted counts no
    /// more.
    #[arg(long, value_name = "BYTES", default_value_t = FileLimits::default().total)]
    max_files_total: u64,

    /// Maximum number of open connections; further ones wait
    #[arg(long, value_name = "NUMBER", default_value = "1024")]
    max_connections: NonZeroUsize,

    /// Close a connection after this time without a complete request
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    timeout: NonZeroU32,

    /// Answer a poll of a channel with 204 after this time without a change
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    poll_timeout: NonZeroU32,
}

/// The line of JSON that `serve` prints when the simulator is ready. Programs read it.
#[derive(Serialize)]
struct Ready {
    url: String,
    #[serde(flatten)]
    world: Option<DemoWorld>,
}

/// Runs the command, prints errors to stderr and returns the exit status.
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
    let address = args.address.address()?;
    // This precedes the output on stdout, because its reader may send the signal at once.
    let mut interruptions = Interruptions::listen().map_err(ServeError::Setup)?;
    let listener = address.bind().await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse(address.clone()),
        _ => ServeError::CannotListen { address: address.clone(), source },
    })?;
    let simulator = args.demo.simulator(quirks, !args.empty && args.world.is_none())?;
    let world = args.fill(&simulator)?;
    simulator.set_limits(args.limits.unwrap_or_default());
    simulator.set_push_outcome(args.push_outcome);
    simulator.set_file_limits(FileLimits { one: args.max_file, total: args.max_files_total });
    // This reports an unwritable file before the start; the opened file is dropped again.
    args.place()?;
    args.announce(&listener, world).map_err(ServeError::Stdout)?;
    let layer = BuiltIn { simulator: simulator.clone(), defects }.layer();
    let listener = args.equip(listener.limits(args.listener_limits()).layer(layer));
    listener.serve(simulator.clone(), async move { interruptions.next().await }).await;
    args.save(&simulator)
}

/// Prints a request log entry to stderr.
fn print_entry(entry: &LogEntry) {
    // A closed stderr must not stop the server.
    let _ = writeln!(stream::stderr(), "{entry}");
}

impl ServeArgs {
    /// Loads or creates the initial world. Returns a demo world, so that its keys can be printed.
    fn fill(&self, simulator: &Simulator) -> Result<Option<DemoWorld>, ServeError> {
        match &self.world {
            Some(path) => {
                let read = input::bytes(path, Limit::WORLD);
                let file = read.map_err(|source| ServeError::CannotRead { path: path.clone(), source })?;
                simulator.load(file).map_err(|source| ServeError::NoWorld { path: path.clone(), source })?;
                Ok(None)
            }
            None if self.empty => Ok(None),
            None => self.demo.create(simulator).map(Some),
        }
    }

    /// Prints the ready line to stdout, and the welcome message to stderr if it is a terminal.
    fn announce(&self, listener: &Listener, world: Option<DemoWorld>) -> io::Result<()> {
        let ready = Ready { url: listener.url(), world };
        let mut line = serde_json::to_string(&ready)?;
        line.push('\n');
        let mut stdout = stream::stdout();
        stdout.write_all(line.as_bytes())?;
        stdout.flush()?;
        if stream::is_watched() {
            let bound = listener.local_addr();
            let welcome = Welcome {
                url: &ready.url,
                world: ready.world.as_ref(),
                is_controlled: !self.no_control,
                open_port: bound.ip().is_unspecified().then(|| bound.port()),
                address: address::machine_address(),
            };
            let _ = stream::stderr().write_all(welcome.lines().as_bytes());
        }
        Ok(())
    }

    fn equip(&self, listener: Listener) -> Listener {
        let control = Control { request_log_size: self.requests, seed: self.demo.seed };
        let listener = if self.no_control { listener } else { listener.control(control) };
        if self.verbose { listener.log(print_entry) } else { listener }
    }

    /// Opens the file of `--save-on-exit`, if the option is set.
    fn place(&self) -> Result<Option<(&PathBuf, OutputFile)>, ServeError> {
        let Some(path) = &self.save_on_exit else { return Ok(None) };
        let place = OutputFile::open(path, Readers::User);
        let place = place.map_err(|source| ServeError::CannotSave { path: path.clone(), source })?;
        Ok(Some((path, place)))
    }

    fn save(&self, simulator: &Simulator) -> Result<(), ServeError> {
        let Some((path, place)) = self.place()? else { return Ok(()) };
        let written = place.write(simulator.dump().as_bytes());
        written.map_err(|source| ServeError::CannotSave { path: path.clone(), source })
    }

    fn listener_limits(&self) -> ServerLimits {
        ServerLimits {
            body: self.max_body,
            connections: self.max_connections.get(),
            silence: Duration::from_secs(self.timeout.get().into()),
            poll: Duration::from_secs(self.poll_timeout.get().into()),
            ..ServerLimits::default()
        }
    }
}
