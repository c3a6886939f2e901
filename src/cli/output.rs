//! The standard output of a command. Output that cannot be written is an error; a reader that closes the pipe is not.

use std::io::{self, ErrorKind, Write};

use super::Exit;
use super::print_error::print_error;
use super::stream::{self, Stream};

/// Standard output. A write that fails does not keep the command from its work: the first error is reported at the end.
pub struct Output {
    stream: Stream,
    error: Option<io::Error>,
}

impl Output {
    /// Standard output, without colours where nobody would see them.
    pub fn new() -> Output {
        Output { stream: stream::stdout(), error: None }
    }

    /// Returns the exit code of a command that ended so, or that of output that could not be written.
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

/// Prints a text as it is, and returns the exit code of a command that does nothing else.
pub fn print(text: &str) -> Exit {
    let mut stdout = stream::raw_stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    if is_written(written) { Exit::Ok } else { Exit::Usage }
}

/// Returns whether output could be written, or its reader has closed the pipe; otherwise the reason goes to stderr.
pub fn is_written(written: io::Result<()>) -> bool {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            print_error(format_args!(
                "the output cannot be written: {error}\n  hint: make room there, or send it to another file"
            ));
            false
        }
        _ => true,
    }
}
