//! Proves that a Syncano deployment keeps the promises of the user key.
//!
//! An app of Syncano connects with an API key; when one of its users signs in it adds that user's *user key*, and from
//! then on some endpoints show only what belongs to that user. This crate holds what checks that:
//!
//! * [`simulator`]: the API in memory, faithful down to the error texts, and [`serve`], the ways to reach it: in process,
//!   as a `tower` service, as a `wiremock` responder, over HTTP;
//! * the conformance suite: scenario files, snapshots and a registry of rules;
//! * [`harness`]: what runs the suite against a target, and [`config`]: which targets there are; [`rehearsal`]: what a run would do.

#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)
)]

pub mod api;
pub mod config;
pub mod divergence;
pub mod harness;
mod json;
pub mod judge;
mod pattern;
pub mod rehearsal;
pub mod report;
pub mod repro;
pub mod scenario;
pub mod secret;
pub mod selftest;
pub mod serve;
pub mod simulator;
mod user_file;

/// The examples of the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are those of the page on the simulator.
#[cfg(doctest)]
#[doc = include_str!("../docs/simulator.md")]
struct SimulatorPage;
