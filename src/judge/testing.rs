//! A world, a scenario and answers for the tests of this folder.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use serde_json::json;

use super::bindings::{Bindings, Scope, ValueKind};
use super::exchange::Exchange;
use super::relation::KEY_HEADERS;
use syncano_simulator::api::Resource;
use syncano_suite::{BuiltInCheck, Scenario, SuiteFiles};

/// Returns a scenario with alice, bob and these steps, and with the leak check.
pub fn scenario(steps: &str) -> Scenario {
    let text = format!("title: A test\ngiven: {{users: [alice, bob]}}\nsteps:\n{steps}");
    let scenarios = [("a/test.yaml".to_owned(), text)].into_iter().collect();
    let mut suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
    // The other built-in checks have their own tests.
    Scenario { built_in: vec![BuiltInCheck::Leak], ..suite.scenarios.remove(0) }
}

/// Returns the values of alice and her instance.
pub fn alice() -> Bindings {
    let mut bindings = Bindings::default();
    bindings.bind("alice.id", json!(7), ValueKind::Id(Resource::User, Scope::Own));
    bindings.bind("alice.username", json!("ann-4711"), ValueKind::Word);
    bindings.bind("alice.user_key", json!("1111111111111111111111111111111111111110"), ValueKind::Key);
    bindings.bind("instance.name", json!("ship"), ValueKind::Word);
    bindings
}

/// Returns an answer to a read of users.
pub fn answer(status: u16, body: impl Into<Bytes>) -> Exchange {
    let request = Request::get("/v1.1/instances/ship/users/").body(Bytes::new()).unwrap();
    let response = Response::builder().status(status).body(body.into()).unwrap();
    Exchange { request, response, retries: Vec::new(), astray: None, too_large: None }
}

pub const API_KEY: &str = "4444444444444444444444444444444444444441";
pub const BOBS_KEY: &str = "5555555555555555555555555555555555555550";

/// Returns the values of alice and her instance, with an API key and bob's user key.
pub fn with_bob() -> Bindings {
    let mut bindings = alice();
    bindings.bind("api.key", json!(API_KEY), ValueKind::Key);
    bindings.bind("bob.user_key", json!(BOBS_KEY), ValueKind::Key);
    bindings
}

/// Returns an answer to bob, who reads a path of the instance.
pub fn to_bob(path: &str, status: u16, body: &str) -> Arc<Exchange> {
    let mut exchange = answer(status, body.to_owned());
    *exchange.request.uri_mut() = format!("/v1.1/instances/ship{path}").parse().unwrap();
    for (name, key) in KEY_HEADERS.into_iter().zip([API_KEY, BOBS_KEY]) {
        exchange.request.headers_mut().insert(name, HeaderValue::from_static(key));
    }
    Arc::new(exchange)
}
