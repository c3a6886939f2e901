//! Reads files up to a maximum size, without a byte order mark.
//!
//! Every file that the program reads goes through here, so that an endless device or a wrong file
//! causes an error and does not exhaust the memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use syncano_simulator::json;

/// The maximum size of a kind of file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub u64);

impl Limit {
    /// A file with one key or password.
    pub const SECRET: Limit = Limit(64 << 10);
    /// A file that people write: scenarios, snapshots, configuration, divergences.
    pub const WRITTEN: Limit = Limit(8 << 20);
    /// The recovery journal of a run.
    pub const JOURNAL: Limit = Limit(64 << 20);
    /// A JSON report.
    pub const REPORT: Limit = Limit(256 << 20);
    /// A world of the simulator.
    pub const WORLD: Limit = Limit(1 << 30);
    /// One line of a trace: one exchange.
    pub const TRACE_LINE: Limit = Limit(64 << 20);
    /// A whole trace.
    pub const TRACE: Limit = Limit(4 << 30);

    fn exceeded(self) -> io::Error {
        let size = match self.0 {
            bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
            bytes => format!("{} KiB", bytes >> 10),
        };
        io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {size}"))
    }
}

/// Returns the content of a file.
pub fn bytes(path: &Path, limit: Limit) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // The size of a device or a pipe is zero; reading ends at the limit.
    if file.metadata()?.len() > limit.0 {
        return Err(limit.exceeded());
    }
    read(file, limit)
}

/// Returns the content of a text file.
pub fn text(path: &Path, limit: Limit) -> io::Result<String> {
    utf8(bytes(path, limit)?)
}

/// Returns the rest of an open file.
pub fn read(file: impl Read, limit: Limit) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.0 + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit.0 {
        return Err(limit.exceeded());
    }
    if bytes.starts_with(json::BYTE_ORDER_MARK) {
        bytes.drain(..json::BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not valid UTF-8"))
}

/// Reads the lines of a file, one at a time.
pub struct Lines {
    file: BufReader<File>,
    line: Limit,
    whole: Limit,
    read: u64,
}

impl Lines {
    /// Opens a file with limits for a line and for the whole file.
    pub fn open(path: &Path, line: Limit, whole: Limit) -> io::Result<Lines> {
        Ok(Lines { file: BufReader::new(File::open(path)?), line, whole, read: 0 })
    }

    /// Reads the next line into `text`, with its line feed. `text` is empty at the end of the file.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        text.clear();
        let length = self.file.by_ref().take(self.line.0 + 1).read_until(b'\n', text)? as u64;
        if length > self.line.0 {
            return Err(self.line.exceeded());
        }
        if self.read == 0 && text.starts_with(json::BYTE_ORDER_MARK) {
            text.drain(..json::BYTE_ORDER_MARK.len());
        }
        self.read += length;
        if self.read > self.whole.0 { Err(self.whole.exceeded()) } else { Ok(()) }
    }
}
