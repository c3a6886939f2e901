//! Requests that are made to be expensive cost no more than they weigh: no stack is used up, and no answer is out of
//! proportion.

use std::thread;

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Quirks;

use super::ask::{As, World, ask, raw};
use super::sane;

/// Far less than any thread has that serves requests.
const SMALL_STACK: usize = 256 * 1024;
/// As large as a body may be on a wire.
const LARGEST: usize = 10 * 1024 * 1024;

/// The answer to a request of the owner, made where there is little stack.
fn with_little_stack(request: impl FnOnce(&World) -> Request<Bytes> + Send + 'static) -> Response<Bytes> {
    let serve = move || {
        let world = World::new(Quirks::none());
        let request = request(&world);
        let method = request.method().clone();
        let answer = world.simulator.handle(request);
        sane::check(&method, &answer).expect("a sane answer");
        answer
    };
    let thread = thread::Builder::new().stack_size(SMALL_STACK).spawn(serve).expect("a thread");
    thread.join().expect("an answer")
}

/// Text that goes deep, with as much of it as a body may have.
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
fn a_body_may_be_as_large_as_can_be(#[case] piece: &'static str, #[case] content_type: &'static str) {
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
fn a_query_may_be_as_long_as_can_be(#[case] start: &'static str, #[case] piece: &'static str) {
    let answer = with_little_stack(move |world| {
        let query = format!("{start}{}", piece.repeat(60_000 / piece.len()));
        let request = Request::get(format!("/v1.1/instances/nostromo/users/?{query}"));
        request.header("X-API-KEY", world.key("account")).body(Bytes::new()).expect("a request")
    });
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_page_has_a_hundred_objects_whatever_is_asked_for() {
    let world = World::new(Quirks::none());
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
fn a_head_may_have_many_fields() {
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
    /// Whatever is taken in can be read where it is shown, at every depth: most readers of JSON stop at some.
    #[test]
    fn what_is_kept_can_be_read_again(depth in 1_usize..200, as_text: bool, in_account: bool) {
        let world = World::new(Quirks::none());
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
