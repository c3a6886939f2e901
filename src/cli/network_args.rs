//! The options that say how a deployment is reached: through which proxy, and with which certificates.

use std::path::PathBuf;

use syncano_conformance::config::{Profile, UserSource};

use super::key_args::{Wrong, login};

/// How a deployment is reached.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct NetworkArgs {
    /// Reach the deployment through this HTTP proxy; what the environment says of proxies does not count, for a proxy sees keys
    /// [default: that of the profile, else none]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    /// User name for the proxy, and where its password is: env:NAME or file:PATH [default: that of the profile, where --proxy is
    /// not given]
    // Text until it is looked at: what is wrong may be a password, and clap would show it.
    #[arg(long, value_name = "USERNAME=SOURCE")]
    proxy_user: Option<String>,

    /// Trust the authorities in this PEM file, besides those of this machine [default: that of the profile, else none]
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,

    /// Show this client certificate (PEM) to the server [default: that of the profile, else none]
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// Private key of the client certificate (PEM, not encrypted) [default: that of the profile, else none]
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
}

impl NetworkArgs {
    /// The options by name, and whether each is given.
    pub fn given(&self) -> [(&'static str, bool); 4] {
        [
            ("--proxy", self.proxy.is_some()),
            ("--proxy-user", self.proxy_user.is_some()),
            ("--ca-cert", self.ca_cert.is_some()),
            ("--client-cert", self.client_cert.is_some()),
        ]
    }

    /// The profile, with what options say in its place.
    pub fn over(&self, profile: Profile) -> Result<Profile, Wrong> {
        let given = self.proxy_user.as_deref().map(proxy_user).transpose()?;
        // A password is for the proxy that it was given for.
        let of_the_profile = profile.proxy_user.filter(|_| self.proxy.is_none());
        Ok(Profile {
            proxy: self.proxy.clone().or(profile.proxy),
            proxy_user: given.or(of_the_profile),
            ca_cert: self.ca_cert.clone().or(profile.ca_cert),
            client_cert: self.client_cert.clone().or(profile.client_cert),
            client_key: self.client_key.clone().or(profile.client_key),
            ..profile
        })
    }
}

fn proxy_user(text: &str) -> Result<UserSource, Wrong> {
    login(text).map_err(|why| {
        let hint = "write it like --proxy-user alice=env:NAME or --proxy-user alice=file:PATH";
        (format!("the value of --proxy-user {why}; it is not shown"), hint.to_owned())
    })
}
