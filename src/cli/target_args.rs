//! The options that choose a target, its keys, and what a run may do there. Options take precedence
//! over the profile in conformance.toml, and the profile over the defaults.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use syncano_conformance::config::{
    self, AccountSource, BUILT_IN, FILE, JOBS, OpenError, Profile, Profiles, SecretSource, instance_name,
};
use syncano_conformance::harness::{Credentials, SweepKeys, Target, TargetError, base_url};
use syncano_conformance::report::{SIMULATOR, target_in_words};
use syncano_simulator::api::{Capability, Flag, UnknownCapability, Version};
use syncano_suite::Diagnostic;
use syncano_suite::diagnostic::nearest;

use super::Exit;
use super::chosen::{Chosen, TargetKind, http};
use super::exposed::REPLACE;
use super::failed_run::FailedRun;
use super::key_args::{KeyArgs, OptionError};
use super::limits::LimitArgs;
use super::network_args::NetworkArgs;
use super::print_error::{print_error, print_note, secrets};
use super::read_secrets::{ACCOUNT_KEY, ReadSecrets};
use super::suite::show;

/// Options for the target.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct TargetArgs {
    /// Target in conformance.toml, or `sim` or `sim-http` [default: sim]
    ///
    /// `sim` is the built-in simulator in this process, `sim-http` the same over HTTP on a loopback
    /// address.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// URL of the deployment, without /v1.1/ [default: from the profile]
    ///
    /// Without --target, the administrator's account key is read from the environment variable
    /// SYNCANO_ACCOUNT_KEY.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Let scenarios create and change resources on a deployment
    ///
    /// The default is `writes` in the profile, otherwise no. Everything that a run creates carries
    /// the id of the run in its name and is deleted at its end.
    #[arg(long)]
    allow_writes: bool,

    /// Work in this instance [default: new instances, which the run deletes]
    ///
    /// The instance may hold other data. The default is `instance` in the profile.
    #[arg(long, value_name = "NAME", value_parser = instance_name)]
    instance: Option<String>,

    /// File with the administrator's account key [default: from the profile]
    #[arg(long, value_name = "FILE", help_heading = KEYS)]
    account_key_file: Option<PathBuf>,

    /// Register an account for this run
    ///
    /// The deployment has to allow it, and the API has no way to delete the account. The default is
    /// `register` in the profile, otherwise no.
    #[arg(long, conflicts_with = "account_key_file", help_heading = KEYS)]
    register: bool,

    /// Register accounts for scenarios that need administrators of other roles
    ///
    /// These scenarios are skipped without it. The default is `more_accounts` in the profile,
    /// otherwise true if the run registers its own account.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          help_heading = KEYS)]
    more_accounts: Option<bool>,

    #[command(flatten)]
    keys: KeyArgs,

    /// Configuration file [default: conformance.toml here or in a folder above]
    #[arg(long, value_name = "FILE", requires = "target", help_heading = DETAILS)]
    config: Option<PathBuf>,

    /// Send nothing that could change the target, even if the profile allows writes
    #[arg(long, conflicts_with = "allow_writes", help_heading = DETAILS)]
    no_writes: bool,

    /// Work in new instances, even if the profile names one
    #[arg(long, conflicts_with = "instance", help_heading = DETAILS)]
    no_instance: bool,

    /// Version of the API: v1 or v1.1 [default: from the profile, or v1.1]
    #[arg(long, value_name = "VERSION", help_heading = DETAILS)]
    api_version: Option<Version>,

    /// Features that the deployment has, separated by commas [default: all]
    ///
    /// The features are groups, classes, channels, data_endpoints, batch, invitations, register, v1,
    /// push and templates; `none` means none of them. Scenarios that need another feature are skipped. The default is
    /// `capabilities` in the profile, otherwise all.
    #[arg(long, value_name = "LIST", value_parser = capabilities, help_heading = DETAILS)]
    capabilities: Option<Capabilities>,

    /// Number of scenarios that run at the same time [default: 4]
    ///
    /// The default is `jobs` in the profile.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(JOBS), help_heading = LIMITS)]
    jobs: Option<u16>,

    #[command(flatten)]
    limits: LimitArgs,

    #[command(flatten)]
    network: NetworkArgs,

    /// How the secrets are read.
    #[arg(skip)]
    secrets: ReadSecrets,
}

const KEYS: &str = "Keys and accounts";
const DETAILS: &str = "More about the target";
const LIMITS: &str = "Limits";

/// The features of a deployment.
type Capabilities = Arc<[Capability]>;

fn capabilities(text: &str) -> Result<Capabilities, UnknownCapability> {
    if text == "none" { Ok(Arc::default()) } else { text.split(',').map(|word| word.trim().parse()).collect() }
}

/// Why no target could be chosen.
#[derive(Debug, thiserror::Error)]
enum ChooseError {
    /// The error, and how to fix it.
    #[error("{0}\n  hint: {1}")]
    Usage(String, String),
    #[error("the configuration is not valid")]
    Config(Vec<Diagnostic>),
}

impl TargetArgs {
    /// Returns options that only name a deployment and its key.
    pub fn naming(
        target: Option<String>,
        url: Option<String>,
        config: Option<PathBuf>,
        account_key_file: Option<PathBuf>,
        network: NetworkArgs,
    ) -> TargetArgs {
        TargetArgs { target, url, config, account_key_file, network, ..TargetArgs::default() }
    }

    /// Returns the same options for a plan, which needs no secret.
    pub fn for_plan(self) -> TargetArgs {
        TargetArgs { secrets: ReadSecrets::ForPlan, ..self }
    }

    /// Returns whether --target names a target, even the built-in simulator.
    pub fn is_named(&self) -> bool {
        self.target.is_some()
    }

    /// Finds the profile, applies the options to it, and reads the secrets. Prints errors to
    /// stderr.
    pub fn choose(&self) -> Result<Chosen, Exit> {
        self.chosen().map_err(reported)
    }

    /// Prints a note if no target is named, so that the run is on the built-in simulator, although
    /// the user seems to have a deployment.
    pub fn note_simulator(&self) {
        if let Some(sign) = sign_of_a_deployment().filter(|_| self.names_none()) {
            print_note(format_args!(
                "no target is named, so this is the built-in simulator, although {sign}\n  \
                 hint: --target NAME or --url URL names a deployment, --target sim the simulator"
            ));
        }
    }

    fn names_none(&self) -> bool {
        self.target.is_none() && self.url.is_none()
    }

    /// Chooses the target of a run. With `--failed` it is the target of the earlier run, unless
    /// that was a bare URL.
    pub fn choose_for_run(&self, earlier: Option<&FailedRun>) -> Result<Chosen, Exit> {
        let Some(FailedRun { report, target, .. }) = earlier else { return self.choose() };
        if !self.names_none() {
            let chosen = self.choose()?;
            if chosen.name() == target {
                return Ok(chosen);
            }
            let [earlier, now] = [target, chosen.name()].map(target_in_words);
            print_error(format_args!(
                "{report} is a report of {earlier}, but this run is on {now}\n  \
                 hint: name the target of the report"
            ));
            return Err(Exit::Usage);
        }
        if target == SIMULATOR {
            return self.choose();
        }
        // A report is a file from anywhere: it may name a profile of the user, but no host that
        // gets the user's keys.
        if target.contains("://") {
            print_error(format_args!(
                "{report} is a report of {target}, and this run names no target\n  \
                 hint: a run talks only to a host that you name; add --url {target}"
            ));
            return Err(Exit::Usage);
        }
        print_note(format_args!("{report} is a report of {target}, so this run is on {target} too"));
        TargetArgs { target: Some(target.clone()), ..self.clone() }.choose()
    }

    /// Returns the deployment to clean up on if one is named, and the available keys for it. Prints
    /// errors to stderr.
    pub fn deployment(&self) -> Result<Option<(Target, SweepKeys)>, Exit> {
        let deployment = || {
            let profile = match (&self.target, &self.url) {
                (None, None) => return Ok(None),
                (Some(name), _) if BUILT_IN.contains(&name.as_str()) => {
                    return Err(usage(format!("runs leave no resources on {name}"), "name a deployment"));
                }
                (Some(name), _) => self.profile(name)?,
                (None, Some(_)) => Profile { account: by_default(), ..Profile::default() },
            };
            let profile = self.over(profile)?;
            let key = |source: &SecretSource| match source {
                // Sweeping may need no key.
                SecretSource::Env(name) if env::var_os(name).is_none() => Ok(None),
                source => match source.read() {
                    Ok(key) => Ok(Some(SecretString::from(key.expose_secret().trim()))),
                    Err(error) => {
                        Err(usage(error.to_string(), "correct the place of the key in the profile, or remove it"))
                    }
                },
            };
            let account = match &profile.account {
                Some(AccountSource::Key(source)) => key(source)?,
                // The keys of registered accounts are not kept.
                Some(AccountSource::Register) | None => None,
            };
            let ignore_acl = profile.api_keys.iter().find(|(name, _)| name.as_str() == Flag::IgnoreAcl.name());
            let ignore_acl = ignore_acl.map(|(_, source)| key(source)).transpose()?.flatten();
            check_url(&profile)?;
            let target = http(&profile, &self.secrets.network(&profile).map_err(wrong)?);
            let target = target.map_err(|error| usage(error.to_string(), "correct the profile"))?;
            Ok(Some((target.sharing(secrets()), SweepKeys { account, ignore_acl })))
        };
        deployment().map_err(reported)
    }

    fn chosen(&self) -> Result<Chosen, ChooseError> {
        let (kind, profile) = match (self.target.as_deref(), &self.url) {
            (None | Some("sim"), None) => (TargetKind::InProcess, Profile::default()),
            (Some("sim-http"), None) => (TargetKind::Loopback, Profile::default()),
            (None, Some(_)) => (TargetKind::Deployment(None), Profile { account: by_default(), ..Profile::default() }),
            (Some(name), _) if BUILT_IN.contains(&name) => {
                return Err(usage(format!("{name} is built in and takes no --url"), "leave out --target or --url"));
            }
            (Some(name), _) => (TargetKind::Deployment(Some(name.to_owned())), self.profile(name)?),
        };
        let profile = self.over(profile)?;
        let network = self.secrets.network(&profile).map_err(wrong)?;
        let credentials = match &kind {
            TargetKind::Deployment(name) => {
                check_url(&profile)?;
                self.secrets.credentials(name.as_deref(), &profile).map_err(wrong)?
            }
            TargetKind::InProcess | TargetKind::Loopback => match self.for_deployments() {
                Some(option) => {
                    let hint = "name a deployment with --target or --url";
                    return Err(usage(format!("{option} has no effect on the built-in simulator"), hint));
                }
                None => Credentials::Register,
            },
        };
        Ok(Chosen { kind, profile, network, credentials })
    }

    /// Returns the profile with this name.
    fn profile(&self, name: &str) -> Result<Profile, ChooseError> {
        let path = self.config.clone().or_else(find);
        let mut profiles = match &path {
            Some(path) => open(path)?,
            None => Profiles::new(),
        };
        if let Some(profile) = profiles.swap_remove(name) {
            return Ok(profile);
        }
        let known = || BUILT_IN.into_iter().chain(profiles.keys().map(String::as_str));
        let hint = match (nearest(name, known()), path) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(path)) => format!("add [target.{name}] to {}", path.display()),
            (None, None) => format!("there is no {FILE} in this folder or above; `init` writes one"),
        };
        let known = known().collect::<Vec<_>>().join(", ");
        Err(usage(format!("no target is named `{name}`; known targets: {known}"), &hint))
    }

    /// Returns the profile with the options applied to it.
    fn over(&self, profile: Profile) -> Result<Profile, ChooseError> {
        let profile = self.limits.over(profile);
        let profile = self.keys.over(self.network.over(profile).map_err(wrong)?).map_err(wrong)?;
        let account = match &self.account_key_file {
            Some(path) => Some(AccountSource::Key(SecretSource::File(path.clone()))),
            None => self.register.then_some(AccountSource::Register),
        };
        let instance = if self.no_instance { None } else { self.instance.clone().or(profile.instance) };
        Ok(Profile {
            url: self.url.clone().unwrap_or(profile.url),
            api_version: self.api_version.or(profile.api_version),
            instance,
            account: account.or(profile.account),
            more_accounts: self.more_accounts.or(profile.more_accounts),
            writes: if self.no_writes { Some(false) } else { self.allow_writes.then_some(true).or(profile.writes) },
            jobs: self.jobs.or(profile.jobs),
            capabilities: self.capabilities.as_ref().map(|offered| offered.to_vec()).or(profile.capabilities),
            ..profile
        })
    }

    /// Returns the first given option that needs a deployment.
    fn for_deployments(&self) -> Option<&'static str> {
        let options = [
            ("--account-key-file", self.account_key_file.is_some()),
            ("--register", self.register),
            ("--api-key", self.keys.has_keys()),
            ("--user", self.keys.has_users()),
            ("--more-accounts", self.more_accounts.is_some()),
            ("--instance", self.instance.is_some()),
            ("--rate", self.limits.rate.is_some()),
        ];
        self.network.given().into_iter().chain(options).find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// Checks the URL. The URL of a profile was checked with its file, so an error is about --url.
fn check_url(profile: &Profile) -> Result<(), ChooseError> {
    base_url(&profile.url).map(drop).map_err(|error| {
        let form = "expected a URL like https://api.example.com";
        let hint = match error {
            TargetError::Credentials => {
                format!("{form}; give a login of the server with --basic env:NAME. If this was a password, {REPLACE}")
            }
            TargetError::Query => format!("{form}; if the query held a key, {REPLACE}"),
            _ => form.to_owned(),
        };
        usage(format!("the value of --url cannot be used: {error}"), &hint)
    })
}

/// Returns the place of the administrator's account key if only a URL is given.
fn by_default() -> Option<AccountSource> {
    Some(AccountSource::Key(SecretSource::Env(ACCOUNT_KEY.to_owned())))
}

fn reported(error: ChooseError) -> Exit {
    match error {
        ChooseError::Config(wrong) => show(&wrong),
        error @ ChooseError::Usage(..) => {
            print_error(&error);
            Exit::Usage
        }
    }
}

fn wrong((message, hint): OptionError) -> ChooseError {
    ChooseError::Usage(message, hint)
}

fn usage(message: String, hint: &str) -> ChooseError {
    ChooseError::Usage(message, hint.to_owned())
}

/// Returns what suggests that the user has a deployment to test, if anything does.
fn sign_of_a_deployment() -> Option<String> {
    let is_set = |name: &str| env::var(name).is_ok_and(|value| !value.is_empty() && value != "false");
    let variable = [ACCOUNT_KEY, "CI"].into_iter().find(|name| is_set(name));
    let variable = variable.map(|name| format!("{name} is set"));
    variable.or_else(|| Some(format!("there is a {}", find()?.display())))
}

/// Returns the path of the configuration file, relative to the current folder if possible.
fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let path = config::find(&here)?;
    Some(path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path))
}

fn open(path: &Path) -> Result<Profiles, ChooseError> {
    config::open(path).map_err(|error| match error {
        OpenError::Wrong(wrong) => ChooseError::Config(wrong),
        error => usage(error.to_string(), "name a file that can be read with --config; `init` writes one"),
    })
}
