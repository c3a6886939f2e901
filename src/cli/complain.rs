//! How the program says that something is wrong. Nothing is said that has not passed the redactor.
//!
//! There is one stderr, one log and one hook for panics, so what they must not show is known in one place too.

use std::fmt::Display;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
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

/// From now on a panic is told as a defect of this program.
pub fn tell_of_panics() {
    panic::set_hook(Box::new(|panic| complain(defect(panic))));
}

fn defect(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let what = panic.payload_as_str().unwrap_or("nothing more is known");
    format!(
        "this is a defect of this program{place}: {what}\n  \
         hint: report it to its maintainers, with these lines and the command"
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
