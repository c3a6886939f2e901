//! Reads the secrets that a profile names: keys, passwords and certificates.

use secrecy::{ExposeSecret, SecretString};
use syncano_conformance::config::{
    AccountSource, NetworkError, Profile, ProfileKeys, ReadSecretError, SecretSource, TextSource,
};
use syncano_conformance::harness::{Credentials, InstanceKeys, Login, Network};
use syncano_simulator::api::Flag;

use super::key_args::OptionError;
use super::print_error::print_note;

/// The environment variable that holds the administrator's account key if only a URL is given.
pub const ACCOUNT_KEY: &str = "SYNCANO_ACCOUNT_KEY";

/// The purpose of reading secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadSecrets {
    /// To send them. A missing secret is an error.
    #[default]
    ForRun,
    /// To plan a run, which sends nothing. A note names a missing secret, and another text stands
    /// in its place.
    ForPlan,
}

impl ReadSecrets {
    /// Returns the credentials for a deployment; `name` is that of its profile.
    pub fn credentials(self, name: Option<&str>, profile: &Profile) -> Result<Credentials, OptionError> {
        let hint = || match name {
            Some(name) => {
                format!(
                    "put the secret there, correct its place in [target.{name}], or give --account-key-file, --register, --api-key or \
                     --user"
                )
            }
            None => format!(
                "put the administrator's account key into {ACCOUNT_KEY} or a file for --account-key-file, register an \
                 account with --register, or run fewer checks with --instance and --api-key"
            ),
        };
        let missing = |error: ReadSecretError| (error.to_string(), hint());
        // Every configured secret has to exist, even if this run does not need it.
        let keys = profile.keys(|source| self.secret(source)).map_err(missing)?;
        let has_api_keys = !keys.api_keys.is_empty();
        // An administrator who may not write cannot create worlds; API keys can still read.
        let only_reads = profile.writes != Some(true) && has_api_keys && profile.instance.is_some();
        match profile.account.as_ref().filter(|_| !only_reads) {
            Some(AccountSource::Register) if profile.instance.is_some() => Err((
                "an account that is registered for the run does not see an existing instance".to_owned(),
                "leave out --instance, or --no-instance if the profile names one; or give an account key of the instance"
                    .to_owned(),
            )),
            Some(AccountSource::Register) => Ok(Credentials::Register),
            Some(AccountSource::Key(source)) => {
                let key = self.secret(source).map_err(missing)?;
                Ok(Credentials::AccountKey(SecretString::from(key.expose_secret().trim())))
            }
            None if has_api_keys && profile.instance.is_none() => Err((
                "API keys belong to an instance, but none is named".to_owned(),
                "add `instance` to the profile, or give --instance".to_owned(),
            )),
            None if has_api_keys => Ok(Credentials::ApiKeys(api_keys(profile, keys))),
            None => Err((
                "no account is given: the run needs an account key or API keys".to_owned(),
                "add `account_key`, `register = true` or `api_keys` to the profile, or give --account-key-file, --register \
                 or --api-key"
                    .to_owned(),
            )),
        }
    }

    /// Reads the proxy and the certificates of a profile.
    pub fn network(self, profile: &Profile) -> Result<Network, OptionError> {
        profile.network().or_else(|error| match &error {
            NetworkError::File { .. } | NetworkError::Secret(_) if self == ReadSecrets::ForPlan => {
                note_missing(&error);
                Ok(Network::default())
            }
            _ => Err(unusable(&error)),
        })
    }

    fn secret(self, source: &SecretSource) -> Result<SecretString, ReadSecretError> {
        source.read().or_else(|error| match self {
            ReadSecrets::ForRun => Err(error),
            ReadSecrets::ForPlan => {
                note_missing(&error);
                Ok(SecretString::from("missing"))
            }
        })
    }
}

fn note_missing(error: &dyn std::error::Error) {
    print_note(format_args!("{error}; `run` needs it, and the plan assumes it"));
}

/// Converts the keys and users of a profile for a run.
fn api_keys(profile: &Profile, keys: ProfileKeys) -> InstanceKeys {
    let by_flag = keys.api_keys.into_iter().map(|(name, key)| (name.as_str().parse::<Flag>().ok(), key));
    let users = keys.users.into_iter().map(|(label, (username, password))| Login {
        label: label.to_string(),
        username: username.expose_secret().to_owned(),
        hidden: profile.users.get(&label).is_some_and(|user| matches!(user.username, TextSource::Secret(_))),
        password,
    });
    InstanceKeys { keys: by_flag.collect(), users: users.collect() }
}

/// Returns the error for network settings that cannot be used, and how to fix it.
fn unusable(error: &NetworkError) -> OptionError {
    let (message, hint) = match error {
        NetworkError::Proxy(why) => (
            format!("the value of --proxy cannot be used: {why}"),
            "expected --proxy http://proxy.example.com:3128 --proxy-user alice=env:NAME",
        ),
        NetworkError::File { .. } | NetworkError::Certificates { .. } => {
            (error.to_string(), "name PEM files with --ca-cert, --client-cert and --client-key, or in the profile")
        }
        NetworkError::Half => (error.to_string(), "give --client-cert and --client-key"),
        NetworkError::NoProxy => (error.to_string(), "give --proxy too"),
        NetworkError::Basic(_) => {
            (error.to_string(), "put user:password into the variable or the file that --basic or the profile names")
        }
        NetworkError::Secret(_) => {
            (error.to_string(), "name its place with --proxy-user or --basic, or in the profile")
        }
    };
    (message, hint.to_owned())
}
