//! The simulator on a socket.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::control::Control;
use super::desk::{Desk, Log};
use super::faults::{Fault, Faults, NoFault};
use super::layer::Layer;
use super::limits::Limits;
use super::origin::Hosts;
use super::request_log::Entry;
use super::wire::{Heads, Refused};
use crate::Simulator;

/// A bound socket that does not answer yet. HTTP/1.1 with keep-alive, no TLS.
///
/// The methods must be called within a Tokio runtime that has I/O and time enabled.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    limits: Limits,
    control: Option<Control>,
    names: Vec<String>,
    faults: Faults,
    log: Option<Log>,
    layer: Option<Arc<dyn Layer>>,
}

/// A listener in the background. It stops when this is dropped; [`stop`](Running::stop) also waits for it.
#[derive(Debug)]
#[must_use = "the listener stops when this is dropped"]
pub struct Running {
    url: String,
    faults: Faults,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How long to wait before asking again when the machine has no file or memory to spare for another connection.
const BACK_OFF: Duration = Duration::from_millis(100);

impl Listener {
    /// Takes the address; port 0 takes a free port.
    ///
    /// # Errors
    ///
    /// Those of the operating system, `AddrInUse`, `AddrNotAvailable` and `PermissionDenied` above all.
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let faults = Faults::new(None);
        Ok(Listener {
            socket,
            address,
            limits: Limits::default(),
            control: None,
            names: Vec::new(),
            faults,
            log: None,
            layer: None,
        })
    }

    /// Takes a free port of this machine, where nobody else can reach it.
    ///
    /// # Errors
    ///
    /// As [`bind`](Listener::bind).
    pub async fn local() -> io::Result<Listener> {
        Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Sets other limits than the default ones.
    pub fn limits(mut self, limits: Limits) -> Listener {
        self.limits = limits;
        self
    }

    /// Lets clients control the simulator below [`CONTROL`](super::CONTROL). Off unless it is asked for. So that no web page
    /// of another origin can, it answers with 403 where `Host` is not a loopback address, `localhost`, the address of the
    /// listener (any address, if it listens on all) or one of its [names](Listener::name), and where `Origin` or
    /// `Sec-Fetch-Site` names another origin.
    pub fn control(mut self, control: Control) -> Listener {
        if control.seed.is_some() {
            self.faults = Faults::new(control.seed);
        }
        self.control = Some(control);
        self
    }

    /// Adds a name under which clients reach the listener, for the [control](Listener::control).
    pub fn name(mut self, name: &str) -> Listener {
        self.names.push(name.to_owned());
        self
    }

    /// Tells of every request once it is answered.
    pub fn log(mut self, tell: impl Fn(&Entry) + Send + Sync + 'static) -> Listener {
        self.log = Some(Log(Box::new(tell)));
        self
    }

    /// Puts a layer between clients and the simulator.
    pub fn layer(mut self, layer: Arc<dyn Layer>) -> Listener {
        self.layer = Some(layer);
        self
    }

    /// The address with the port that was taken.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The beginning of every URL served here, without a slash at its end: `http://127.0.0.1:40123`. A listener on all
    /// addresses of the machine is reached at the loopback address, as `0.0.0.0` is none that a client can connect to.
    pub fn url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}")
    }

    /// Answers until `shutdown` completes. Then it accepts no more, closes idle connections at once, lets requests in
    /// flight end, and returns after [`Limits::grace`] at the latest.
    pub async fn serve(self, simulator: Simulator, shutdown: impl Future<Output = ()>) {
        let Listener { socket, address, limits, control, names, faults, log, layer } = self;
        let hosts = Hosts { names, addresses: vec![address.ip().to_canonical()] };
        let desk = Arc::new(Desk::new(simulator, faults, control.map(|control| (control, hosts)), log, layer));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                stream = accept(&socket), if connections.len() < limits.connections => {
                    connections.spawn(converse(stream, Arc::clone(&desk), limits, graceful.watcher()));
                }
            }
        }
        drop(socket);
        // What is still open when the grace is over ends with the `JoinSet`.
        let _ = timeout(limits.grace, graceful.shutdown()).await;
    }

    /// Answers in a task of the current runtime until the returned handle is stopped or dropped.
    pub fn spawn(self, simulator: Simulator) -> Running {
        let (url, faults) = (self.url(), self.faults.clone());
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(self.serve(simulator, async {
            let _ = stopped.await;
        }));
        Running { url, faults, stop, ended }
    }
}

impl Running {
    /// As [`Listener::url`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets requests fail from now on, in the place of what was asked for before; no faults let all be answered again. The first
    /// one that strikes a request decides.
    ///
    /// # Errors
    ///
    /// When one makes no sense, as an endpoint that the API does not have; then nothing has changed.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), NoFault> {
        self.faults.replace(faults)
    }

    /// What was asked for, with how often each has struck.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.all()
    }

    /// Stops, and returns when everything in flight has been answered or cut off.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.ended.await;
    }
}

/// The next connection. No error ends this: some concern a client that has gone, the others pass.
async fn accept(socket: &TcpListener) -> TcpStream {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    loop {
        match socket.accept().await {
            Ok((stream, _)) => return stream,
            Err(e) if matches!(e.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) => {}
            Err(_) => sleep(BACK_OFF).await,
        }
    }
}

/// One connection, to its end. What goes wrong on it concerns its client alone.
async fn converse(stream: TcpStream, desk: Arc<Desk>, limits: Limits, watcher: Watcher) {
    // Answers are small and leave at once; where that is refused, they only leave later.
    let _ = stream.set_nodelay(true);
    let reached = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
    let heard = Heard::now();
    let refused = Refused::default();
    let service = service_fn(|request| {
        heard.again();
        desk.answer(request, refused.take(), reached, &limits)
    });
    let (reader, writer) = stream.into_split();
    let stream = tokio::io::join(Heads::new(reader, limits.head, refused.clone()), writer);
    let connection = http1::Builder::new()
        // A client may close its side after its last request and still read the answer.
        .half_close(true)
        .max_header_size(limits.head)
        // `silence` covers it.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = watcher.watch(connection) => {}
        () = heard.silence(limits.silence) => {}
    }
}

/// When something was heard last. It costs a request no more than a look at the clock.
struct Heard {
    begun: Instant,
    /// After so many milliseconds.
    last: AtomicU64,
}

impl Heard {
    fn now() -> Heard {
        Heard { begun: Instant::now(), last: AtomicU64::new(0) }
    }

    fn again(&self) {
        self.last.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Completes once nothing has been heard for so long.
    async fn silence(&self, limit: Duration) {
        loop {
            let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
            let left = limit.saturating_sub(self.begun.elapsed().saturating_sub(last));
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}
