//! Checks that the target offers its declared capabilities.
//!
//! A wrong declaration is an error, so that a broken deployment cannot pass as one with fewer
//! capabilities. Without a declaration all capabilities are expected, and the checks of a missing
//! one fail.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use syncano_simulator::api::{Capability, Version};

use super::arrange::data_endpoints;
use super::scenario_world::{ScenarioWorld, WorldContext};
use crate::harness::deployment::{Client, Target};
use crate::harness::error::RunError;
use crate::harness::plan::{Credentials, Plan};

/// Requests every declared capability, in the instance of the plan or in a new one. `number`
/// distinguishes the name of a new one from those of scenarios. A shutdown is an error.
pub async fn verify(shared: WorldContext<'_>, target: &Target, plan: &Plan, number: usize) -> Result<(), RunError> {
    let WorldContext { session, shutdown, .. } = shared;
    let declared = session.capabilities.iter().flatten().copied();
    let declared = declared.filter(|capability| can_verify(*capability, plan)).collect::<Vec<_>>();
    if declared.is_empty() {
        return Ok(());
    }
    let root = format!("/{}", session.version);
    if let Some(name) = &plan.instance {
        let (client, base) = (session.client(target), format!("{root}/instances/{name}"));
        return tokio::select! {
            verified = ask(&declared, &client, session.version, &base) => verified,
            reason = shutdown.wait() => Err(RunError::Stopped(reason)),
        };
    }
    let mut world = ScenarioWorld::new(shared, target, number);
    let verify = async {
        let path = world.instance("instance", &root, "probe").await?;
        ask(&declared, &world.client, session.version, path.trim_end_matches('/')).await
    };
    let verified = tokio::select! {
        verified = verify => verified,
        reason = shutdown.wait_and_settle() => Err(RunError::Stopped(reason)),
    };
    world.clear().await;
    verified
}

/// Returns whether the run can verify a capability. Only capabilities that a scenario of the run
/// can need are verified: a run of an administrator that does not write needs none, and a run
/// without an administrator only those that it can read. A run that registers an account has
/// verified that already.
fn can_verify(capability: Capability, plan: &Plan) -> bool {
    match &plan.credentials {
        Credentials::AccountKey(_) => plan.writes,
        Credentials::Register => plan.writes && capability != Capability::Register,
        Credentials::ApiKeys(_) => {
            use Capability::{Classes, DataEndpoints, Groups, Templates, V1};
            matches!(capability, Groups | Classes | DataEndpoints | Templates | V1)
        }
    }
}

/// A request, and the status of its response.
struct Probe {
    method: Method,
    path: String,
    body: Option<Value>,
    status: StatusCode,
}

impl Probe {
    /// Returns the request that shows whether an instance offers a capability.
    fn new(capability: Capability, base: &str, version: Version) -> Probe {
        let get = |path: String, status| Probe { method: Method::GET, path, body: None, status };
        match capability {
            Capability::Groups => get(format!("{base}/groups/"), StatusCode::OK),
            Capability::Classes => get(format!("{base}/classes/"), StatusCode::OK),
            Capability::Channels => get(format!("{base}/channels/"), StatusCode::OK),
            Capability::DataEndpoints => get(format!("{}/", data_endpoints(base)), StatusCode::OK),
            Capability::Invitations => get(format!("{base}/invitations/"), StatusCode::OK),
            Capability::Templates => get(format!("{base}/snippets/templates/"), StatusCode::OK),
            Capability::Push => get(format!("{base}/push_notifications/gcm/config/"), StatusCode::OK),
            // A GET registers no account; 405 shows that the endpoint exists.
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

/// Sends the requests for the declared capabilities to an instance.
async fn ask(declared: &[Capability], client: &Client, version: Version, base: &str) -> Result<(), RunError> {
    for capability in declared.iter().copied() {
        let Probe { method, path, body, status } = Probe::new(capability, base, version);
        let what = format!("{method} {path}");
        let missing = |why: String| RunError::NotOffered { capability, why };
        let answer = client.send(method, &path, body.as_ref()).await.map_err(|error| missing(error.to_string()))?;
        let read = client.read(&what, body.as_ref(), &answer, &[status]).map_err(|error| missing(error.to_string()))?;
        if capability == Capability::Batch && read != json!([]) {
            return Err(missing(format!("{what} without requests was not answered with []")));
        }
    }
    Ok(())
}
