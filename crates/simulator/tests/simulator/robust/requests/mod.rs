//! Arbitrary requests: made of what the API knows, and made of anything.

mod bodies;
mod test_request;
mod values;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Response, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use syncano_simulator::{Quirk, Quirks, Simulator};

use super::ask::{As, SampleWorld, raw};
use super::{sane, times};
use test_request::{TestRequest, shapeless, structured};

/// Sends them all and holds each answer against what is true of every answer. The answers come
/// back.
fn answers(world: &SampleWorld, sent: &[TestRequest]) -> Result<Vec<Response<Bytes>>, TestCaseError> {
    let mut answers = Vec::new();
    for sent in sent {
        let Some(request) = sent.request(world, &sent.method) else { continue };
        let method = request.method().clone();
        let head = if method == Method::GET { sent.request(world, "HEAD") } else { None };
        let head = head.map(|head| world.simulator.handle(head));
        let answer = world.simulator.handle(request);
        let check = |method: &Method, answer: &Response<Bytes>| {
            sane::check(method, answer).map_err(|error| TestCaseError::fail(format!("{sent:?}: {error}")))
        };
        check(&method, &answer)?;
        if let Some(head) = head {
            check(&Method::HEAD, &head)?;
            like_get(&head, &answer).map_err(|error| TestCaseError::fail(format!("HEAD of {sent:?}: {error}")))?;
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// HEAD has what GET has, all but the body.
fn like_get(head: &Response<Bytes>, get: &Response<Bytes>) -> Result<(), TestCaseError> {
    prop_assert_eq!(head.status(), get.status());
    let mut headers = head.headers().clone();
    let length = headers.remove(CONTENT_LENGTH);
    prop_assert_eq!(&headers, get.headers());
    if get.status() != StatusCode::METHOD_NOT_ALLOWED {
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        prop_assert_eq!(length, Some(get.body().len()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(times(6))]

    #[test]
    fn a_request_of_known_parts_has_a_sane_answer(sent in vec(structured(), 1..8)) {
        answers(&SampleWorld::new(Quirks::none()), &sent)?;
    }

    #[test]
    fn a_random_request_has_a_sane_answer(sent in vec(shapeless(), 1..8)) {
        answers(&SampleWorld::new(Quirks::none()), &sent)?;
    }
}

proptest! {
    #![proptest_config(times(1))]

    #[test]
    fn the_same_seed_and_requests_give_the_same_bytes(sent in vec(structured(), 1..8)) {
        let tell = || {
            let answers = answers(&SampleWorld::new(Quirks::none()), &sent)?;
            Ok::<_, TestCaseError>(answers.into_iter().map(|answer| format!("{answer:?}")).collect::<Vec<_>>())
        };
        prop_assert_eq!(tell()?, tell()?);
    }

    /// Quirks may be 500 pages, but nothing worse.
    #[test]
    fn a_request_with_quirks_has_a_sane_answer(sent in vec(structured(), 1..8)) {
        let world = SampleWorld::new(Quirks::all());
        for sent in sent {
            let Some(request) = sent.request(&world, &sent.method) else { continue };
            let method = request.method().clone();
            let answer = world.simulator.handle(request);
            if answer.status() == StatusCode::INTERNAL_SERVER_ERROR {
                prop_assert_eq!(&answer.headers()["content-type"], "text/html; charset=utf-8");
            } else {
                sane::check(&method, &answer)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(times(1))]

    /// Whatever has happened to it, with what the quirk of late deletes has left in it.
    #[test]
    fn a_loaded_world_answers_like_the_saved_world(
        before in vec(structured(), 1..12),
        after in vec(structured(), 1..12),
    ) {
        let world = SampleWorld::new(Quirks::none());
        let quirks = Quirks::none().with(Quirk::LateDeletes);
        world.simulator.set_quirks(quirks);
        let send = |simulator: &Simulator, sent: &[TestRequest]| -> Vec<String> {
            let requests = sent.iter().filter_map(|sent| sent.request(&world, &sent.method));
            requests.map(|request| format!("{:?}", simulator.handle(request))).collect()
        };
        send(&world.simulator, &before);
        let file = world.simulator.dump();
        let loaded = Simulator::builder().quirks(quirks).build();
        loaded.load(&file).map_err(|error| TestCaseError::fail(format!("{error}\n{file}")))?;
        prop_assert!(loaded.dump() == file, "{}", file);
        prop_assert_eq!(send(&loaded, &after), send(&world.simulator, &after));
        prop_assert!(loaded.dump() == world.simulator.dump());
    }
}

/// The values with which every endpoint has something to show.
fn real(template: &str) -> String {
    let known = [
        ("{version}", "v1.1"),
        ("{instance}", "nostromo"),
        ("{api_key}", "1"),
        ("{user}", "1"),
        ("{group}", "1"),
        ("{backend}", "facebook"),
        ("{class}", "log"),
        ("{object}", "3"),
        ("{admin}", "3"),
        ("{invitation}", "1"),
        ("{channel}", "news"),
        ("{change}", "1"),
    ];
    known.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, value))
}

#[test]
fn allow_lists_the_methods_that_some_caller_may_use_and_no_other() {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FOO"];
    let callers = [("account", None), ("stranger", None), ("api", Some("alice")), ("ignore_acl", None)];
    for endpoint in Simulator::endpoints().filter(|endpoint| endpoint.is_supported) {
        let path = real(endpoint.template);
        let (mut possible, mut claims) = (Vec::new(), Vec::new());
        for method in methods {
            let answers = callers.map(|(api, user)| {
                let world = SampleWorld::new(Quirks::none());
                let body = (method != "GET").then(|| json!({}));
                let who = As { api: Some(world.key(api)), user: user.map(|user| world.key(user)) };
                raw(&world.simulator, who, method, &path, body)
            });
            let may = |answer: &Response<Bytes>| !matches!(answer.status().as_u16(), 403 | 405);
            if answers.iter().any(may) {
                possible.push(method);
            }
            claims.extend(answers.iter().filter_map(|answer| answer.headers().get("allow").cloned()));
        }
        claims.dedup();
        assert_eq!(claims.len(), 1, "{path} says different things: {claims:?}");
        let claimed: Vec<&str> = claims[0].to_str().expect("a text").split(", ").collect();
        assert_eq!(claimed, possible, "{path}");
    }
}
