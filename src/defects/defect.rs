//! A defect: a name, a description, and a layer in front of a right deployment.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use super::call::ApiCall;
use super::deployment::Deployment;
use super::memory::Memory;
use super::opened::Opened;
use super::right::Right;
use super::when::Response as Respond;
use syncano_simulator::api::Key;

/// A deliberate violation of one rule.
pub struct Defect {
    name: &'static str,
    about: &'static str,
    respond: Box<Respond>,
}

/// Creates a defect, for the lists of the areas.
pub fn defect(
    name: &'static str,
    about: &'static str,
    respond: impl Fn(&ApiCall, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> Defect {
    Defect { name, about, respond: Box::new(respond) }
}

impl Defect {
    /// Returns the name in kebab-case, as on the command line.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what it does, and what is right instead.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Puts this defect in front of a right deployment.
    pub fn around(&'static self, right: Arc<dyn Deployment>) -> Arc<dyn Deployment> {
        Arc::new(WrongDeployment { defect: self, right, memory: Memory::default() })
    }
}

impl fmt::Debug for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A right deployment behind one defect.
struct WrongDeployment {
    defect: &'static Defect,
    right: Arc<dyn Deployment>,
    memory: Memory,
}

impl WrongDeployment {
    /// Responds to a request through the defect. The deployment below it splits batches.
    fn answer(&self, call: &ApiCall, right: &dyn Deployment) -> Response<Bytes> {
        let through = |call: &ApiCall, right: &dyn Deployment| self.answer(call, right);
        (self.defect.respond)(call, &Right::new(&Opened::new(right, &through), &self.memory))
    }
}

impl Deployment for WrongDeployment {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        match ApiCall::new(request.clone()) {
            Some(call) => self.answer(&call, &*self.right),
            None => self.right.respond(request),
        }
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.right.administrator(instance)
    }
}
