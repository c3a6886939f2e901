//! Serves the simulator over HTTP/1.1 on a socket.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::connection::{Connection, Reader};
use super::control::Control;
use super::faults::{Fault, FaultError, Faults};
use super::layer::Layer;
use super::limits::ServerLimits;
use super::origin::Hosts;
use super::request_handler::{LogCallback, RequestHandler};
use super::request_log::LogEntry;
use super::wire::{Heads, UnreadableSlot};
use crate::{ClientAddress, Simulator};

/// A bound socket that does not accept connections yet.
///
/// It serves HTTP/1.1 with keep-alive and without TLS. The methods must be called within a Tokio
/// runtime that has I/O and time enabled.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    limits: ServerLimits,
    control: Option<Control>,
    names: Vec<String>,
    faults: Faults,
    log: Option<LogCallback>,
    layer: Option<Arc<dyn Layer>>,
}

/// A handle to a listener that runs in the background.
///
/// The listener stops when the handle is dropped; [`stop`](Running::stop) also waits for its end.
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

/// The delay before the next attempt to accept when the machine has no free file descriptor or
/// memory for another connection.
const BACK_OFF: Duration = Duration::from_millis(100);

/// The maximum number of connections that wait to be accepted. With the usual 128, a burst of
/// clients fills the queue, and each further client tries again after a second.
const BACKLOG: u32 = 4096;

impl Listener {
    /// Binds a socket to an address; port 0 selects a free port.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, most often `AddrInUse`, `AddrNotAvailable` or
    /// `PermissionDenied`.
    pub async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A port can be used again at once after a server on it has ended.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let socket = socket.listen(BACKLOG)?;
        let address = socket.local_addr()?;
        let faults = Faults::new(None);
        Ok(Listener {
            socket,
            address,
            limits: ServerLimits::default(),
            control: None,
            names: Vec::new(),
            faults,
            log: None,
            layer: None,
        })
    }

    /// Binds a socket to a free port of the loopback address, which other machines cannot reach.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`bind`](Listener::bind).
    pub async fn local() -> io::Result<Listener> {
        Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Replaces the default limits.
    pub fn limits(mut self, limits: ServerLimits) -> Listener {
        self.limits = limits;
        self
    }

    /// Enables the control API below [`CONTROL`](super::CONTROL), which is off by default.
    ///
    /// To keep out web pages of other origins, the control API responds with 403 if `Host` is not a
    /// loopback address, `localhost`, the address of the listener (any address, if it listens on
    /// all) or one of its [names](Listener::name), or if `Origin` or `Sec-Fetch-Site` names another
    /// origin.
    pub fn control(mut self, control: Control) -> Listener {
        if control.seed.is_some() {
            self.faults = Faults::new(control.seed);
        }
        self.control = Some(control);
        self
    }

    /// Adds a host name that the [control API](Listener::control) accepts.
    pub fn name(mut self, name: &str) -> Listener {
        self.names.push(name.to_owned());
        self
    }

    /// Sets a function that receives the log entry of each request after its response is known.
    pub fn log(mut self, callback: impl Fn(&LogEntry) + Send + Sync + 'static) -> Listener {
        self.log = Some(LogCallback(Box::new(callback)));
        self
    }

    /// Adds a layer between clients and the simulator.
    pub fn layer(mut self, layer: Arc<dyn Layer>) -> Listener {
        self.layer = Some(layer);
        self
    }

    /// Returns the bound address, with the selected port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL without a trailing slash, for example `http://127.0.0.1:40123`.
    ///
    /// The URL of a listener on all addresses has the loopback address, because clients cannot
    /// connect to `0.0.0.0`.
    pub fn url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}")
    }

    /// Serves the simulator until `shutdown` completes.
    ///
    /// Then it stops accepting connections, closes idle ones, waits for requests in flight, and
    /// returns after [`ServerLimits::grace`] at the latest.
    pub async fn serve(self, simulator: Simulator, shutdown: impl Future<Output = ()>) {
        let Listener { socket, address, limits, control, names, faults, log, layer } = self;
        let hosts = Hosts { names, addresses: vec![address.ip().to_canonical()] };
        let handler =
            Arc::new(RequestHandler::new(simulator, faults, control.map(|control| (control, hosts)), log, layer));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                stream = accept(&socket), if connections.len() < limits.connections => {
                    connections.spawn(serve_connection(stream, Arc::clone(&handler), limits, graceful.watcher()));
                }
            }
        }
        drop(socket);
        // Dropping the `JoinSet` aborts the connections that are still open after the grace period.
        let _ = timeout(limits.grace, graceful.shutdown()).await;
    }

    /// Serves the simulator in a task of the current runtime until the returned handle is stopped
    /// or dropped.
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
    /// Returns the base URL; see [`Listener::url`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Replaces the faults. An empty list removes all faults.
    ///
    /// The first fault that hits a request decides its response.
    ///
    /// # Errors
    ///
    /// Returns an error if a fault is invalid, for example because the API has no such endpoint.
    /// The faults then stay unchanged.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) -> Result<(), FaultError> {
        self.faults.replace(faults)
    }

    /// Returns the faults, each with the number of its hits.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.all()
    }

    /// Stops the listener and waits until all requests in flight have finished or were aborted.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.ended.await;
    }
}

/// Returns the next connection. It retries after each error: the client has disconnected, or the
/// machine is temporarily out of resources.
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

/// Serves a connection until it ends. Errors are ignored, because they affect only its client.
async fn serve_connection(stream: TcpStream, handler: Arc<RequestHandler>, limits: ServerLimits, watcher: Watcher) {
    // Responses are small, so they are sent without delay. A failure only makes them slower.
    let _ = stream.set_nodelay(true);
    let reached = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
    let client = stream.peer_addr().map(|address| ClientAddress(address.ip()));
    let (reader, writer) = stream.into_split();
    let reader = Reader::new(reader);
    let requests = Connection::new(reader.clone());
    let unreadable = UnreadableSlot::default();
    let service = service_fn(|mut request| {
        requests.update();
        if let Ok(client) = client {
            handler.add_address(&mut request, client);
        }
        handler.respond(request, unreadable.take(), reached, &limits, &requests)
    });
    let stream = tokio::io::join(Heads::new(reader, limits.head, unreadable.clone()), writer);
    let connection = http1::Builder::new()
        // A client may close its side after its last request and still read the answer.
        .half_close(true)
        .max_header_size(limits.head)
        // `ServerLimits::silence` replaces this timeout.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = watcher.watch(connection) => {}
        () = requests.silence(limits.silence) => {}
    }
}
