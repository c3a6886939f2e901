//! The limits of the platform: instances of an account, and requests a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use rstest::rstest;
use serde_json::json;
use syncano_simulator::{ClientAddress, PlatformLimits, Simulator, Station};

use crate::cast::{As, Cast, Got, forbidden, got, read, text, whole};

/// A simulator with the stock limits, whose clock a test sets.
struct Limited {
    cast: Cast,
    second: Arc<AtomicI64>,
}

impl Limited {
    fn new() -> Limited {
        let second = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&second);
        let clock = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap();
        let simulator = Simulator::builder().seed(7).clock(clock).limits(PlatformLimits::stock()).build();
        let limited = Limited { cast: Cast::on(simulator), second };
        limited.wait_a_second();
        limited
    }

    fn wait_a_second(&self) {
        self.second.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of equal requests in this second until one is throttled.
    fn requests_until_throttled(&self, who: As<'_>, path: &str) -> usize {
        (0..1000).position(|_| self.cast.get(who, path) == throttled()).expect("no request was throttled")
    }

    fn create_instance(&self, name: &str) -> Got {
        self.cast.post(self.cast.owner(), "/v1.1/instances/", json!({ "name": name }))
    }
}

fn throttled() -> Got {
    got(429, json!({ "detail": "Request was throttled. Expected available in 1 second." }))
}

#[test]
fn an_account_owns_at_most_four_instances() {
    let limited = Limited::new();
    let exceeded = got(400, json!({ "detail": "Instance count exceeded (4)." }));
    for name in ["sulaco", "auriga", "patna"] {
        assert_eq!(limited.create_instance(name).status, 201);
    }
    assert_eq!(limited.create_instance("covenant"), exceeded);
    assert_eq!(limited.create_instance("sulaco"), exceeded, "the count is checked before the name is");
    assert_eq!(limited.create_instance("x").body["name"][0], "Ensure this field has at least 5 characters.");
    assert_eq!(limited.cast.delete(limited.cast.owner(), "/v1.1/instances/patna/").status, 204);
    assert_eq!(limited.create_instance("covenant").status, 201);
    assert_eq!(limited.create_instance("prometheus"), exceeded);
}

#[test]
fn instances_of_other_owners_do_not_count() {
    let limited = Limited::new();
    let cast = &limited.cast;
    let other = json!({ "email": "other@example.com", "password": "secret" });
    let other = text(&cast.post(As::default(), "/v1.1/account/register/", other).body["account_key"]);
    let other = As { api: Some(&other), user: None };
    let invitation = json!({ "email": "owner@example.com", "role": "full" });
    for name in ["sulaco", "auriga", "patna", "covenant"] {
        assert_eq!(cast.post(other, "/v1.1/instances/", json!({ "name": name })).status, 201);
        let key = cast.post(other, &format!("/v1.1/instances/{name}/invitations/"), invitation.clone()).body;
        let accepted = json!({ "invitation_key": key["key"] });
        assert_eq!(cast.post(cast.owner(), "/v1.1/account/invitations/accept/", accepted).status, 204);
    }
    assert_eq!(limited.create_instance("prometheus").status, 201);
}

#[test]
fn a_client_without_a_key_sends_ten_requests_a_second() {
    let limited = Limited::new();
    assert_eq!(limited.requests_until_throttled(As::default(), "/v1.1/"), 10);
    assert_eq!(limited.cast.get(As::default(), "/v1/"), throttled());
    assert_eq!(limited.cast.get(limited.cast.owner(), "/v1.1/account/").status, 200);
    limited.wait_a_second();
    assert_eq!(limited.requests_until_throttled(As::default(), "/v1.1/"), 10);
}

#[test]
fn an_account_sends_sixty_requests_a_second_outside_of_instances() {
    let limited = Limited::new();
    let owner = limited.cast.owner();
    assert_eq!(limited.requests_until_throttled(owner, "/v1.1/instances/nostromo/"), 60);
    assert_eq!(limited.cast.get(owner, "/v1.1/instances/"), throttled());
    assert_eq!(limited.cast.get(owner, "users/").status, 200, "requests to an instance count apart");
    assert_eq!(limited.cast.get(limited.cast.app(), "/v1.1/instances/").status, 200);
    limited.wait_a_second();
    assert_eq!(limited.cast.get(owner, "/v1.1/instances/").status, 200);
}

#[test]
fn an_instance_gets_sixty_requests_a_second_from_all_callers_together() {
    let limited = Limited::new();
    let cast = &limited.cast;
    assert_eq!(limited.create_instance("sulaco").status, 201);
    assert!((0..30).all(|_| cast.get(cast.owner(), "users/").status == 200));
    assert_eq!(limited.requests_until_throttled(cast.alice(), "user/"), 30);
    assert_eq!(cast.get(cast.app(), "groups/"), throttled());
    assert_eq!(cast.get(cast.owner(), "/v1.1/instances/sulaco/users/").status, 200);
    limited.wait_a_second();
    assert_eq!(cast.get(cast.alice(), "user/").status, 200);
}

#[test]
fn each_item_of_a_batch_is_a_request_to_the_instance() {
    let limited = Limited::new();
    let cast = &limited.cast;
    let item = json!({ "method": "GET", "path": whole("user/") });
    let codes = |answer: Got| {
        let items = answer.body.as_array().unwrap().clone();
        items.into_iter().map(|item| item["code"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let batch = |items: usize| cast.post(cast.alice(), "batch/", json!({ "requests": vec![item.clone(); items] }));
    assert_eq!(codes(batch(50)), [200; 50]);
    assert_eq!(codes(batch(10)), [[200; 8].as_slice(), &[429, 429]].concat());
    assert_eq!(batch(1), throttled());
}

#[test]
fn each_address_counts_for_itself() {
    let limited = Limited::new();
    let status = |address: [u8; 4]| {
        let mut request = Request::get("/v1.1/").body(Bytes::new()).unwrap();
        request.extensions_mut().insert(ClientAddress(address.into()));
        limited.cast.simulator.handle(request).status().as_u16()
    };
    for address in [[192, 0, 2, 1], [192, 0, 2, 2]] {
        assert_eq!((0..11).map(|_| status(address)).collect::<Vec<_>>(), [[200; 10].as_slice(), &[429]].concat());
    }
}

/// A request that an earlier station rejects is answered as without limits, and does not count.
#[rstest]
#[case::route("nosuch/", None, 404)]
#[case::key("users/", Some("bad"), 403)]
#[case::access("users/", None, 403)]
fn throttling_comes_after_the_key_and_the_access(#[case] path: &str, #[case] key: Option<&str>, #[case] status: u16) {
    let limited = Limited::new();
    let cast = &limited.cast;
    let who = As { api: key, user: None };
    assert!((0..100).all(|_| cast.get(who, path).status == status));
    assert_eq!(limited.requests_until_throttled(cast.owner(), "users/"), 60);
    assert_eq!(cast.get(who, path).status, status);
}

#[test]
fn throttling_comes_before_the_method_and_the_object() {
    let limited = Limited::new();
    let cast = &limited.cast;
    assert!((0..30).all(|_| cast.delete(cast.owner(), "users/").status == 405));
    assert!((0..30).all(|_| cast.get(cast.owner(), "users/99/").status == 404));
    assert_eq!(cast.delete(cast.owner(), "users/"), throttled());
    assert_eq!(cast.get(cast.owner(), "users/99/"), throttled());
    assert_eq!(cast.get(cast.app(), "users/"), forbidden());
    let preflight = Request::options(whole("users/")).header("Access-Control-Request-Method", "GET");
    assert_eq!(cast.simulator.handle(preflight.body(Bytes::new()).unwrap()).status(), 200);
}

#[test]
fn a_throttled_answer_has_the_headers_of_other_answers() {
    let limited = Limited::new();
    let send = || {
        let request = Request::get(whole("users/")).header("X-API-KEY", &limited.cast.account);
        limited.cast.simulator.handle(request.header("Origin", "http://app.example").body(Bytes::new()).unwrap())
    };
    let names = |answer: &Response<Bytes>| {
        let headers =
            answer.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        headers.collect::<BTreeSet<_>>()
    };
    let usual = send();
    limited.requests_until_throttled(limited.cast.owner(), "users/");
    let mut answer = send();
    assert_eq!(read(&answer), throttled());
    assert_eq!(answer.headers_mut().remove("retry-after").unwrap(), "1");
    assert_eq!(names(&answer), names(&usual));
}

#[rstest]
#[case::anonymous("/v1.1/", false, "too many requests without a key from one address in this second")]
#[case::account("/v1.1/account/", true, "too many requests of the account outside of instances in this second")]
#[case::instance("users/", true, "too many requests to the instance in this second")]
fn an_explanation_names_the_limit(#[case] path: &str, #[case] has_key: bool, #[case] why: &str) {
    let limited = Limited::new();
    let who = if has_key { limited.cast.owner() } else { As::default() };
    limited.requests_until_throttled(who, path);
    let mut request = Request::get(whole(path));
    if let Some(key) = who.api {
        request = request.header("X-API-KEY", key);
    }
    let (_, explanation) = limited.cast.simulator.handle_explained(request.body(Bytes::new()).unwrap());
    assert_eq!((explanation.station, explanation.why.as_str()), (Some(Station::Throttle), why));
}

#[test]
fn there_are_no_limits_by_default_and_they_can_be_changed() {
    let cast = Cast::new();
    assert!((0..100).all(|_| cast.get(As::default(), "/v1.1/").status == 200));
    for number in 0..10 {
        let created = cast.post(cast.owner(), "/v1.1/instances/", json!({ "name": format!("sulaco-{number}") }));
        assert_eq!(created.status, 201);
    }
    cast.simulator.set_limits(PlatformLimits { instances: Some(11), ..PlatformLimits::none() });
    let exceeded = got(400, json!({ "detail": "Instance count exceeded (11)." }));
    assert_eq!(cast.post(cast.owner(), "/v1.1/instances/", json!({ "name": "covenant" })), exceeded);
    cast.simulator.set_limits(PlatformLimits::none());
    assert_eq!(cast.post(cast.owner(), "/v1.1/instances/", json!({ "name": "covenant" })).status, 201);
}

/// A seeded clock advances only when it is read, so a client that waits would wait in vain.
#[test]
fn a_seeded_simulator_counts_the_seconds_of_the_system() {
    let simulator = Simulator::builder().seed(7).limits(PlatformLimits::stock()).build();
    let index = || read(&simulator.handle(Request::get("/v1.1/").body(Bytes::new()).unwrap()));
    let is_throttled = |_| index() == throttled();
    // The first requests may be on both sides of the end of a second.
    assert!((0..21).any(is_throttled));
    assert_eq!(simulator.dump(), Simulator::builder().seed(7).build().dump(), "the seeded clock was read");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(index().status, 200);
}
