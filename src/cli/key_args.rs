//! Options for existing API keys and users, instead of an administrator's account key.

use indexmap::IndexMap;
use syncano_conformance::config::{Profile, SecretSource, TextSource, UserSource};
use syncano_simulator::api::Flag;
use syncano_suite::Name;
use syncano_suite::diagnostic::nearest;

use super::exposed::REPLACE;

/// The heading of the options in the help.
const HEADING: &str = "Keys and accounts";

/// Existing API keys and users. The command line never holds a secret: SOURCE is env:NAME, an
/// environment variable, or file:PATH, a file that holds only the secret.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct KeyArgs {
    /// API key of --instance, such as plain=env:NAME; can be repeated
    ///
    /// API keys replace the administrator's account key. KEY is the flag of the key, such as
    /// `ignore_acl`, or `plain`. SOURCE is env:NAME or file:PATH. The default is `api_keys` in the
    /// profile.
    // The values are parsed later: clap would print a wrong value, and it may be a key.
    #[arg(long, value_name = "KEY=SOURCE", help_heading = HEADING, conflicts_with_all = ["account_key_file", "register"])]
    api_key: Vec<String>,

    /// User who signs in, such as alice=file:PATH; can be repeated
    ///
    /// SOURCE is the place of the password: env:NAME or file:PATH. The default is `users` in the
    /// profile.
    #[arg(long, value_name = "USERNAME=SOURCE", help_heading = HEADING)]
    user: Vec<String>,
}

/// An error in an option, and how to fix it.
pub type OptionError = (String, String);

impl KeyArgs {
    /// Returns whether API keys are given.
    pub fn has_keys(&self) -> bool {
        !self.api_key.is_empty()
    }

    /// Returns whether users are given.
    pub fn has_users(&self) -> bool {
        !self.user.is_empty()
    }

    /// Returns the profile with the options applied to it.
    pub fn over(&self, profile: Profile) -> Result<Profile, OptionError> {
        let mut profile = profile;
        if self.has_keys() {
            profile.account = None;
            profile.api_keys = self.api_key.iter().map(|text| api_key(text)).collect::<Result<IndexMap<_, _>, _>>()?;
        }
        if self.has_users() {
            let users = self.user.iter().zip(1..).map(|(text, number)| user(text, number));
            profile.users = users.collect::<Result<IndexMap<_, _>, _>>()?;
        }
        Ok(profile)
    }
}

fn api_key(text: &str) -> Result<(Name, SecretSource), OptionError> {
    let form = || {
        format!("expected --api-key plain=env:NAME or --api-key ignore_acl=file:PATH; if the value is a key, {REPLACE}")
    };
    let named = text.split_once('=').and_then(|(key, source)| Some((key.parse::<Name>().ok()?, source)));
    let Some((key, source)) = named else {
        return Err(("a value of --api-key does not name a key; the value is not shown".to_owned(), form()));
    };
    let known = || Flag::ALL.into_iter().map(Flag::name).chain(["plain"]);
    if !known().any(|name| name == key.as_str()) {
        let hint = match nearest(key.as_str(), known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of {}", known().collect::<Vec<_>>().join(", ")),
        };
        return Err(("a value of --api-key names an unknown flag; the value is not shown".to_owned(), hint));
    }
    match source.parse() {
        Ok(source) => Ok((key, source)),
        Err(error) => Err((format!("--api-key {key}=...: {error}; the value is not shown"), form())),
    }
}

fn user(text: &str, number: usize) -> Result<(Name, UserSource), OptionError> {
    let form =
        || format!("expected --user alice=env:NAME or --user alice=file:PATH; if the value is a password, {REPLACE}");
    let wrong = |why: &str| (format!("value {number} of --user {why}; the value is not shown"), form());
    let source = login(text).map_err(wrong)?;
    let username = match &source.username {
        TextSource::Text(name) => name.as_str(),
        TextSource::Secret(_) => "",
    };
    let label = username.parse().or_else(|_| format!("user_{number}").parse());
    let label = label.map_err(|_| wrong("has no usable name"))?;
    Ok((label, source))
}

/// Parses a user name and the place of the password.
pub(super) fn login(text: &str) -> Result<UserSource, &'static str> {
    if !text.contains('=') {
        return Err("has no password");
    }
    // A user name and a path can both hold an equals sign.
    let at = ["=env:", "=file:"].into_iter().filter_map(|begin| text.find(begin)).min();
    let nowhere = "has no place of the password";
    let (username, source) = at.and_then(|at| text.split_at_checked(at)).ok_or(nowhere)?;
    let password = source.trim_start_matches('=').parse().map_err(|_| nowhere)?;
    if username.is_empty() {
        return Err("has no user name");
    }
    Ok(UserSource { username: TextSource::Text(username.to_owned()), password })
}
