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
mod catalogue;
mod defect;
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

pub use catalogue::{all, named};
pub use defect::Defect;
pub use deployment::{Deployment, Watched};
pub use layer::{Switched, around};

#[cfg(test)]
pub use catalogue::harmless;

use std::sync::Arc;

use crate::harness::Target;
use syncano_simulator::api::Key;

/// Returns a target with a defect in front of it, or the target itself without one. It needs a Tokio runtime. An administrator
/// whom no request names is given with their instance.
pub fn in_front_of(target: Target, defect: Option<&'static Defect>, administrator: Option<(String, Key)>) -> Target {
    let Some(defect) = defect else { return target };
    target.behind(|ask| {
        let wrong = defect.around(Arc::new(Watched::new(ask, administrator)));
        move |request| wrong.respond(request)
    })
}
