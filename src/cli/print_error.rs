//! Prints errors, notes and panics. All of it passes the redactor.
//!
//! There is one stderr, one log and one panic hook, so there is one list of the secrets that they
//! must not show.

use std::fmt::Display;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::LazyLock;

use syncano_secrets::Secrets;

use super::{exposed, stream};

/// Returns the keys and passwords that the program knows.
pub fn secrets() -> &'static Secrets {
    static SECRETS: LazyLock<Secrets> = LazyLock::new(Secrets::default);
    &SECRETS
}

/// Prints an error to stderr. If stderr is closed, only the exit code reports it. If an argument is
/// a key, the hint says what to do about that instead of how to fix the rest.
pub fn print_error(error: impl Display) {
    let error = error.to_string();
    match exposed::advice() {
        Some(advice) => {
            let what = error.split("\n  hint: ").next().unwrap_or(&error);
            print(&format!("error: {what}\n  hint: {advice}\n"));
        }
        None => print(&format!("error: {error}\n")),
    }
}

/// Prints a note to stderr.
pub fn print_note(note: impl Display) {
    print(&format!("note: {note}\n"));
}

fn print(text: &str) {
    let _ = stream::stderr().write_all(secrets().redactor().text(text).as_bytes());
}

/// Reports panics as bugs of this program from now on.
pub fn report_panics() {
    panic::set_hook(Box::new(|panic| print_error(bug(panic))));
}

fn bug(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let what = panic.payload_as_str().unwrap_or("no message");
    format!(
        "this is a bug of this program{place}: {what}\n  \
         hint: report it to the maintainers with these lines and the command"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_is_reported_without_secrets() {
        let secrets = Secrets::default();
        secrets.add("alice.password", "open sesame");
        let reported = Arc::new(Mutex::new(String::new()));
        let before = panic::take_hook();
        let (redactor, here) = (secrets.redactor(), Arc::clone(&reported));
        panic::set_hook(Box::new(move |panic| *here.lock().unwrap() = redactor.text(&bug(panic))));
        let key = "00112233445566778899aabbccddeeff00112233";
        let _ = panic::catch_unwind(|| panic!("no user has {key} and open%20sesame"));
        panic::set_hook(before);
        let reported = reported.lock().unwrap();
        assert!(reported.starts_with("this is a bug of this program at src/cli/print_error.rs:"), "{reported}");
        assert!(reported.contains(": no user has <key> and <alice.password in another form>\n  hint: "), "{reported}");
    }
}
