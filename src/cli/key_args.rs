//! The options that name API keys and users who exist, to work with in place of an administrator's key.

use indexmap::IndexMap;
use syncano_conformance::config::{Profile, SecretSource, TextSource, UserSource};
use syncano_conformance::scenario::Name;
use syncano_conformance::scenario::diagnostic::nearest;
use syncano_simulator::api::Flag;

/// What a run can have in place of an administrator's key. Secrets never stand on the command line: SOURCE is env:NAME, a variable of
/// the environment, or file:PATH, a file that holds nothing else.
#[derive(clap::Args, Debug, Default)]
pub struct KeyArgs {
    /// Work with this API key of --instance in place of an administrator's key; can be given more than once. KEY is the flag that
    /// is on, as `ignore_acl`, or `plain`; SOURCE says where the key is: env:NAME or file:PATH [default: the keys of the profile]
    // Text until it is looked at: what is wrong may be a key, and clap would show it.
    #[arg(long, value_name = "KEY=SOURCE", conflicts_with_all = ["account_key_file", "register"])]
    api_key: Vec<String>,

    /// Sign this user in, whose password is there: env:NAME or file:PATH; can be given more than once [default: the users of the
    /// profile]
    #[arg(long, value_name = "USERNAME=SOURCE")]
    user: Vec<String>,
}

/// What is wrong with an option, and how to mend it.
pub type Wrong = (String, String);

impl KeyArgs {
    /// Whether there are API keys.
    pub fn has_keys(&self) -> bool {
        !self.api_key.is_empty()
    }

    /// Whether there are users.
    pub fn has_users(&self) -> bool {
        !self.user.is_empty()
    }

    /// The profile, with what options say in its place.
    pub fn over(&self, profile: Profile) -> Result<Profile, Wrong> {
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

fn api_key(text: &str) -> Result<(Name, SecretSource), Wrong> {
    let form = || "write it like --api-key plain=env:NAME or --api-key ignore_acl=file:PATH".to_owned();
    let named = text.split_once('=').and_then(|(key, source)| Some((key.parse::<Name>().ok()?, source)));
    let Some((key, source)) = named else {
        return Err(("a value of --api-key does not say which key it is; it is not shown".to_owned(), form()));
    };
    let known = || Flag::ALL.into_iter().map(Flag::name).chain(["plain"]);
    if !known().any(|name| name == key.as_str()) {
        let hint = match nearest(key.as_str(), known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
        };
        return Err(("a value of --api-key names a flag that there is not; it is not shown".to_owned(), hint));
    }
    match source.parse() {
        Ok(source) => Ok((key, source)),
        Err(error) => Err((format!("--api-key {key}=...: {error}; it is not shown"), form())),
    }
}

fn user(text: &str, number: usize) -> Result<(Name, UserSource), Wrong> {
    let form = || "write it like --user alice=env:NAME or --user alice=file:PATH".to_owned();
    let wrong = |why: &str| (format!("the value of --user number {number} {why}; it is not shown"), form());
    let source = login(text).map_err(wrong)?;
    let username = match &source.username {
        TextSource::Text(name) => name.as_str(),
        TextSource::Secret(_) => "",
    };
    let label = username.parse().or_else(|_| format!("user_{number}").parse());
    let label = label.map_err(|_| wrong("cannot be counted"))?;
    Ok((label, source))
}

/// A user name, and where the password is; or what is wrong with the text.
pub(super) fn login(text: &str) -> Result<UserSource, &'static str> {
    if !text.contains('=') {
        return Err("says no password");
    }
    // Both a user name and a path can hold an equals sign.
    let at = ["=env:", "=file:"].into_iter().filter_map(|begin| text.find(begin)).min();
    let nowhere = "does not say where the password is";
    let (username, source) = at.and_then(|at| text.split_at_checked(at)).ok_or(nowhere)?;
    let password = source.trim_start_matches('=').parse().map_err(|_| nowhere)?;
    if username.is_empty() {
        return Err("names no user");
    }
    Ok(UserSource { username: TextSource::Text(username.to_owned()), password })
}
