//! Push notifications over two services, GCM (Android) and APNS (iOS): the devices of users, the
//! configuration of each service, and messages. No message leaves the simulator.

mod config;
mod device;
mod message;
mod service;

pub use config::ROWS as CONFIGS;
pub use device::ROWS as DEVICES;
pub use message::ROWS as MESSAGES;
