//! Explains a rejected key: its kind, which its form shows, and the expected kind.

use syncano_simulator::api::{Key, KeyKind};

/// Returns what is wrong with a key that was rejected as the account key of an administrator.
pub fn account_key_hint(key: &str) -> &'static str {
    match key.parse().map(|key: Key| key.kind()) {
        Err(_) => "an account key was expected, which is forty hexadecimal digits, and this is something else",
        Ok(KeyKind::Api) => {
            "the account key of an administrator was expected, and this is an API key, because its last digit is odd: \
             give it with --api-key and --instance, or as `api_keys` in the profile"
        }
        Ok(KeyKind::AccountOrUser) => {
            "the account key of an administrator was expected, and no account has this one: it is the key of a user or \
             of another deployment, or it has been reset"
        }
    }
}

/// Returns what is wrong with a key that was rejected as an API key of the instance.
pub fn api_key_hint(key: &str) -> &'static str {
    match key.parse().map(|key: Key| key.kind()) {
        Err(_) => "an API key was expected, which is forty hexadecimal digits, and this is something else",
        Ok(KeyKind::Api) => {
            "the API key is one of another instance or deployment, or it has been reset or deleted; check --instance, or \
             `instance` in the profile"
        }
        Ok(KeyKind::AccountOrUser) => {
            "an API key was expected, and this is an account key or a user key, because its last digit is even: an \
             account key goes into SYNCANO_ACCOUNT_KEY or `account_key` in the profile"
        }
    }
}
