//! Deliberate defects: small wrong deployments that wrap a right one.
//!
//! A defect is a mistake that somebody could make who writes this API anew. It is a layer: it receives each request, may ask
//! the right deployment below it as often as it needs, and returns a response that breaks one promise. It needs nothing but
//! HTTP, so it stands in front of the simulator and of a live deployment alike. `selftest` runs the suite against each of
//! them to prove that the suite notices.
//!
//! The defects are listed by area, each with its name and its sentence on what is right instead:
//!
//! ```text
//! defect(
//!     "users-list-unscoped",
//!     "`GET /users/` shows every user to an API key with a user key. Right: it shows only the caller.",
//!     on(GET, "/users/").by(Who::User).then(as_administrator),
//! )
//! ```
//!
//! `call` reads a request in the terms of the API, `right` asks the deployment below, `when` says which requests a
//! defect touches, and `actions` has what most defects do with them.

mod actions;
mod around;
mod call;
mod deployment;
mod edit;
mod layer;
mod memory;
mod opened;
mod passwords;
mod pretend;
mod right;
mod when;

mod access;
mod api_keys;
mod batch;
mod classes;
mod current_user;
mod ended;
mod errors;
mod form;
mod groups;
mod keys;
mod lists;
mod login;
mod lost;
mod names;
mod objects;
mod reset_key;
mod scope;
mod shown;

use std::fmt;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response};

pub use deployment::{Deployment, Watched};
pub use layer::{Switched, around};

use crate::harness::Target;
use call::Call;
use memory::Memory;
use opened::Opened;
use right::Right;
use syncano_simulator::api::Key;
use when::Response as Respond;

/// A deliberate breach of one rule.
pub struct Defect {
    name: &'static str,
    about: &'static str,
    respond: Box<Respond>,
}

/// Every defect, in the order in which they are listed.
pub fn all() -> &'static [Defect] {
    static ALL: LazyLock<Vec<Defect>> = LazyLock::new(|| {
        let areas = [
            access::defects(),
            scope::defects(),
            current_user::defects(),
            groups::defects(),
            api_keys::defects(),
            classes::defects(),
            objects::defects(),
            reset_key::defects(),
            login::defects(),
            ended::defects(),
            keys::defects(),
            names::defects(),
            errors::defects(),
            shown::defects(),
            form::defects(),
            lists::defects(),
            batch::defects(),
            lost::defects(),
        ];
        areas.into_iter().flatten().collect()
    });
    &ALL
}

/// The defect of this name.
pub fn named(name: &str) -> Option<&'static Defect> {
    all().iter().find(|defect| defect.name == name)
}

/// A layer that answers everything right.
#[cfg(test)]
pub fn harmless() -> &'static Defect {
    static HARMLESS: LazyLock<Defect> = LazyLock::new(|| defect("harmless", "", |call, right| right.respond(call)));
    &HARMLESS
}

/// A defect, as the lists of the areas write it.
fn defect(
    name: &'static str,
    about: &'static str,
    respond: impl Fn(&Call, &Right<'_>) -> Response<Bytes> + Send + Sync + 'static,
) -> Defect {
    Defect { name, about, respond: Box::new(respond) }
}

impl Defect {
    /// The name in kebab-case, as a command line takes it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does, and what is right instead.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Wraps a right deployment in this defect.
    pub fn around(&'static self, right: Arc<dyn Deployment>) -> Arc<dyn Deployment> {
        Arc::new(Wrong { defect: self, right, memory: Memory::default() })
    }
}

impl fmt::Debug for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A target with a defect in front of it; the target itself where there is none. It needs a Tokio runtime. An administrator
/// whom no request names is to be said with the instance.
pub fn in_front_of(target: Target, defect: Option<&'static Defect>, administrator: Option<(String, Key)>) -> Target {
    let Some(defect) = defect else { return target };
    target.behind(|ask| {
        let wrong = defect.around(Arc::new(Watched::new(ask, administrator)));
        move |request| wrong.respond(request)
    })
}

/// A right deployment with one defect around it.
struct Wrong {
    defect: &'static Defect,
    right: Arc<dyn Deployment>,
    memory: Memory,
}

impl Wrong {
    /// Answers a request through the defect. In the right deployment below it, batches are opened.
    fn answer(&self, call: &Call, right: &dyn Deployment) -> Response<Bytes> {
        let through = |call: &Call, right: &dyn Deployment| self.answer(call, right);
        (self.defect.respond)(call, &Right::new(&Opened::new(right, &through), &self.memory))
    }
}

impl Deployment for Wrong {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        match Call::new(request.clone()) {
            Some(call) => self.answer(&call, &*self.right),
            None => self.right.respond(request),
        }
    }

    fn administrator(&self, instance: &str) -> Option<Key> {
        self.right.administrator(instance)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_defect_has_a_name_of_its_own_and_says_what_is_right() {
        let mut names = BTreeSet::new();
        for defect in all() {
            assert!(names.insert(defect.name()), "{defect:?} stands twice");
            let about = defect.about();
            assert!(about.contains(" Right: ") && about.ends_with('.'), "{defect:?}: {about}");
        }
    }
}
