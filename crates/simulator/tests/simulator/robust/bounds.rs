//! Expensive requests are bounded: they cannot overflow the stack, and their answers stay in
//! proportion.

use std::thread;

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Quirks;

use super::ask::{As, SampleWorld, ask, raw};
use super::sane;

/// Much less than the stack of any thread that serves requests.
const SMALL_STACK: usize = 256 * 1024;
/// Maximum size of a body on the wire.
const LARGEST: usize = 10 * 1024 * 1024;

/// Sends a request of the owner in a thread with a small stack.
fn with_little_stack(request: impl FnOnce(&SampleWorld) -> Request<Bytes> + Send + 'static) -> Response<Bytes> {
    let serve = move || {
        let world = SampleWorld::new(Quirks::none());
        let request = request(&world);
        let method = request.method().clone();
        let answer = world.simulator.handle(request);
        sane::check(&method, &answer).expect("a sane answer");
        answer
    };
    let thread = thread::Builder::new().stack_size(SMALL_STACK).spawn(serve).expect("a thread");
    thread.join().expect("an answer")
}

/// Repeats a text up to the maximum size of a body.
fn fill(piece: &str) -> String {
    piece.repeat(LARGEST / piece.len())
}

#[rstest]
#[case::lists("[", "application/json")]
#[case::objects("{\"a\":", "application/json")]
#[case::both("[{\"profile\":", "application/json")]
#[case::one_long_list("0,", "application/json")]
#[case::many_lists("[],", "application/json")]
#[case::literals("NaN,", "application/json")]
#[case::one_long_text("\"\\", "application/json")]
#[case::plain_text("[", "text/plain")]
#[case::a_form_of_nothing("&", "application/x-www-form-urlencoded")]
#[case::a_form_of_escapes("%41=%41&", "application/x-www-form-urlencoded")]
#[case::parts_without_end("\r\n--b", "multipart/form-data; boundary=b")]
#[case::parts_without_a_boundary("\r\n--", "multipart/form-data; boundary=")]
fn a_body_of_maximum_size_is_rejected(#[case] piece: &'static str, #[case] content_type: &'static str) {
    let answer = with_little_stack(move |world| {
        let request = Request::post("/v1.1/instances/nostromo/users/").header("Content-Type", content_type);
        let body = if content_type.ends_with("json") { format!("[{}", fill(piece)) } else { fill(piece) };
        request.header("X-API-KEY", world.key("account")).body(Bytes::from(body)).expect("a request")
    });
    assert_eq!(answer.status(), 400);
    assert!(answer.body().len() < 1000);
}

#[rstest]
#[case::fields("fields=", "id,")]
#[case::other_fields("excluded_fields=", "links,")]
#[case::parameters("", "a=b&")]
#[case::one_parameter_often("", "page_size=1&")]
#[case::a_number("page_size=", "9")]
#[case::a_prefix("username__startswith=", "a")]
#[case::a_query("query=", "[")]
#[case::escapes("fields=", "%5B")]
fn a_long_query_is_accepted(#[case] start: &'static str, #[case] piece: &'static str) {
    let answer = with_little_stack(move |world| {
        let query = format!("{start}{}", piece.repeat(60_000 / piece.len()));
        let request = Request::get(format!("/v1.1/instances/nostromo/users/?{query}"));
        request.header("X-API-KEY", world.key("account")).body(Bytes::new()).expect("a request")
    });
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_page_has_at_most_100_objects() {
    let world = SampleWorld::new(Quirks::none());
    let owner = As { api: Some(world.key("account")), user: None };
    let ask = |method, path: &str, body| {
        ask(&world.simulator, owner, method, &format!("/v1.1/instances/nostromo/{path}"), body)
    };
    for number in 0..120 {
        ask("POST", "users/", Some(json!({"username": format!("u{number}"), "password": "x"})));
    }
    for size in ["101", "1_000", "2147483648", "18446744073709551616", "99999999999999999999999999999999"] {
        let page = ask("GET", &format!("users/?page_size={size}"), None);
        assert_eq!((page.status, page.body["objects"].as_array().map(Vec::len)), (200, Some(100)), "{size}");
    }
}

#[test]
fn a_request_can_have_many_headers() {
    let answer = with_little_stack(|world| {
        let mut request = Request::get("/v1.1/instances/nostromo/users/").header("X-API-KEY", world.key("account"));
        for number in 0..20_000 {
            request = request.header(format!("x-field-{number}"), "value").header("accept", "*/*");
        }
        request.body(Bytes::new()).expect("a request")
    });
    assert_eq!(answer.status(), 200);
}

proptest! {
    /// Stored values are nested a few levels deeper in answers, and many JSON parsers have a limit.
    #[test]
    fn accepted_json_can_be_parsed_in_answers(depth in 1_usize..200, as_text: bool, in_account: bool) {
        let world = SampleWorld::new(Quirks::none());
        let owner = As { api: Some(world.key("account")), user: None };
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let body = if as_text { json!({"metadata": deep}).to_string() } else { format!("{{\"metadata\":{deep}}}") };
        let path = if in_account { "/v1.1/account/" } else { "/v1.1/instances/nostromo/" };
        let request = Request::patch(path).header("Content-Type", "application/json");
        let request = request.header("X-API-KEY", world.key("account")).body(Bytes::from(body)).expect("a request");
        sane::check(&http::Method::PATCH, &world.simulator.handle(request))?;
        for path in ["/v1.1/account/", "/v1.1/instances/", "/v1.1/instances/nostromo/"] {
            let answer = raw(&world.simulator, owner, "GET", path, None);
            prop_assert!(serde_json::from_slice::<Value>(answer.body()).is_ok(), "{}", path);
        }
    }
}
