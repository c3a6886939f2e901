//! How the program says that something is wrong. Nothing is said that has not passed the redactor.
//!
//! There is one stderr, one log and one hook for panics, so what they must not show is known in one place too.

use std::fmt::Display;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::LazyLock;

use syncano_conformance::secret::Secrets;

use super::stream;

/// The keys and passwords that the program learns of.
pub fn secrets() -> &'static Secrets {
    static SECRETS: LazyLock<Secrets> = LazyLock::new(Secrets::default);
    &SECRETS
}

/// Says on stderr what is wrong. Where stderr is closed the exit code has to say it alone.
pub fn complain(what: impl Display) {
    let text = secrets().redactor().text(&format!("error: {what}\n"));
    let _ = stream::stderr().write_all(text.as_bytes());
}

/// Says what is wrong with the command line, or what was asked to be known of it. A value that could not be read may be a key
/// in the wrong place.
pub fn refuse(error: &clap::Error) -> ExitCode {
    let rendered = error.render();
    let text = rendered.to_string();
    let shown = secrets().redactor().text(&text);
    let _ = if !error.use_stderr() {
        write!(stream::stdout(), "{}", rendered.ansi())
    } else if shown == text {
        write!(stream::stderr(), "{}", rendered.ansi())
    } else {
        stream::stderr().write_all(shown.as_bytes())
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// From now on a panic is told as a defect of this program.
pub fn tell_of_panics() {
    panic::set_hook(Box::new(|panic| complain(defect(panic))));
}

fn defect(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let what = panic.payload_as_str().unwrap_or("nothing more is known");
    format!(
        "this is a defect of this program{place}: {what}\n  \
         hint: please report it with these lines and the command at {}/issues",
        env!("CARGO_PKG_REPOSITORY")
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_is_told_without_secrets() {
        let secrets = Secrets::default();
        secrets.tell("alice.password", "open sesame");
        let told = Arc::new(Mutex::new(String::new()));
        let before = panic::take_hook();
        let (redactor, here) = (secrets.redactor(), Arc::clone(&told));
        panic::set_hook(Box::new(move |panic| *here.lock().unwrap() = redactor.text(&defect(panic))));
        let key = "00112233445566778899aabbccddeeff00112233";
        let _ = panic::catch_unwind(|| panic!("no user has {key} and open%20sesame"));
        panic::set_hook(before);
        let told = told.lock().unwrap();
        assert!(told.starts_with("this is a defect of this program at src/cli/complain.rs:"), "{told}");
        assert!(told.contains(": no user has <key> and <alice.password in another form>\n  hint: "), "{told}");
    }
}
