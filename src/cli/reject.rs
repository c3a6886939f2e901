//! Prints the usage errors, the help and the version that clap renders.

use std::io::Write;
use std::process::ExitCode;

use super::Exit;
use super::output::is_written;
use super::print_error::secrets;
use super::{exposed, stream};

/// Prints a usage error, the help or the version. A value that could not be parsed may be a key in
/// the wrong place, so the text passes the redactor.
pub fn reject(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let shown = secrets().redactor().text(&text);
    if !error.use_stderr() {
        let mut stdout = stream::stdout();
        let written = write!(stdout, "{}", error.render().ansi()).and_then(|()| stdout.flush());
        return if is_written(written) { Exit::Ok } else { Exit::Usage }.into();
    }
    if let Some(advice) = exposed::advice().or_else(|| exposed::advice_on_option(error)) {
        // The usage would show only how to give the key in another way that exposes it.
        let what = shown.lines().next().unwrap_or_default();
        let _ = stream::stderr().write_all(format!("{what}\n  hint: {advice}\n").as_bytes());
        return exit_code(error);
    }
    let _ = match shown == text {
        true => write!(stream::stderr(), "{}", error.render().ansi()),
        false => stream::stderr().write_all(shown.as_bytes()),
    };
    exit_code(error)
}

fn exit_code(error: &clap::Error) -> ExitCode {
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
