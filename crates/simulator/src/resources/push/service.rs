//! The two services that deliver push notifications.

use serde::{Deserialize, Serialize};

use crate::call::Call;

/// A service that delivers push notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Gcm,
    Apns,
}

/// A value for each service.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PerService<T> {
    gcm: T,
    apns: T,
}

impl Service {
    /// Returns the service in the path of a request.
    pub fn from_call(call: &Call<'_>) -> Service {
        if call.route.spec.template.contains("/apns/") { Service::Apns } else { Service::Gcm }
    }

    /// Returns the name in paths.
    pub fn path(self) -> &'static str {
        match self {
            Service::Gcm => "gcm",
            Service::Apns => "apns",
        }
    }

    /// Returns the name in error texts.
    pub fn name(self) -> &'static str {
        match self {
            Service::Gcm => "GCM",
            Service::Apns => "APNS",
        }
    }
}

impl<T> PerService<T> {
    pub fn get(&self, service: Service) -> &T {
        match service {
            Service::Gcm => &self.gcm,
            Service::Apns => &self.apns,
        }
    }

    pub fn get_mut(&mut self, service: Service) -> &mut T {
        match service {
            Service::Gcm => &mut self.gcm,
            Service::Apns => &mut self.apns,
        }
    }

    pub fn both(&self) -> [&T; 2] {
        [&self.gcm, &self.apns]
    }

    pub fn both_mut(&mut self) -> [&mut T; 2] {
        [&mut self.gcm, &mut self.apns]
    }
}
