//! Validation of names and e-mail addresses, with the API's error texts.

use std::net::IpAddr;
use std::sync::LazyLock;

use crate::pattern;
use regex::Regex;

/// Maximum length of a name, in characters.
const LONGEST_NAME: usize = 64;

const RESERVED_NAME: &str = "Unable to use that value. Please choose a different one.";

/// Names that instances must not have.
const RESERVED_INSTANCES: [&str; 18] = [
    "admin",
    "account",
    "devcenter",
    "support",
    "sentry",
    "platform",
    "redirect",
    "media",
    "signup",
    "login",
    "instance_subdomain",
    "my_instance",
    "myinstance",
    "panel",
    "noinstance",
    "public",
    "template1",
    "status",
];

/// Returns the errors of an instance name. The name must be trimmed and in lower case.
pub fn instance_name_errors(name: &str) -> Vec<String> {
    const SHORTEST: usize = 5;
    let mut messages = short_instance_name_errors(name);
    if name.chars().count() < SHORTEST {
        messages.push(format!("Ensure this field has at least {SHORTEST} characters."));
    }
    messages
}

/// Returns the errors of an instance name that may be shorter than the API allows.
pub fn short_instance_name_errors(name: &str) -> Vec<String> {
    let mut messages = ends(name);
    if RESERVED_INSTANCES.contains(&name) {
        messages.push(RESERVED_NAME.to_owned());
    }
    if name.contains("--") {
        messages.push("Double hyphens are reserved.".to_owned());
    }
    messages.extend(length(name));
    if !consists_of(name, "-") {
        messages.push("Enter a valid value consisting of letters, numbers, hyphens.".to_owned());
    }
    messages
}

/// Returns the errors of a group name. The name must be trimmed and in lower case.
pub fn group_name_errors(name: &str) -> Vec<String> {
    let mut messages = ends(name);
    messages.extend(length(name));
    if !consists_of(name, "_-") {
        messages.push("Enter a valid value consisting of letters, numbers, underscores, hyphens.".to_owned());
    }
    messages
}

/// Returns the errors of a class name. The name must be trimmed and in lower case.
pub fn class_name_errors(name: &str) -> Vec<String> {
    const RESERVED: [&str; 4] = ["self", "user", "users", "acl"];
    let mut messages = ends(name);
    if RESERVED.contains(&name) {
        messages.push(RESERVED_NAME.to_owned());
    }
    messages.extend(length(name));
    if !consists_of(name, "_") {
        messages.push("Enter a valid value consisting of letters, numbers, underscores.".to_owned());
    }
    messages
}

/// Returns whether a text is an e-mail address.
pub fn is_email(text: &str) -> bool {
    static LOCAL: LazyLock<Regex> = LazyLock::new(|| {
        let word = r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+";
        let quoted = r#""([\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*""#;
        pattern::constant(&format!(r"\A(?:{word}(?:\.{word})*|{quoted})\z"))
    });
    static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
        let label = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";
        let last = r"[0-9A-Za-z-]{1,62}[0-9A-Za-z]";
        pattern::constant(&format!(r"\A(?:{label}\.)+{last}\z"))
    });
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let is_host = match literal {
        Some(address) => address.parse::<IpAddr>().is_ok(),
        None => domain == "localhost" || DOMAIN.is_match(domain),
    };
    is_host && LOCAL.is_match(local)
}

fn ends(name: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        messages.push("Value has to start with a letter.".to_owned());
    }
    if !name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) {
        messages.push("Value has to end with a letter or a number.".to_owned());
    }
    messages
}

fn length(name: &str) -> Option<String> {
    let length = name.chars().count();
    let is_long = length > LONGEST_NAME;
    is_long.then(|| format!("Ensure this value has at most {LONGEST_NAME} characters (it has {length})."))
}

fn consists_of(name: &str, others: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a@b.co", true)]
    #[case("a.b+c@sub.example.com", true)]
    #[case("a@localhost", true)]
    #[case("a@[127.0.0.1]", true)]
    #[case("a@b", false)]
    #[case("@b.co", false)]
    #[case("a b@c.de", false)]
    #[case("a@-b.co", false)]
    #[case("nothing", false)]
    fn email_addresses_are_recognised(#[case] text: &str, #[case] is: bool) {
        assert_eq!(is_email(text), is, "{text}");
    }

    #[rstest]
    #[case("nostromo", &[])]
    #[case("1", &["Value has to start with a letter.", "Ensure this field has at least 5 characters."])]
    #[case("a--b c-", &["Value has to end with a letter or a number.", "Double hyphens are reserved.", "Enter a valid value consisting of letters, numbers, hyphens."])]
    #[case("admin", &["Unable to use that value. Please choose a different one."])]
    fn all_errors_of_a_name_are_reported_together(#[case] name: &str, #[case] messages: &[&str]) {
        assert_eq!(instance_name_errors(name), messages);
    }
}
