//! Tests of the simulator's API, one file per topic.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod administrators;
mod batch;
mod cast;
mod channels;
mod classes;
mod config;
mod data_endpoints;
mod files;
mod keys;
mod limits;
mod lists;
mod members;
mod objects;
mod over_time;
mod push;
mod queries;
mod quirks;
mod robust;
mod templates;
mod testing;
mod unsupported;
mod wire;
