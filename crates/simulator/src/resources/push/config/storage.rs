//! Storage of the configurations.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::resources::push::service::Service;
use crate::world::{Instance, Kept, KeptType};

/// Where messages are sent: to apps in development, or to those of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Production,
    Development,
}

/// The configuration of both services.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfigs {
    pub gcm: GcmConfig,
    pub apns: ApnsConfig,
}

/// The API keys of GCM.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GcmConfig {
    pub production_api_key: Option<String>,
    pub development_api_key: Option<String>,
}

/// The certificates of APNS.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApnsConfig {
    pub production: Certificate,
    pub development: Certificate,
}

/// What is known of a certificate. The simulator keeps no certificate, because it never connects
/// to the service.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certificate {
    pub is_uploaded: bool,
    pub name: Option<String>,
    pub bundle_identifier: Option<String>,
}

pub static PUSH_CONFIGS: KeptType = KeptType::of::<PushConfigs>();

impl Kept for PushConfigs {
    const NAME: &'static str = "push_configs";
}

impl Environment {
    pub const ALL: [Environment; 2] = [Environment::Production, Environment::Development];

    /// Returns the name, as used in messages and as the beginning of members.
    pub fn name(self) -> &'static str {
        match self {
            Environment::Production => "production",
            Environment::Development => "development",
        }
    }
}

impl ApnsConfig {
    pub fn certificate(&self, environment: Environment) -> &Certificate {
        match environment {
            Environment::Production => &self.production,
            Environment::Development => &self.development,
        }
    }

    pub fn certificate_mut(&mut self, environment: Environment) -> &mut Certificate {
        match environment {
            Environment::Production => &mut self.production,
            Environment::Development => &mut self.development,
        }
    }
}

impl PushConfigs {
    /// Returns what is missing to send messages, as in the API's error text.
    pub fn missing(&self, service: Service, environment: &str) -> Option<&'static str> {
        let environment = Environment::ALL.into_iter().find(|known| known.name() == environment)?;
        let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        match (service, environment) {
            (Service::Gcm, Environment::Production) if is_set(&self.gcm.production_api_key) => None,
            (Service::Gcm, Environment::Development) if is_set(&self.gcm.development_api_key) => None,
            (Service::Gcm, _) => Some("api key"),
            (Service::Apns, environment) => {
                let certificate = self.apns.certificate(environment);
                let has_bundle = is_set(&certificate.bundle_identifier);
                match certificate.is_uploaded {
                    false => Some("certificate"),
                    true => (!has_bundle).then_some("bundle identifier"),
                }
            }
        }
    }
}

/// Returns the configuration of an instance; a new instance has an empty one.
pub fn configs_of(instance: &Instance) -> &PushConfigs {
    static NONE: LazyLock<PushConfigs> = LazyLock::new(PushConfigs::default);
    instance.kept.get().unwrap_or(&NONE)
}

/// Returns the configuration of an instance for a change.
pub fn configs_of_mut(instance: &mut Instance) -> &mut PushConfigs {
    instance.kept.get_mut()
}
