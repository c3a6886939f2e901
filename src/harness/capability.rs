//! What not every deployment offers.
//!
//! The user declares what a target offers. What needs anything else is skipped, and what is declared is asked for before the
//! first scenario: a declaration that is wrong is an error, so that a broken deployment cannot pass for a small one. Where
//! nothing is declared all is taken for offered, and what is not there fails.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::{Client, SetUpError};
use crate::scenario::{Body, Given, Role, Scenario, Step};
use syncano_simulator::api::{Capability, Version};

/// What a scenario needs: what is given, and what its requests name.
pub fn needed(scenario: &Scenario) -> BTreeSet<Capability> {
    let mut needed = BTreeSet::new();
    given(&scenario.given, &mut needed);
    scenario.steps.iter().for_each(|step| named(step, &mut needed));
    needed
}

/// A request, and the status that it is answered with.
struct Probe {
    method: Method,
    path: String,
    body: Option<Value>,
    status: StatusCode,
}

impl Probe {
    /// What shows that something is there, below an instance.
    fn of(capability: Capability, base: &str, version: Version) -> Probe {
        let get = |path: String, status| Probe { method: Method::GET, path, body: None, status };
        match capability {
            Capability::Groups => get(format!("{base}/groups/"), StatusCode::OK),
            Capability::Classes => get(format!("{base}/classes/"), StatusCode::OK),
            Capability::Invitations => get(format!("{base}/invitations/"), StatusCode::OK),
            // Nobody is registered by a GET: that it is the wrong method says that the endpoint is there.
            Capability::Register => get(format!("/{version}/account/register/"), StatusCode::METHOD_NOT_ALLOWED),
            Capability::V1 => {
                let below = base.strip_prefix(&format!("/{version}")).unwrap_or(base);
                get(format!("/{}{below}/", Version::V1), StatusCode::OK)
            }
            Capability::Batch => Probe {
                method: Method::POST,
                path: format!("{base}/batch/"),
                body: Some(json!({"requests": []})),
                status: StatusCode::OK,
            },
        }
    }
}

/// Asks for what is declared, in an instance.
pub async fn verify(
    declared: impl IntoIterator<Item = Capability>,
    client: &Client,
    base: &str,
) -> Result<(), SetUpError> {
    for capability in declared {
        let Probe { method, path, body, status } = Probe::of(capability, base, client.version);
        let what = format!("{method} {path}");
        let asked = async {
            let answer = client.send(method, &path, body.as_ref()).await?;
            let read = client.read(&what, body.as_ref(), &answer, &[status])?;
            if capability == Capability::Batch && read != json!([]) {
                return Err(SetUpError(format!("{what} without requests was not answered with []")));
            }
            Ok(())
        };
        asked.await.map_err(|SetUpError(why)| {
            SetUpError(format!(
                "`{capability}` is declared and is not there: {why}\n  \
                 hint: where the target does not offer it, take it out of `capabilities`"
            ))
        })?;
    }
    Ok(())
}

fn given(given: &Given, needed: &mut BTreeSet<Capability>) {
    if !given.groups.is_empty() {
        needed.insert(Capability::Groups);
    }
    if !given.classes.is_empty() || !given.objects.is_empty() {
        needed.insert(Capability::Classes);
    }
    if !given.roles.is_empty() {
        needed.insert(Capability::Register);
    }
    if given.roles.iter().any(|role| *role != Role::Stranger) {
        needed.insert(Capability::Invitations);
    }
}

/// What the path of a step names, and those in the body of a batch.
fn named(step: &Step, needed: &mut BTreeSet<Capability>) {
    let path = step.path.to_string();
    let paths = match &step.body {
        Body::Json(json) if path.contains("/batch/") => json.texts().iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    for path in paths.iter().chain([&path]) {
        let path = path.split('?').next().unwrap_or_default();
        let names = |word: &str| path.split('/').any(|segment| segment == word);
        let found = [
            (Capability::Groups, names("groups")),
            (Capability::Classes, names("classes")),
            (Capability::Batch, names("batch")),
            (Capability::Invitations, names("invitations") || names("admins")),
            (Capability::Register, names("register")),
            (Capability::V1, path.starts_with(&format!("/{}/", Version::V1))),
        ];
        needed.extend(found.into_iter().filter(|(_, named)| *named).map(|(capability, _)| capability));
    }
}
