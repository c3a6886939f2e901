//! What clap answers to a command line: that it is wrong, or what was asked of it.

use std::io::Write;
use std::process::ExitCode;

use super::Exit;
use super::complain::secrets;
use super::output::is_written;
use super::stream;

/// Prints what is wrong with the command line, or the help or version that was asked for. A value that could not be read may be
/// a key in the wrong place, so it passes the redactor.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let shown = secrets().redactor().text(&text);
    if !error.use_stderr() {
        let mut stdout = stream::stdout();
        let written = write!(stdout, "{}", error.render().ansi()).and_then(|()| stdout.flush());
        return if is_written(written) { Exit::Ok } else { Exit::Usage }.into();
    }
    let _ = match shown == text {
        true => write!(stream::stderr(), "{}", error.render().ansi()),
        false => stream::stderr().write_all(shown.as_bytes()),
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
