//! Deliberate defects: small wrong deployments that wrap a right one.
//!
//! A defect is a mistake that a rewrite of this API could make. It is a layer: it receives each
//! request, may send any number of requests to the right deployment below it, and returns a
//! response that breaks one promise. It needs only HTTP, so it works in front of the simulator and
//! of a live deployment. `selftest` runs the suite against every defect to prove that the suite
//! notices.
//!
//! The defects are listed by area, each with its name and a description that says what is right
//! instead:
//!
//! ```text
//! defect(
//!     "users-list-unscoped",
//!     "`GET /users/` shows every user to an API key with a user key. Right: it shows only the caller.",
//!     on(GET, "/users/").by(Who::User).then(as_administrator),
//! )
//! ```
//!
//! `call` reads a request in the terms of the API, `right` sends requests to the deployment below,
//! `when` selects the requests that a defect changes, and `actions` has common responses.

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
mod channels;
mod classes;
mod config;
mod current_user;
mod data_endpoints;
mod ended;
mod errors;
mod files;
mod form;
mod groups;
mod keys;
mod lists;
mod login;
mod lost;
mod names;
mod objects;
mod push;
mod reset_key;
mod sane;
mod scope;
mod shown;
mod templates;

pub use catalogue::{all, named};
pub use defect::Defect;
pub use deployment::{Deployment, Watched};
pub use layer::{Switched, around};

#[cfg(test)]
pub use catalogue::harmless;

use std::sync::Arc;

use crate::harness::Target;
use syncano_simulator::api::Key;

/// Returns a target with a defect in front of it, or the target itself without one. Needs a Tokio
/// runtime. `administrator` is the key for an instance that exists before the run.
pub fn in_front_of(target: Target, defect: Option<&'static Defect>, administrator: Option<(String, Key)>) -> Target {
    let Some(defect) = defect else { return target };
    target.behind(|ask| {
        let wrong = defect.around(Arc::new(Watched::new(ask, administrator)));
        move |request| wrong.respond(request)
    })
}
