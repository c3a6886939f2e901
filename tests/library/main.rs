//! Tests of the suite and the library, one file per topic.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod access;
mod conformance;
mod credentials;
mod faults;
mod harness;
mod instances;
mod mistakes;
mod openapi;
mod replays;
mod small;
mod suite;
mod words;
