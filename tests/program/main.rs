//! What whoever uses the program relies on, one file a concern: these tests start it as it was built.

mod binary;
mod cli;
mod config;
mod control;
mod divergences;
mod docs;
mod html;
mod kill;
mod memory;
mod network;
mod plan;
mod record;
mod reports;
mod repro;
mod secrets;
mod selftest;
mod serve;
mod trace;
