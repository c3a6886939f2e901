//! One deployment of the API: a function in this process, or a server behind a URL.
//!
//! A [`Target`] sends a request and reads the whole response. Rate, retries, time-outs, proxies and
//! certificates apply to servers only; redirects are never followed. [`Observer`]s see every
//! exchange. A [`Client`] sends requests with one key.

mod base_url;
mod batch;
mod client;
mod complete_response;
mod connections;
mod failure;
mod http_target;
mod limits;
mod log;
mod network;
mod observer;
mod pace;
mod redirect;
mod retry;
mod size;
mod target;
mod tls;
mod unexpected;

pub use base_url::{TargetError, base_url};
pub use client::{Client, ClientError, member, text};
pub use complete_response::{CompleteResponse, ExchangeError};
pub use limits::{Limits, Rate, RateError, Retries, TimeOuts};
pub use log::Log;
pub use network::{BasicLogin, BasicLoginError, Network, Proxy, ProxyError};
pub use observer::Observer;
pub use target::Target;
pub use tls::{Tls, TlsError};
