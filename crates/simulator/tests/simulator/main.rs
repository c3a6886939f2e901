//! What a user of the simulator relies on, one file a concern.

mod absent;
mod administrators;
mod batch;
mod cast;
mod classes;
mod config;
mod keys;
mod lists;
mod members;
mod objects;
mod over_time;
mod queries;
mod quirks;
mod robust;
mod testing;
mod wire;
