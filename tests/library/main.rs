//! What the suite and the library promise, one file a concern.

mod access;
mod conformance;
mod harness;
mod means;
mod mistakes;
mod openapi;
mod replays;
mod suite;
