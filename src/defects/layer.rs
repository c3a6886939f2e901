//! Defects in front of a served simulator, switched on at the start and through the control API.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogue::named;
use super::defect::Defect;
use super::deployment::Deployment;
use syncano_simulator::api::Key;
use syncano_simulator::json;
use syncano_simulator::server::Layer;
use syncano_simulator::{Explanation, Quirk, Quirks, Simulator};

/// The maximum number of names in a list.
const MOST_NAMES: usize = 1000;

/// A simulator behind the defects that are switched on.
pub struct Switched {
    simulator: Simulator,
    /// The defects and quirks that are on at the start.
    first: (Vec<&'static Defect>, Quirks),
    on: RwLock<(Vec<&'static Defect>, Arc<dyn Deployment>)>,
}

/// The names of the defects and quirks that are on.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EnabledNames {
    #[serde(deserialize_with = "json::at_most::<MOST_NAMES, _, _>")]
    defects: Vec<String>,
    #[serde(deserialize_with = "json::at_most::<MOST_NAMES, _, _>")]
    quirks: Vec<String>,
}

/// A simulator whose responses carry their explanation.
struct Explained(Simulator);

impl Deployment for Explained {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (mut response, explanation) = self.0.handle_explained(request);
        response.extensions_mut().insert(explanation);
        response
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.0.owner_key(instance)
    }
}

impl Switched {
    /// Creates a simulator with these defects in front of it.
    pub fn new(simulator: &Simulator, defects: Vec<&'static Defect>) -> Switched {
        let first = (defects.clone(), simulator.quirks());
        let on = RwLock::new((defects.clone(), around(simulator, &defects)));
        Switched { simulator: simulator.clone(), first, on }
    }

    fn switch(&self, defects: Vec<&'static Defect>, quirks: Quirks) {
        self.simulator.set_quirks(quirks);
        let deployment = around(&self.simulator, &defects);
        *self.on.write().unwrap_or_else(PoisonError::into_inner) = (defects, deployment);
    }

    fn names(&self) -> Value {
        let on = self.on.read().unwrap_or_else(PoisonError::into_inner);
        let defects = on.0.iter().map(|defect| defect.name().to_owned()).collect();
        let quirks = self.simulator.quirks().iter().map(|quirk| quirk.name().to_owned()).collect();
        serde_json::to_value(EnabledNames { defects, quirks }).unwrap_or_default()
    }
}

/// Puts defects in front of a simulator, the first one outermost.
pub fn around(simulator: &Simulator, defects: &[&'static Defect]) -> Arc<dyn Deployment> {
    let right: Arc<dyn Deployment> = Arc::new(Explained(simulator.clone()));
    defects.iter().rev().fold(right, |right, defect| defect.around(right))
}

impl Layer for Switched {
    fn respond(&self, request: Request<Bytes>) -> (Response<Bytes>, Explanation) {
        let deployment = Arc::clone(&self.on.read().unwrap_or_else(PoisonError::into_inner).1);
        let mut response = deployment.respond(request);
        let explanation = response.extensions_mut().remove::<Explanation>();
        (response, explanation.unwrap_or_else(Explanation::before_authentication))
    }

    fn paths(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[
            ("GET", "variations", "the defects and quirks that are switched on"),
            ("PUT", "variations", "switches these on and all others off"),
            ("DELETE", "variations", "switches all off"),
        ]
    }

    fn control(&self, method: &Method, _: &str, body: &[u8]) -> Result<Option<Value>, String> {
        match *method {
            Method::DELETE => {
                self.switch(Vec::new(), Quirks::none());
                Ok(None)
            }
            Method::PUT => {
                let names: EnabledNames = json::read(body).map_err(|error| error.to_string())?;
                let defects = find("defect", &names.defects, named)?;
                let quirks = find("quirk", &names.quirks, |name| name.parse::<Quirk>().ok())?;
                self.switch(defects, quirks.into_iter().collect());
                Ok(Some(self.names()))
            }
            _ => Ok(Some(self.names())),
        }
    }

    fn reset(&self) {
        let (defects, quirks) = &self.first;
        self.switch(defects.clone(), *quirks);
    }
}

fn find<T>(kind: &str, names: &[String], find: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let found = names.iter().enumerate().map(|(position, name)| {
        find(name).ok_or_else(|| {
            format!("{kind}s[{position}]: unknown {kind} {name:?}; `syncano-conformance list --{kind}s` lists all")
        })
    });
    found.collect()
}
