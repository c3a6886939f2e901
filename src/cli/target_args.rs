//! Which target a command works on, with whose keys, and what it may do there: what options say, before what a profile of
//! conformance.toml says, before defaults.

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use syncano_conformance::config::{
    self, Account, BUILT_IN, FILE, JOBS, Keys, NetworkError, OpenError, Profile, Profiles, SecretSource, TextSource,
    instance_name,
};
use syncano_conformance::defects;
use syncano_conformance::harness::{
    ApiKeys, Credentials, Login, Network, Plan, SweepKeys, Target, TargetError, base_url,
};
use syncano_conformance::scenario::Diagnostic;
use syncano_conformance::scenario::diagnostic::nearest;
use syncano_simulator::api::{Capability, Flag, UnknownCapability, Version};
use syncano_simulator::server::{Listener, Running};

use super::Exit;
use super::key_args::KeyArgs;
use super::limits::{LimitArgs, limits};
use super::network_args::NetworkArgs;
use super::print_error::{print_error, secrets};
use super::suite::show;
use super::wrong_args::BuiltIn;

/// The variable that holds the administrator's key where only a URL is given.
pub(super) const ACCOUNT_KEY: &str = "SYNCANO_ACCOUNT_KEY";

/// How long a run may take that leaves this process, where nobody says otherwise.
const MAX_TIME: Duration = Duration::from_secs(3600);

/// The options that choose a target and say how it is to be treated.
#[derive(clap::Args, Debug, Default)]
pub struct TargetArgs {
    /// What is run against: a target of conformance.toml, or the built-in simulator: sim, in this process, or sim-http, over
    /// HTTP on a loopback address [default: sim]
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// Where the deployment is: the URL before /v1.1/. Without --target its administrator's key is read from
    /// SYNCANO_ACCOUNT_KEY [default: that of the profile]
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,

    /// Read profiles from this file [default: conformance.toml in this folder or the nearest one above]
    #[arg(long, value_name = "FILE", requires = "target")]
    config: Option<PathBuf>,

    /// Read the administrator's account key from this file [default: where the profile says]
    #[arg(long, value_name = "FILE")]
    account_key_file: Option<PathBuf>,

    /// Register an account for this run, where the deployment allows that; the API has no way to delete it [default: as the
    /// profile says, else no]
    #[arg(long, conflicts_with = "account_key_file")]
    register: bool,

    /// Register accounts for the scenarios that need administrators of other roles, which are skipped without this
    /// [default: as the profile says, else where the run registers its own account]
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    more_accounts: Option<bool>,

    #[command(flatten)]
    keys: KeyArgs,

    /// Work in this instance, which may hold other data [default: that of the profile, else every scenario makes one and
    /// deletes it]
    #[arg(long, value_name = "NAME", value_parser = instance_name)]
    instance: Option<String>,

    /// Make an instance for every scenario, whatever the profile says
    #[arg(long, conflicts_with = "instance")]
    no_instance: bool,

    /// The version of the API: v1 or v1.1 [default: that of the profile, else v1.1]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<Version>,

    /// Let scenarios make and change things on a deployment [default: as the profile says, else no]
    #[arg(long)]
    allow_writes: bool,

    /// Let nothing be made or changed, whatever the profile says; what would is skipped
    #[arg(long, conflicts_with = "allow_writes")]
    no_writes: bool,

    /// What the deployment offers, with commas between: groups, classes, batch, invitations, register, v1; `none` for nothing of
    /// it. What needs more is skipped [default: as the profile says, else everything]
    #[arg(long, value_name = "LIST", value_parser = capabilities)]
    capabilities: Option<Capabilities>,

    /// How many scenarios run side by side [default: as the profile says, else 4]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(JOBS))]
    jobs: Option<u16>,

    #[command(flatten)]
    limits: LimitArgs,
}

/// What a deployment offers.
type Capabilities = Arc<[Capability]>;

fn capabilities(text: &str) -> Result<Capabilities, UnknownCapability> {
    if text == "none" { Ok(Arc::default()) } else { text.split(',').map(|word| word.trim().parse()).collect() }
}

/// A target with all that is to be known of it. Nothing has been sent to it.
#[derive(Debug)]
pub struct Chosen {
    kind: Kind,
    /// The profile with what options say in its place; what neither says is nothing.
    pub profile: Profile,
    network: Network,
    credentials: Credentials,
}

#[derive(Debug)]
enum Kind {
    InProcess,
    Loopback,
    /// With the name of the profile, where there is one.
    Deployment(Option<String>),
}

/// Why no target could be chosen.
#[derive(Debug, thiserror::Error)]
enum CannotChoose {
    /// What is wrong, and how to mend it.
    #[error("{0}\n  hint: {1}")]
    Usage(String, String),
    #[error("the configuration is not valid")]
    Config(Vec<Diagnostic>),
}

impl TargetArgs {
    /// Those of a command that has no other of them.
    pub fn naming(
        target: Option<String>,
        url: Option<String>,
        config: Option<PathBuf>,
        account_key_file: Option<PathBuf>,
        network: NetworkArgs,
    ) -> TargetArgs {
        TargetArgs { target, url, config, account_key_file, network, ..TargetArgs::default() }
    }

    /// Whether a target is named, be it the built-in simulator.
    pub fn is_named(&self) -> bool {
        self.target.is_some()
    }

    /// Finds the profile, puts the options over it, and fetches the secrets; what is wrong goes to stderr.
    pub fn choose(&self) -> Result<Chosen, Exit> {
        self.chosen().map_err(said)
    }

    /// A deployment to clean up on, where one is named, and the keys for that which are there. What is wrong goes to stderr.
    pub fn deployment(&self) -> Result<Option<(Target, SweepKeys)>, Exit> {
        let deployment = || {
            let profile = match (&self.target, &self.url) {
                (None, None) => return Ok(None),
                (Some(name), _) if BUILT_IN.contains(&name.as_str()) => {
                    return Err(usage(format!("nothing is ever left on {name}"), "name a deployment"));
                }
                (Some(name), _) => self.profile(name)?,
                (None, Some(_)) => Profile { account: by_default(), ..Profile::default() },
            };
            let profile = self.over(profile)?;
            let key = |source: &SecretSource| match source {
                // It may not be needed.
                SecretSource::Env(name) if env::var_os(name).is_none() => Ok(None),
                source => match source.read() {
                    Ok(key) => Ok(Some(SecretString::from(key.expose_secret().trim()))),
                    Err(error) => Err(usage(error.to_string(), "say where the key is, or leave it out")),
                },
            };
            let account = match &profile.account {
                Some(Account::Key(source)) => key(source)?,
                // Whoever registers an account for each run has no key of it.
                Some(Account::Register) | None => None,
            };
            let ignore_acl = profile.api_keys.iter().find(|(name, _)| name.as_str() == Flag::IgnoreAcl.name());
            let ignore_acl = ignore_acl.map(|(_, source)| key(source)).transpose()?.flatten();
            check_url(&profile)?;
            let target = http(&profile, &network(&profile)?);
            let target = target.map_err(|error| usage(error.to_string(), "look at the profile"))?;
            Ok(Some((target.sharing(secrets()), SweepKeys { account, ignore_acl })))
        };
        deployment().map_err(said)
    }

    fn chosen(&self) -> Result<Chosen, CannotChoose> {
        let (kind, profile) = match (self.target.as_deref(), &self.url) {
            (None | Some("sim"), None) => (Kind::InProcess, Profile::default()),
            (Some("sim-http"), None) => (Kind::Loopback, Profile::default()),
            (None, Some(_)) => (Kind::Deployment(None), Profile { account: by_default(), ..Profile::default() }),
            (Some(name), _) if BUILT_IN.contains(&name) => {
                return Err(usage(format!("{name} is built in and has no --url"), "leave one of the two out"));
            }
            (Some(name), _) => (Kind::Deployment(Some(name.to_owned())), self.profile(name)?),
        };
        let profile = self.over(profile)?;
        let network = network(&profile)?;
        let credentials = match &kind {
            Kind::Deployment(name) => self.secrets(name.as_deref(), &profile)?,
            Kind::InProcess | Kind::Loopback => match self.for_deployments() {
                Some(option) => {
                    let hint = "name a deployment with --target or --url";
                    return Err(usage(format!("{option} is not for the built-in simulator"), hint));
                }
                None => Credentials::Register,
            },
        };
        Ok(Chosen { kind, profile, network, credentials })
    }

    /// The profile of this name.
    fn profile(&self, name: &str) -> Result<Profile, CannotChoose> {
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
            (None, Some(path)) => format!("[target.{name}] in {} would be one", path.display()),
            (None, None) => format!("`init` writes a {FILE}; there is none in this folder or above"),
        };
        let known = known().collect::<Vec<_>>().join(", ");
        Err(usage(format!("no target is named `{name}`; there are {known}"), &hint))
    }

    /// The profile, with what options say in its place.
    fn over(&self, profile: Profile) -> Result<Profile, CannotChoose> {
        let profile = self.limits.over(profile);
        let wrong = |(message, hint)| CannotChoose::Usage(message, hint);
        let profile = self.keys.over(self.network.over(profile).map_err(wrong)?).map_err(wrong)?;
        let account = match &self.account_key_file {
            Some(path) => Some(Account::Key(SecretSource::File(path.clone()))),
            None => self.register.then_some(Account::Register),
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

    /// The first of the given options that only deployments have.
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

    /// What is needed to speak to a deployment.
    fn secrets(&self, name: Option<&str>, profile: &Profile) -> Result<Credentials, CannotChoose> {
        check_url(profile)?;
        let hint = match name {
            Some(name) => {
                format!(
                    "[target.{name}] says where the secret is; --account-key-file, --register, --api-key and --user go before that"
                )
            }
            None => format!(
                "put the administrator's account key into {ACCOUNT_KEY}, name a file with --account-key-file, let \
                 --register make an account, or work with less: --instance and --api-key"
            ),
        };
        // What is said to be there has to be there, whether this run needs it or not.
        let keys = profile.keys().map_err(|error| usage(error.to_string(), &hint))?;
        let has_api_keys = !keys.api_keys.is_empty();
        // An administrator who may not write can do nothing, for worlds are made; API keys can still read.
        let only_reads = profile.writes != Some(true) && has_api_keys && profile.instance.is_some();
        match profile.account.as_ref().filter(|_| !only_reads) {
            Some(Account::Register) => Ok(Credentials::Register),
            Some(Account::Key(source)) => {
                let key = source.read().map_err(|error| usage(error.to_string(), &hint))?;
                Ok(Credentials::AccountKey(SecretString::from(key.expose_secret().trim())))
            }
            None if has_api_keys && profile.instance.is_none() => {
                let message = "API keys belong to an instance, and none is named".to_owned();
                Err(usage(message, "write `instance` into the profile, or give --instance"))
            }
            None if has_api_keys => Ok(Credentials::ApiKeys(api_keys(profile, keys))),
            None => {
                let message = "nothing says on whose account to work".to_owned();
                let hint = "write `account_key`, `register = true` or `api_keys` into the profile, or give --account-key-file, \
                            --register or --api-key";
                Err(usage(message, hint))
            }
        }
    }
}

/// Keys by their flags, and users, as a run takes them.
fn api_keys(profile: &Profile, keys: Keys) -> ApiKeys {
    let by_flag = keys.api_keys.into_iter().map(|(name, key)| (name.as_str().parse::<Flag>().ok(), key));
    let users = keys.users.into_iter().map(|(label, (username, password))| Login {
        label: label.to_string(),
        username: username.expose_secret().to_owned(),
        hidden: profile.users.get(&label).is_some_and(|user| matches!(user.username, TextSource::Secret(_))),
        password,
    });
    ApiKeys { keys: by_flag.collect(), users: users.collect() }
}

impl Chosen {
    /// Whether it is a deployment, and not the built-in simulator.
    pub fn is_live(&self) -> bool {
        matches!(self.kind, Kind::Deployment(_))
    }

    /// As the target is called in reports.
    pub fn name(&self) -> &str {
        match &self.kind {
            Kind::Deployment(Some(name)) => name,
            Kind::Deployment(None) => self.profile.url.trim_end_matches('/'),
            Kind::InProcess | Kind::Loopback => "simulator",
        }
    }

    /// The target, and what has to live as long as it. The simulator is the built-in one.
    pub async fn reach(&self, built_in: BuiltIn) -> Result<(Target, Option<Running>), CannotReach> {
        let (target, running) = match &self.kind {
            Kind::InProcess => {
                let deployment = defects::around(&built_in.simulator, &built_in.defects);
                (Target::in_process("simulator", move |request| deployment.respond(request)), None)
            }
            Kind::Loopback => {
                let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
                let running = listener.layer(built_in.layer()).spawn(built_in.simulator);
                (Target::http(running.url(), limits(&self.profile))?, Some(running))
            }
            Kind::Deployment(None) => (http(&self.profile, &self.network)?, None),
            Kind::Deployment(Some(name)) => (http(&self.profile, &self.network)?.named(name), None),
        };
        Ok((target.sharing(secrets()), running))
    }

    /// How far apart requests to it begin at least.
    pub fn between_requests(&self) -> Result<Duration, CannotReach> {
        Ok(match self.kind {
            Kind::Deployment(_) => http(&self.profile, &self.network)?.between_requests(),
            Kind::InProcess | Kind::Loopback => Duration::ZERO,
        })
    }

    /// How a run on it is to go, as far as that is a matter of the target.
    pub fn plan(&self) -> Plan {
        let plan = Plan::default();
        let (is_live, leaves) = (self.is_live(), !matches!(self.kind, Kind::InProcess));
        let Chosen { profile, credentials, .. } = self;
        Plan {
            version: profile.api_version.unwrap_or(plan.version),
            more_accounts: profile.more_accounts.unwrap_or(matches!(credentials, Credentials::Register)),
            credentials: credentials.clone(),
            instance: profile.instance.clone(),
            writes: profile.writes.unwrap_or(!is_live),
            capabilities: profile.capabilities.as_ref().map(|declared| declared.iter().copied().collect()),
            jobs: profile.jobs.map_or(plan.jobs, usize::from),
            max_time: profile.max_time.or(leaves.then_some(MAX_TIME)),
            ..plan
        }
    }
}

/// Why a target that was chosen cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum CannotReach {
    /// Nobody can listen on a loopback address.
    #[error("the simulator cannot be served: {0}")]
    Listen(#[from] io::Error),
    /// It cannot be a target.
    #[error("the target cannot be used: {0}")]
    TargetError(#[from] TargetError),
}

/// The deployment of a profile.
fn http(profile: &Profile, network: &Network) -> Result<Target, TargetError> {
    Target::http_through(&profile.url, network, limits(profile))
}

/// That of a file has been looked at before, so it is an option that is wrong.
fn check_url(profile: &Profile) -> Result<(), CannotChoose> {
    base_url(&profile.url).map(drop).map_err(|error| {
        usage(format!("the value of --url cannot be used: {error}"), "write it like https://api.example.com")
    })
}

/// How the deployment is reached. What can be seen to be wrong in a file has been reported before.
fn network(profile: &Profile) -> Result<Network, CannotChoose> {
    profile.network().map_err(|error| {
        let (message, hint) = match &error {
            NetworkError::Proxy(why) => (
                format!("the value of --proxy cannot be used: {why}"),
                "write it like --proxy http://proxy.example.com:3128 --proxy-user alice=env:NAME",
            ),
            NetworkError::File { .. } | NetworkError::Certificates { .. } => (
                error.to_string(),
                "name files in PEM form with --ca-cert, --client-cert and --client-key, or in the profile",
            ),
            NetworkError::Half => (error.to_string(), "give --client-cert and --client-key"),
            NetworkError::NoProxy => (error.to_string(), "give --proxy too"),
            NetworkError::Secret(_) => (error.to_string(), "say with --proxy-user or in the profile where it is"),
        };
        usage(message, hint)
    })
}

/// Where the administrator's key is where only a URL is given.
fn by_default() -> Option<Account> {
    Some(Account::Key(SecretSource::Env(ACCOUNT_KEY.to_owned())))
}

fn said(error: CannotChoose) -> Exit {
    match error {
        CannotChoose::Config(wrong) => show(&wrong),
        error @ CannotChoose::Usage(..) => {
            print_error(&error);
            Exit::Usage
        }
    }
}

fn usage(message: String, hint: &str) -> CannotChoose {
    CannotChoose::Usage(message, hint.to_owned())
}

/// The file that is meant where none is named, as short as it can be said from here.
fn find() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let path = config::find(&here)?;
    Some(path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path))
}

fn open(path: &Path) -> Result<Profiles, CannotChoose> {
    config::open(path).map_err(|error| match error {
        OpenError::Wrong(wrong) => CannotChoose::Config(wrong),
        error => usage(error.to_string(), "name a file that can be read with --config; `init` writes one"),
    })
}
