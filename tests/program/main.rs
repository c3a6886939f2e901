//! Tests of the built program, one file per concern.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod authors;
mod basic;
mod binary;
mod cli;
mod config;
mod control;
mod diagnosis;
mod divergences;
mod docs;
mod hints;
mod html;
mod kill;
mod last_line;
mod memory;
mod network;
mod plan;
mod record;
mod reference_bugs;
mod reports;
mod repro;
mod secrets;
mod selftest;
mod serve;
mod serve_newcomer;
mod trace;
