//! Finds keys on the command line, where other users of the machine can see them.

use std::env;

use clap::error::{ContextKind, ContextValue};
use syncano_simulator::api::{Key, KeyKind};

/// The advice about a secret on the command line.
pub const REPLACE: &str = "it is exposed now, in the history of the shell and in the list of processes: replace it";

/// The right place for an account key.
const ACCOUNT_KEY: &str = "An account key belongs in the environment variable SYNCANO_ACCOUNT_KEY, which --url reads, or \
                           in the variable or file that the profile names: account_key = { env = \"NAME\" }";

/// The right place for an API key.
const API_KEY: &str = "An API key belongs in an environment variable or a file: --api-key plain=env:NAME, or in the \
                       profile api_keys.plain = { env = \"NAME\" }";

/// Returns what to do about a key in the arguments of the program, if there is one.
pub fn advice() -> Option<String> {
    let kind = env::args_os().skip(1).find_map(|argument| kind_of_key_in(&argument.to_string_lossy()))?;
    let place = if kind == KeyKind::Api { API_KEY } else { ACCOUNT_KEY };
    Some(format!("an argument is a key, so {REPLACE} on the deployment. {place}"))
}

/// Returns what to do about an unknown option that looks as if it took a key, if the error is about
/// one.
pub fn advice_on_option(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let names_key = ["--account-key", "--user-key", "--key"].iter().any(|name| option == name);
    names_key
        .then(|| format!("no option takes a key itself. If you gave one, {REPLACE} on the deployment. {ACCOUNT_KEY}"))
}

/// Returns the kind of a key that is a whole word of an argument. Digits in the name of a file are
/// no key.
fn kind_of_key_in(argument: &str) -> Option<KeyKind> {
    let is_separator = |c: char| match c {
        '=' | ':' | ',' => true,
        '/' | '?' | '&' | '@' | '#' => argument.contains("://"),
        _ => false,
    };
    let mut words = argument.trim_start_matches('-').split(is_separator);
    words.find_map(|word| Some(word.trim().parse::<Key>().ok()?.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_where_it_is_a_word_and_not_in_the_name_of_a_file() {
        let key = "00112233445566778899aabbccddeeff0011223";
        for (form, is_found) in [
            ("KEY", true),
            ("--KEY", true),
            ("--account-key=KEY", true),
            ("plain=KEY", true),
            ("plain=env:KEY", true),
            ("https://KEY@a.example", true),
            ("https://a.example/?api_key=KEY&x=1", true),
            ("--report=json=reports/KEY/report.json", false),
            ("KEY.json", false),
            ("a-KEY", false),
        ] {
            for (digit, kind) in [("4", KeyKind::AccountOrUser), ("5", KeyKind::Api)] {
                let argument = form.replace("KEY", &format!("{key}{digit}"));
                assert_eq!(kind_of_key_in(&argument), is_found.then_some(kind), "{form}");
            }
        }
    }
}
