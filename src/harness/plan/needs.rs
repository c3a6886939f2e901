//! Finds the reason to skip a scenario: a requirement that the run does not meet.
//!
//! A reason first names what is missing, and after a colon where the scenario needs it, because
//! reports group scenarios by what is missing.

use http::Method;

use super::capability;
use super::credentials::{Credentials, InstanceKeys, key_name};
use super::instance_needs::InstanceNeeds;
use super::run_plan::Plan;
use syncano_simulator::api::{Capability, Flag, Version};
use syncano_suite::file::{ApiKeyWay, Need};
use syncano_suite::{Given, KeySlot, Name, PLAIN, Reference, Role, Scenario, Step};

/// The data that a step may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Nothing: it reads, or signs a user in.
    Nothing,
    /// Users of the scenario's own world.
    Users,
    /// Anything else.
    More,
}

const OWN_INSTANCE: &str =
    "it needs an instance of its own (--no-instance), and --instance names one that may hold other data";
const INSTANCES: &str = "it needs more instances at a time than --max-instances allows";
const ACCOUNTS: &str =
    "it needs administrators of other roles (--more-accounts), and the run may not register accounts";
const AUTHORIZATION: &str =
    "it needs the Authorization header (--basic uses it), which holds the login of the server in front";
const ADMINISTRATOR: &str = "it needs an administrator's key";
const WRITES: &str = "it needs to write to the target (--allow-writes), and the run may not write; \
                      `writes = true` in the profile allows it too";

/// Returns why a scenario cannot be run, if it cannot.
pub fn why_not(scenario: &Scenario, plan: &Plan) -> Option<String> {
    let lacks = match &plan.credentials {
        Credentials::ApiKeys(keys) => lacking(scenario, keys, plan.writes),
        Credentials::AccountKey(_) | Credentials::Register => lacking_accounts(scenario, plan).map(str::to_owned),
    };
    let taken =
        || (plan.basic_login && scenario.steps.iter().any(sends_authorization)).then(|| AUTHORIZATION.to_owned());
    lacks.or_else(|| undeclared(scenario, plan)).or_else(taken)
}

/// Returns whether a step sends the `Authorization` header.
fn sends_authorization(step: &Step) -> bool {
    step.via.api_key == ApiKeyWay::Authorization
        || step.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"))
}

/// Returns the requirement of a scenario that a run with an administrator does not meet, if any.
fn lacking_accounts(scenario: &Scenario, plan: &Plan) -> Option<&'static str> {
    if plan.instance.is_some() && scenario.needs.contains(&Need::OwnInstance) {
        Some(OWN_INSTANCE)
    } else if !plan.writes {
        Some(WRITES)
    } else if too_few_instances(scenario, plan) {
        Some(INSTANCES)
    } else if !plan.more_accounts && !scenario.given.roles.is_empty() {
        Some(ACCOUNTS)
    } else {
        None
    }
}

/// Returns whether a scenario needs more instances than the run may have beside its other instance.
fn too_few_instances(scenario: &Scenario, plan: &Plan) -> bool {
    let max = plan.max_instances.filter(|_| plan.instance.is_none());
    max.is_some_and(|max| InstanceNeeds::new(scenario).count() >= max)
}

/// Returns the capability that a scenario needs and the target is not declared to offer.
fn undeclared(scenario: &Scenario, plan: &Plan) -> Option<String> {
    let declared = plan.capabilities.as_ref()?;
    // A run in v1 does not need v1 in addition to v1.1.
    let is_everywhere = |needed: &Capability| *needed == Capability::V1 && plan.version == Version::V1;
    let needed = capability::needed(scenario);
    let missing = needed.iter().find(|needed| !declared.contains(needed) && !is_everywhere(needed))?;
    Some(format!("it needs `{missing}`, which the target is not declared to offer"))
}

/// Returns the requirement of a scenario that a run without an administrator does not meet, if any.
fn lacking(scenario: &Scenario, keys: &InstanceKeys, writes: bool) -> Option<String> {
    if let Some(what) = needs_administrator(scenario) {
        return Some(format!("{ADMINISTRATOR}: {what}"));
    }
    let is_missing = |flag: &Option<Flag>| !keys.keys.contains_key(flag) && uses_key(scenario, *flag);
    let flags = Flag::ALL.into_iter().map(Some);
    if let Some(flag) = std::iter::once(None).chain(flags).find(is_missing) {
        let which = flag.map_or("without any flag".to_owned(), |flag| format!("with {flag}"));
        return Some(format!("it needs an API key {which}, and none is given"));
    }
    let can_create_users = keys.can_create_users() && writes;
    let users = scenario.given.users.len();
    if !can_create_users && users > keys.users.len() {
        let why = match (keys.users.len(), keys.can_create_users()) {
            (0, false) => "it needs users, and the run has neither users nor an API key with allow_user_create",
            (0, true) => "it needs users, and the run may not create them on the target",
            _ => "it needs more users than the run has",
        };
        return Some(why.to_owned());
    }
    let reach = |step: &&Step| reach(step, &scenario.given) > Reach::Nothing;
    let (number, step) = scenario.steps.iter().enumerate().find(|(_, step)| reach(step))?;
    if can_create_users {
        return None;
    }
    let why = if writes {
        "it may change users, and they are not the run's own"
    } else {
        "it may change something, and the run may not write to the target"
    };
    Some(format!("{why}: {}", step_name(number, step)))
}

/// Returns what a scenario needs that only an administrator can create or do.
fn needs_administrator(scenario: &Scenario) -> Option<String> {
    let Given {
        groups, classes, objects, data_endpoints, channels, devices, templates, api_keys, foreign, roles, ..
    } = &scenario.given;
    let created = [
        ("a group", !groups.is_empty()),
        ("a class", !classes.is_empty()),
        ("a data object", !objects.is_empty()),
        ("a data endpoint", !data_endpoints.is_empty()),
        ("a channel", !channels.is_empty()),
        ("a device", !devices.is_empty()),
        ("a template", !templates.is_empty()),
        ("another instance", foreign.is_some()),
        ("an account of another role", !roles.is_empty()),
        ("an API key of its own", api_keys.keys().any(|name| flag_of(name).is_none())),
        ("an instance of its own", scenario.needs.contains(&Need::OwnInstance)),
    ];
    if let Some((what, _)) = created.into_iter().find(|(_, is_needed)| *is_needed) {
        return Some(format!("to create {what}"));
    }
    scenario.steps.iter().enumerate().find_map(|(number, step)| {
        let asks = matches!(step.principal.key, KeySlot::Account | KeySlot::ExtraAccount(_) | KeySlot::Foreign);
        let refers = || references(step).find(|reference| is_account_reference(reference)).map(Reference::as_str);
        if asks {
            Some(format!("{} is sent as {}", step_name(number, step), step.principal))
        } else if let Some(reference) = refers() {
            Some(format!("{} refers to {reference}", step_name(number, step)))
        } else if reach(step, &scenario.given) == Reach::More {
            Some(format!("{} may change more than users of its own", step_name(number, step)))
        } else {
            None
        }
    })
}

fn step_name(number: usize, step: &Step) -> String {
    format!("step {} ({} {})", number + 1, step.method, step.path)
}

/// Returns the data that a request could change, if the target accepted it.
fn reach(step: &Step, given: &Given) -> Reach {
    if matches!(step.method, Method::GET | Method::HEAD | Method::OPTIONS) && !names_another_method(step) {
        return Reach::Nothing;
    }
    let path = step.path.to_string();
    let Some(below) = below_instance(&path) else { return Reach::More };
    let is_own = |id: &str| given.users.iter().any(|user| id == format!("{{{{{user}.id}}}}"));
    match below.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["user", "auth"] if step.method == Method::POST => Reach::Nothing,
        ["user" | "users"] | ["user", "auth"] => Reach::Users,
        ["users", id] | ["users", id, "reset_key"] if is_own(id) => Reach::Users,
        _ => Reach::More,
    }
}

/// Some frameworks take the method from a header or from the query.
fn names_another_method(step: &Step) -> bool {
    let in_header = step.headers.keys().any(|name| name.to_ascii_lowercase().contains("method"));
    in_header || step.path.to_string().split_once('?').is_some_and(|(_, query)| query.contains("method"))
}

/// Returns the part of a step's path below its instance, without the query.
fn below_instance(path: &str) -> Option<&str> {
    let path = path.split('?').next().unwrap_or_default();
    let in_version = || {
        let rest = ["{{root}}", "/v1.1", "/v1"].into_iter().find_map(|version| path.strip_prefix(version))?;
        rest.strip_prefix("/instances/{{instance.name}}/")
    };
    match path.strip_prefix("{{instance.path}}") {
        Some(below) => Some(below),
        None if path.starts_with("{{root}}") || path.starts_with("/v1/") || path.starts_with("/v1.1/") => in_version(),
        None => path.starts_with('/').then_some(path),
    }
}

/// Returns whether a scenario sends an API key, or refers to it.
fn uses_key(scenario: &Scenario, flag: Option<Flag>) -> bool {
    let name = key_name(flag);
    let owner = flag.map_or("api".to_owned(), |flag| format!("api:{flag}"));
    scenario.steps.iter().any(|step| {
        let asks = match &step.principal.key {
            KeySlot::Api(key) => key.as_str() == name,
            KeySlot::OfTheUser => flag.is_none(),
            _ => false,
        };
        asks || references(step).any(|reference| reference.as_str().split('.').next() == Some(owner.as_str()))
    })
}

/// Returns the flag of an API key that every scenario can use, `Some(None)` for the plain key.
/// Returns `None` for a key that a file defines.
fn flag_of(name: &Name) -> Option<Option<Flag>> {
    if name.as_str() == PLAIN { Some(None) } else { name.as_str().parse().ok().map(Some) }
}

fn is_account_reference(reference: &Reference) -> bool {
    let owner = reference.as_str().split('.').next().unwrap_or_default();
    owner == "account" || owner.strip_prefix("account:").and_then(Role::named).is_some()
}

/// Returns the references of a step, in its request and in its checks.
fn references(step: &Step) -> impl Iterator<Item = &Reference> {
    let of_checks = step.checks.iter().flat_map(|check| check.assertion.references());
    step.references().into_iter().chain(of_checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncano_suite::SuiteFiles;

    #[test]
    fn only_requests_that_cannot_change_anything_count_as_reads() {
        use Reach::{More, Nothing, Users};
        let steps = [
            ("GET /user/", Nothing),
            ("HEAD {{instance.path}}/users/", Nothing),
            ("OPTIONS /groups/", Nothing),
            ("POST /user/auth/", Nothing),
            ("POST {{root}}/instances/{{instance.name}}/user/auth/", Nothing),
            ("PATCH /user/", Users),
            ("POST /users/", Users),
            ("DELETE /users/{{alice.id}}/", Users),
            ("POST /v1/instances/{{instance.name}}/users/{{alice.id}}/reset_key/", Users),
            ("PUT /user/auth/", Users),
            ("PATCH /users/1/", More),
            ("POST /users/{{alice.id}}/groups/", More),
            ("POST /groups/", More),
            ("POST /batch/", More),
            ("POST /v1.1/account/auth/", More),
            ("POST /v1.1/instances/other/users/", More),
            ("DELETE {{root}}/instances/{{instance.name}}/", More),
            ("GET /groups/1/?_method=DELETE", More),
        ];
        let lines = steps.iter().map(|(send, _)| format!("  - {{name: a step, as: alice, send: \"{send}\"}}\n"));
        let text = format!("title: Reach\ngiven: {{users: [alice]}}\nsteps:\n{}", lines.collect::<String>());
        let scenarios = [("a/reach.yaml".to_owned(), text)].into_iter().collect();
        let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
        let scenario = &suite.scenarios[0];
        for (step, (send, expected)) in scenario.steps.iter().zip(steps) {
            assert_eq!(reach(step, &scenario.given), expected, "{send}");
        }
    }
}
