//! Serves the simulator as a `tower` service, as a `wiremock` responder or on a socket.
//!
//! * [`Simulator`](crate::Simulator) is a `tower_service::Service` over `http::Request<B>`, for
//!   any server or test built on `tower`.
//! * With the feature `wiremock`, the simulator is a `wiremock::Respond` for a
//!   `wiremock::MockServer`.
//! * [`Listener`] serves HTTP/1.1 on a socket; [`Listener::spawn`] runs it in the background of a
//!   test.
//!
//! Each of them passes the request to `Simulator::handle` unchanged and returns the response with
//! the headers of the transport added (`Date`, `Content-Length`, `Connection`). [`demo`] creates a
//! small world to start with. A listener can also serve the control API ([`Control`]) and log every
//! request.

mod connection;
mod control;
pub mod demo;
mod exchange_log;
mod fault_endpoint;
mod faults;
mod layer;
mod limits;
mod listener;
mod origin;
mod request_handler;
mod request_log;
#[cfg(feature = "wiremock")]
mod respond;
mod service;
mod wire;

pub use control::{CONTROL, Control};
pub use faults::{Fault, FaultError};
pub use layer::Layer;
pub use limits::ServerLimits;
pub use listener::{Listener, Running};
pub use request_log::LogEntry;
pub use service::{BODY_LIMIT, POLL_LIMIT};
