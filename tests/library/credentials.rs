//! Runs the suite with different credentials: an administrator's key, or only API keys and users of
//! an existing instance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::estimate::{Estimate, ResourceKind};
use syncano_conformance::harness::{
    self, Access, Credentials, Event, InstanceKeys, Limits, Login, Plan, RunError, Selection, Target,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Report, RunOutcome};
use syncano_simulator::Simulator;
use syncano_simulator::api::{Capability, Flag};
use syncano_simulator::server::demo::DemoWorld;
use syncano_suite::{Suite, SuiteFiles};
use tokio::sync::watch;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// An instance with other users, and every request that it received.
struct UsedInstance {
    simulator: Simulator,
    world: DemoWorld,
    sent: Arc<Mutex<Vec<(Method, String)>>>,
}

impl UsedInstance {
    fn new() -> UsedInstance {
        let simulator = Simulator::builder().seed(5).build();
        let world = DemoWorld::create(&simulator).unwrap();
        UsedInstance { simulator, world, sent: Arc::default() }
    }

    fn target(&self) -> Target {
        let (simulator, sent) = (self.simulator.clone(), Arc::clone(&self.sent));
        Target::in_process("shared", move |request| {
            sent.lock().unwrap().push((request.method().clone(), request.uri().path().to_owned()));
            simulator.handle(request)
        })
    }

    fn administrator(&self) -> Credentials {
        Credentials::AccountKey(SecretString::from(self.world.account.account_key.to_string()))
    }

    fn keys(&self, flags: &[Option<Flag>]) -> BTreeMap<Option<Flag>, SecretString> {
        let keys = &self.world.api_keys;
        let key = |flag: &Option<Flag>| match flag {
            None => keys.plain,
            Some(Flag::IgnoreAcl) => keys.ignore_acl,
            Some(Flag::AllowUserCreate) => keys.allow_user_create,
            Some(Flag::AllowGroupCreate) => keys.allow_group_create,
            Some(Flag::AllowAnonymousRead) => keys.allow_anonymous_read,
        };
        flags.iter().map(|flag| (*flag, SecretString::from(key(flag).to_string()))).collect()
    }

    fn users(&self) -> Vec<Login> {
        let login = |user: &syncano_simulator::testing::User| Login {
            label: user.username.to_owned(),
            username: user.username.to_owned(),
            hidden: false,
            password: SecretString::from(user.password.as_str()),
        };
        self.world.users.iter().map(login).collect()
    }

    fn plan(&self, keys: InstanceKeys) -> Plan {
        let instance = Some(self.world.instance.to_owned());
        Plan { credentials: Credentials::ApiKeys(keys), instance, more_accounts: false, ..Plan::default() }
    }

    /// Returns everything that an administrator sees of the instance.
    fn seen(&self) -> Seen {
        let look = |list: &str| {
            let request = Request::get(format!("/v1.1/instances/{}/{list}/?page_size=500", self.world.instance))
                .header("X-API-KEY", self.world.account.account_key.to_string());
            let answer = self.simulator.handle(request.body(Bytes::new()).unwrap());
            assert_eq!(answer.status(), 200, "{list}");
            serde_json::from_slice::<Value>(answer.body()).unwrap()["objects"].take()
        };
        let members = format!("groups/{}/users", self.world.group.id);
        let lists = [("members", members.as_str()), ("profiles", "classes/user_profile/objects")];
        let named = ["users", "groups", "api_keys", "classes"].map(|list| (list, list));
        lists.into_iter().chain(named).map(|(name, list)| (name, look(list))).collect()
    }
}

/// The contents of lists, by name.
type Seen = BTreeMap<&'static str, Value>;

fn suite() -> Arc<Suite> {
    Arc::new(syncano_conformance::embedded::suite_files().read().unwrap())
}

fn selection(words: &[&str]) -> Selection {
    Selection::new(words.iter().map(|word| (*word).to_owned()).collect())
}

async fn run(suite: Arc<Suite>, words: &[&str], target: Target, plan: Plan) -> Result<Vec<Event>, RunError> {
    let (_end, stop) = watch::channel(false);
    let mut events: Vec<Event> = Vec::new();
    harness::run(suite, &selection(words), target, plan, stop, |event| events.push(event)).await?;
    Ok(events)
}

/// Returns the names of the scenarios that ran at least partly.
fn ran(events: &[Event]) -> BTreeSet<&str> {
    let scenarios = events.iter().filter_map(|event| match event {
        Event::Scenario(scenario) => Some(scenario),
        _ => None,
    });
    let ran = scenarios.filter(|scenario| scenario.checks.iter().any(|check| check.verdict() != Verdict::Skip));
    ran.map(|scenario| scenario.name.as_str()).collect()
}

/// Returns the reason why a scenario was skipped.
fn why_not(events: &[Event], name: &str) -> String {
    let checks = events.iter().find_map(|event| match event {
        Event::Scenario(scenario) if scenario.name == name => Some(&scenario.checks),
        _ => None,
    });
    let check = &checks.unwrap()[0];
    assert_eq!(check.verdict(), Verdict::Skip, "{name} was run");
    check.because().unwrap().to_owned()
}

fn outcome(events: &[Event]) -> RunOutcome {
    Report::new(events, false).summary.outcome(false)
}

#[rstest]
#[case::not_allowed_to_write(false)]
#[case::allowed_to_write(true)]
#[tokio::test]
async fn api_keys_and_users_suffice_for_a_read_only_run(#[case] writes: bool) {
    let shared = UsedInstance::new();
    let before = shared.seen();
    let keys = InstanceKeys { keys: shared.keys(&[None]), users: shared.users() };
    let plan = Plan { access: Access::Full, replays: true, writes, ..shared.plan(keys) };
    let events = run(suite(), &[], shared.target(), plan).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::Passed);
    let ran = ran(&events);
    assert!(["user/reads", "login/right", "unscoped/instances"].iter().all(|name| ran.contains(name)), "{ran:?}");

    assert_eq!(
        why_not(&events, "users/required"),
        "it needs an administrator's key: step 1 (POST /users/) is sent as account"
    );
    assert_eq!(why_not(&events, "user-groups/own"), "it needs an administrator's key: to create a group");
    assert_eq!(why_not(&events, "user/flags"), "it needs an API key with ignore_acl, and none is given");
    assert_eq!(why_not(&events, "access/users"), "it needs an administrator's key: to create a group");
    assert!(why_not(&events, "user/rename").starts_with("it may change "), "{}", why_not(&events, "user/rename"));

    assert_eq!(shared.seen(), before);
    let sent = shared.sent.lock().unwrap();
    let changes = |(method, path): &&(Method, String)| *method == Method::POST && path.ends_with("/user/auth/");
    let reads = |method: &Method| matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    assert_eq!(sent.iter().find(|sent| !reads(&sent.0) && !changes(sent)), None, "nothing else is sent");
}

#[rstest]
#[case::users_that_no_key_can_remove(&[None, Some(Flag::AllowUserCreate)], true)]
#[case::users_removed_by_a_capable_key(&[None, Some(Flag::IgnoreAcl), Some(Flag::AllowUserCreate)], false)]
#[tokio::test]
async fn a_run_with_an_api_key_deletes_its_users_or_reports_them(#[case] flags: &[Option<Flag>], #[case] stay: bool) {
    let shared = UsedInstance::new();
    let before = shared.seen();
    let plan = shared.plan(InstanceKeys { keys: shared.keys(flags), users: Vec::new() });
    let estimate = Estimate::new(&suite(), &selection(&[]), &plan).await.unwrap();
    // An in-process target needs no warning about resources that stay behind, so this test uses
    // HTTP.
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(shared.simulator.clone()).mount(&server).await;
    let target = Target::http(&server.uri(), Limits::default()).unwrap();
    let events = run(suite(), &[], target, plan).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::Passed);
    let ran = ran(&events);
    assert!(
        ["user/rename", "user/reads", "reset-key/allow-user-create"].iter().all(|name| ran.contains(name)),
        "{ran:?}"
    );

    let Some(Event::Finished(finished)) = events.last() else { panic!("no end") };
    let users = |seen: &Seen| seen["users"].as_array().unwrap().len();
    let after = shared.seen();
    let left = users(&after) - users(&before);
    assert_eq!((left > 0, finished.notes.len()), (stay, left), "{:?}", finished.notes);
    assert!(finished.notes.iter().all(|note| note.contains("such a key cannot delete it")), "{:?}", finished.notes);
    assert_eq!(estimate.remaining.get(&ResourceKind::Users).copied().unwrap_or_default(), left);
    assert_eq!(finished.left_behind, Vec::<String>::new());
    for list in ["groups", "members", "api_keys"] {
        assert_eq!(after[list], before[list], "{list}");
    }
}

#[tokio::test]
async fn a_key_that_creates_users_suffices_if_no_step_uses_the_plain_key() {
    let scenario = |who: &str| {
        format!(
            "title: A user reads herself\ngiven: {{users: [alice]}}\nsteps:\n  - name: alice reads herself\n    as: {who}\n    \
             send: GET /user/\n    checks: [{{id: user/is-answered, status: 200}}]\n"
        )
    };
    let of = |who: &str| SuiteFiles {
        scenarios: [("a/user.yaml".to_owned(), scenario(who))].into_iter().collect(),
        ..SuiteFiles::default()
    };
    let shared = UsedInstance::new();
    let plan = || shared.plan(InstanceKeys { keys: shared.keys(&[Some(Flag::AllowUserCreate)]), users: Vec::new() });
    let suite = Arc::new(of("alice@allow_user_create").read().unwrap());
    let events = run(suite, &[], shared.target(), plan()).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::Passed);
    let suite = Arc::new(of("alice").read().unwrap());
    let events = run(suite, &[], shared.target(), plan()).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::NothingRan);
    assert_eq!(why_not(&events, "a/user"), "it needs an API key without any flag, and none is given");
}

#[rstest]
#[case::a_flag_that_was_not_declared(None, Flag::IgnoreAcl, "the API key `plain`: it has ignore_acl")]
#[case::a_flag_that_was_not_given(Some(Flag::AllowUserCreate), Flag::AllowGroupCreate, "`allow_user_create`: it has")]
#[tokio::test]
async fn a_key_with_other_flags_than_declared_is_an_error(
    #[case] declared: Option<Flag>,
    #[case] really: Flag,
    #[case] said: &str,
) {
    let shared = UsedInstance::new();
    let key = shared.keys(&[Some(really)]).into_values().next().unwrap();
    let keys = InstanceKeys { keys: [(declared, key)].into(), users: Vec::new() };
    let why = run(suite(), &["user"], shared.target(), shared.plan(keys)).await.unwrap_err().to_string();
    assert!(why.contains(said), "{why}");
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_show_it() {
    let shared = UsedInstance::new();
    let mut users = shared.users();
    users[1].password = SecretString::from("wrong-pass-4711");
    let plan = shared.plan(InstanceKeys { keys: shared.keys(&[None]), users });
    let why = run(suite(), &["user"], shared.target(), plan).await.unwrap_err().to_string();
    assert!(why.starts_with("the user `bob` cannot sign in: "), "{why}");
    assert!(!why.contains("wrong-pass-4711"), "{why}");
}

#[rstest]
#[case("groups", Capability::Groups, &["user/reads", "groups/created", "access/users/self"], "groups/created")]
#[case("classes", Capability::Classes, &["user/reads", "classes/defaults"], "classes/defaults")]
#[case("data", Capability::DataEndpoints, &["user/reads", "data-endpoints/post"], "data-endpoints/post")]
#[case("batch", Capability::Batch, &["user/reads", "batch/items"], "batch/items")]
#[case("invitations", Capability::Invitations, &["user/reads", "reset-key/roles"], "reset-key/roles")]
#[case("register", Capability::Register, &["user/reads", "reset-key/roles"], "reset-key/roles")]
#[case("push_notifications", Capability::Push, &["user/reads", "push/own-devices"], "push/own-devices")]
#[case("snippets", Capability::Templates, &["user/reads", "templates/rendered"], "templates/rendered")]
#[case("v1", Capability::V1, &["user/reads", "scope/v1"], "scope/v1")]
#[tokio::test]
async fn a_missing_capability_is_skipped_if_declared_and_an_error_if_not(
    #[case] part: &'static str,
    #[case] capability: Capability,
    #[case] words: &[&str],
    #[case] needing: &str,
) {
    let shared = UsedInstance::new();
    let without = |part: &'static str| {
        let (simulator, sent) = (shared.simulator.clone(), Arc::clone(&shared.sent));
        Target::in_process("smaller", move |request| {
            let path = request.uri().path().to_owned();
            sent.lock().unwrap().push((request.method().clone(), path.clone()));
            if path.split('/').any(|segment| segment == part) {
                return http::Response::builder().status(404).body(Bytes::from_static(b"<h1>Not Found</h1>")).unwrap();
            }
            simulator.handle(request)
        })
    };
    let plan = |capabilities| Plan {
        credentials: shared.administrator(),
        capabilities,
        access: Access::ReadOnly,
        more_accounts: true,
        ..Plan::default()
    };
    let all = BTreeSet::from(Capability::ALL);
    let rest = all.iter().copied().filter(|other| *other != capability).collect();
    let events = run(suite(), words, without(part), plan(Some(rest))).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::Passed);
    assert_eq!(
        why_not(&events, needing),
        format!("it needs `{capability}`, which the target is not declared to offer")
    );
    let sent = std::mem::take(&mut *shared.sent.lock().unwrap());
    assert!(!sent.iter().any(|(_, path)| path.split('/').any(|segment| segment == part)), "nobody asks for {part}");

    let why = run(suite(), words, without(part), plan(Some(all))).await.unwrap_err().to_string();
    assert!(why.starts_with(&format!("`{capability}` is declared, but the target does not offer it: ")), "{why}");

    let events = run(suite(), words, without(part), plan(None)).await.unwrap();
    assert_ne!(outcome(&events), RunOutcome::Passed, "where nothing is declared all is expected");
}

#[rstest]
#[case::new_instances(true, &["user/reads", "group-users/only-the-caller", "batch/writes", "access/groups"])]
#[case::an_existing_instance(false, &["user/reads", "group-users/only-the-caller", "batch/writes"])]
#[tokio::test]
async fn the_target_receives_the_estimated_number_of_requests(#[case] own: bool, #[case] words: &[&str]) {
    let shared = UsedInstance::new();
    let plan = || Plan {
        credentials: shared.administrator(),
        instance: (!own).then(|| shared.world.instance.to_owned()),
        access: Access::ReadOnly,
        replays: own,
        capabilities: own.then(|| Capability::ALL.into()),
        ..Plan::default()
    };
    let estimate = Estimate::new(&suite(), &selection(words), &plan()).await.unwrap();
    let events = run(suite(), words, shared.target(), plan()).await.unwrap();
    assert_eq!(outcome(&events), RunOutcome::Passed);
    assert_eq!(estimate.requests, shared.sent.lock().unwrap().len());
    let parts = estimate.parts.iter().filter(|part| part.checks > 0).map(|part| part.name.as_str());
    assert_eq!(parts.collect::<BTreeSet<_>>(), ran(&events));
    assert_eq!(estimate.created.contains_key(&ResourceKind::Instances), own);
    assert_eq!(
        estimate.remaining.get(&ResourceKind::Accounts),
        estimate.created.get(&ResourceKind::Accounts),
        "accounts stay"
    );
}
