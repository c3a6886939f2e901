//! The log of the program, on stderr.

use std::io::{self, Write};
use std::sync::Arc;

use syncano_secrets::Redactor;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use super::print_error::secrets;
use super::stream;

/// The level of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogLevel {
    /// Nothing
    Off,
    /// Errors that end the program
    Error,
    /// Also probable mistakes
    Warn,
    /// Also the course of a run: worlds created and deleted, waits
    Info,
    /// Also each request: method, path, status, time
    Debug,
    /// Also headers and bodies
    Trace,
}

/// Starts logging. Keys and passwords are redacted.
pub fn install(level: LogLevel) {
    let level = match level {
        LogLevel::Off => return,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let redactor = Arc::new(secrets().redactor());
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_writer(move || LogLine { redactor: Arc::clone(&redactor), text: Vec::new() })
        .with_filter(Targets::new().with_target("syncano_conformance", level).with_target("syncano_simulator", level));
    // Only a second subscriber is rejected, and this is the first.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// One event as text. It is written as a whole, since a secret could be split over two parts of it.
struct LogLine {
    redactor: Arc<Redactor>,
    text: Vec<u8>,
}

impl Write for LogLine {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let text = self.redactor.text(&String::from_utf8_lossy(&self.text));
        // If stderr is closed, nobody reads the log.
        let _ = stream::stderr().write_all(text.as_bytes());
    }
}
