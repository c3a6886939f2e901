//! The standard output of a command. A write error is an error of the command; a closed pipe is
//! not.

use std::io::{self, ErrorKind, Write};

use super::Exit;
use super::print_error::print_error;
use super::stream::{self, Stream};

/// Standard output. A write error does not stop the command; the first one is reported at the end.
pub struct Output {
    stream: Stream,
    error: Option<io::Error>,
}

impl Output {
    /// Returns standard output, without colours if it is not a terminal.
    pub fn new() -> Output {
        Output { stream: stream::stdout(), error: None }
    }

    /// Returns the exit code of the command, or that of output that could not be written.
    pub fn finish(mut self, exit: Exit) -> Exit {
        let written = self.error.take().map_or_else(|| self.stream.flush(), Err);
        match exit {
            Exit::Interrupted | Exit::Bug => exit,
            _ if is_written(written) => exit,
            _ => Exit::Usage,
        }
    }
}

impl Write for Output {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            match self.stream.write(text) {
                Err(error) if error.kind() != ErrorKind::Interrupted => self.error = Some(error),
                written => return written,
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints a text unchanged, and returns the exit code of a command that only prints.
pub fn print(text: &str) -> Exit {
    let mut stdout = stream::raw_stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    if is_written(written) { Exit::Ok } else { Exit::Usage }
}

/// Returns whether output was written or its reader closed the pipe. Prints any other error to
/// stderr.
pub fn is_written(written: io::Result<()>) -> bool {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            print_error(format_args!(
                "the output cannot be written: {error}\n  hint: free some space, or redirect the output to another file"
            ));
            false
        }
        _ => true,
    }
}
