//! Options for the network: proxy, certificates, and the login at a server in front.

use std::path::PathBuf;

use syncano_conformance::config::{Profile, SecretSource, UserSource};

use super::exposed::REPLACE;
use super::key_args::{OptionError, login};

/// The heading of the options in the help.
const HEADING: &str = "Network";

/// The proxy, the certificates, and the login at a server in front.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct NetworkArgs {
    /// HTTP proxy [default: from the profile, or none]
    ///
    /// Proxies in the environment are ignored, since a proxy may see the keys.
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    proxy: Option<String>,

    /// User of the proxy, such as alice=env:NAME
    ///
    /// SOURCE is the place of the password: env:NAME or file:PATH. The default is that of the
    /// profile, unless --proxy is given.
    // The value is parsed later: clap would print a wrong value, and it may be a password.
    #[arg(long, value_name = "USERNAME=SOURCE", help_heading = HEADING)]
    proxy_user: Option<String>,

    /// Login at a server in front of the deployment, such as env:NAME
    ///
    /// For deployments that ask for a user name and a password (HTTP Basic). SOURCE is the place of
    /// user:password: env:NAME or file:PATH. Scenarios that send the Authorization header
    /// themselves are skipped. The default is `basic` in the profile.
    // The value is parsed later: clap would print a wrong value, and it may be a password.
    #[arg(long, value_name = "SOURCE", help_heading = HEADING)]
    basic: Option<String>,

    /// PEM file with more trusted authorities [default: from the profile, or none]
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    ca_cert: Option<PathBuf>,

    /// Client certificate, PEM [default: from the profile, or none]
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// Private key of the client certificate, PEM, not encrypted
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "client_cert")]
    client_key: Option<PathBuf>,
}

impl NetworkArgs {
    /// Returns the options by name, and whether each is given.
    pub fn given(&self) -> [(&'static str, bool); 5] {
        [
            ("--proxy", self.proxy.is_some()),
            ("--proxy-user", self.proxy_user.is_some()),
            ("--basic", self.basic.is_some()),
            ("--ca-cert", self.ca_cert.is_some()),
            ("--client-cert", self.client_cert.is_some()),
        ]
    }

    /// Returns the profile with the options applied to it.
    pub fn over(&self, profile: Profile) -> Result<Profile, OptionError> {
        let given = self.proxy_user.as_deref().map(proxy_user).transpose()?;
        let basic = self.basic.as_deref().map(basic).transpose()?;
        // A password is for one proxy only.
        let of_the_profile = profile.proxy_user.filter(|_| self.proxy.is_none());
        Ok(Profile {
            proxy: self.proxy.clone().or(profile.proxy),
            proxy_user: given.or(of_the_profile),
            basic: basic.or(profile.basic),
            ca_cert: self.ca_cert.clone().or(profile.ca_cert),
            client_cert: self.client_cert.clone().or(profile.client_cert),
            client_key: self.client_key.clone().or(profile.client_key),
            ..profile
        })
    }
}

fn basic(text: &str) -> Result<SecretSource, OptionError> {
    text.parse().map_err(|error| {
        let form = "expected --basic env:NAME or --basic file:PATH, with user:password in it";
        (format!("--basic: {error}; the value is not shown"), format!("{form}; if the value is the login, {REPLACE}"))
    })
}

fn proxy_user(text: &str) -> Result<UserSource, OptionError> {
    login(text).map_err(|why| {
        let form = "expected --proxy-user alice=env:NAME or --proxy-user alice=file:PATH";
        let hint = format!("{form}; if the value is a password, {REPLACE}");
        (format!("the value of --proxy-user {why}; the value is not shown"), hint)
    })
}
