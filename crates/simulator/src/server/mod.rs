//! The ways to reach the simulator from outside its process, or from inside through somebody else's server.
//!
//! * Any server or test built on `tower`: [`Simulator`](crate::Simulator) is a `tower_service::Service` over
//!   `http::Request<B>`.
//! * A `wiremock::MockServer`: with the feature `wiremock`, the simulator is a `wiremock::Respond`.
//! * A socket: [`Listener`] speaks HTTP/1.1; [`Listener::spawn`] keeps it in the background of a test.
//!
//! All of them hand the request to `Simulator::handle` as it came and hand its answer back as it is; what they add is
//! what a transport adds (`Date`, `Content-Length`, `Connection`). [`demo`] makes a small world to begin with. A listener
//! can be asked to be a tool as well: to let itself be controlled, with [`Control`], and to tell of every request.

mod control;
pub mod demo;
mod desk;
mod exchange;
mod fault_endpoint;
mod faults;
mod layer;
mod limits;
mod listener;
mod origin;
mod request_log;
#[cfg(feature = "wiremock")]
mod respond;
mod service;
mod wire;

pub use control::{CONTROL, Control};
pub use faults::{Fault, NoFault};
pub use layer::Layer;
pub use limits::Limits;
pub use listener::{Listener, Running};
pub use request_log::Entry;
pub use service::BODY_LIMIT;
