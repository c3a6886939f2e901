//! What the suite and the library promise, one file a concern.

mod access;
mod conformance;
mod faults;
mod harness;
mod means;
mod mistakes;
mod openapi;
mod replays;
mod small;
mod suite;
