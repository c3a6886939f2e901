//! The checks of what no API may do, which are part of every scenario: they judge the form of every
//! answer, not what it says.

use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, Method, Response, StatusCode};
use serde_json::Value;
use url::form_urlencoded;

use super::bindings::Bindings;
use super::exchange::Exchange;
use super::finding::Finding;
use super::judged::Judged;
use super::normalise::{Normaliser, Placeholders};
use super::relation::KEY_HEADERS;
use bytes::Bytes;
use syncano_suite::{Assertion, CheckId, Step, has_endpoint};

/// The names of keys in a query and in a body.
const KEY_MEMBERS: [&str; 6] = ["api_key", "apikey", "user_key", "userkey", "_api_key", "_user_key"];

/// The answers so far that no API may give.
#[derive(Default)]
pub struct Sanity {
    /// Those of the wrong form, and those with headers that make them public.
    answers: Vec<String>,
    headers: Vec<String>,
    /// Whether any step was answered.
    is_answered: bool,
    /// Why an answer was not judged completely.
    not_judged: Option<String>,
}

impl Sanity {
    /// Judges the answer to a step.
    pub fn judge(&mut self, step: &Step, exchange: &Exchange, bindings: &Bindings) {
        self.is_answered = true;
        if let Some(why) = &exchange.too_large {
            self.not_judged.get_or_insert_with(|| format!("the step {:?}: {why}", step.name));
        }
        let found = (wrong_form(step, exchange), public_headers(exchange));
        if found.0.is_none() && found.1.is_empty() {
            return;
        }
        let request = &exchange.request;
        let path = Normaliser::new("", bindings, &mut Placeholders::default()).text(&request.uri().to_string());
        let status = exchange.response.status().as_u16();
        let asked = format!("{} {path} as {}: {status}: it", request.method(), step.principal);
        self.answers.extend(found.0.map(|what| format!("{asked} {what}")));
        self.headers.extend(found.1.into_iter().map(|what| format!("{asked} has {what}")));
    }

    /// Returns the verdict on the form of all answers together.
    pub fn answers(&self, id: CheckId) -> Judged {
        self.verdict(
            id,
            &self.answers,
            "no server error, no page where JSON is due, and the type that each answer says",
        )
    }

    /// Returns the verdict on the headers of all answers together.
    pub fn headers(&self, id: CheckId) -> Judged {
        self.verdict(id, &self.headers, "no header that makes an answer to a caller with a key public")
    }

    fn verdict(&self, id: CheckId, wrong: &[String], expected: &str) -> Judged {
        let finding = match wrong {
            [] if !self.is_answered => return Judged::untestable(id, "no step was answered"),
            [] => Finding::Holds,
            [first, more @ ..] => Finding::Broken {
                because: match more.len() {
                    0 => first.clone(),
                    more => format!("{first}, and {more} more"),
                },
                expected: expected.to_owned(),
                actual: wrong.join("\n"),
            },
        };
        Judged::new(id, finding).incomplete(self.not_judged.as_deref())
    }
}

/// Returns what is wrong with the form of an answer, if anything.
fn wrong_form(step: &Step, exchange: &Exchange) -> Option<String> {
    let Exchange { request, response, .. } = exchange;
    let states = |status: StatusCode| {
        step.checks.iter().any(|check| matches!(check.assertion, Assertion::Status(stated) if stated == status))
    };
    let status = response.status();
    if status.is_server_error() && !states(status) {
        return Some("is a server error".to_owned());
    }
    // The answer to HEAD says the type of a body that it does not have.
    if *request.method() == Method::HEAD || response.body().is_empty() || exchange.is_wrong() {
        return None;
    }
    let kind = media_type(response);
    let is_json = serde_json::from_slice::<Value>(response.body()).is_ok();
    match kind.as_str() {
        "application/json" if !is_json => Some("says that it is JSON, and is not".to_owned()),
        "application/json" => None,
        "text/html" if is_json => Some("says that it is HTML, and is JSON".to_owned()),
        _ if !is_json_due(exchange) => None,
        "text/html" => Some("is an HTML page where JSON is due".to_owned()),
        "" => Some("has no Content-Type".to_owned()),
        kind => Some(format!("says that it is {kind} where JSON is due")),
    }
}

/// Returns the media type that an answer says, in lower case and without parameters.
fn media_type(response: &Response<Bytes>) -> String {
    let said = response.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    said.and_then(|said| Some(said.split(';').next()?.trim().to_ascii_lowercase())).unwrap_or_default()
}

/// Returns whether the API answers in JSON: the path has an endpoint, and no template makes the
/// answer.
fn is_json_due(exchange: &Exchange) -> bool {
    let uri = exchange.request.uri();
    // Only some servers in front of the API take two slashes for one.
    has_endpoint(uri.path()) && !uri.path().contains("//") && !is_rendered(exchange)
}

/// Returns whether a template makes the answer to a request.
fn is_rendered(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let names = ["template_response", "template"];
    let mut members = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    members.any(|(name, _)| names.contains(&&*name))
        || ["x-template-response", "x-template"].iter().any(|name| request.headers().contains_key(*name))
        || request.uri().path().ends_with("/render/")
}

/// Returns the headers that make the answer to a caller with a key public.
fn public_headers(exchange: &Exchange) -> Vec<String> {
    if !carries_key(exchange) {
        return Vec::new();
    }
    let headers = exchange.response.headers();
    let values = |name: HeaderName| {
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
    };
    let is_public = |directive: &str| {
        let name = directive.split('=').next().unwrap_or_default().trim();
        name == "public" || name == "s-maxage"
    };
    let shared = values(CACHE_CONTROL).filter(|value| value.split(',').any(is_public));
    let mut found = shared.map(|value| format!("Cache-Control: {value}")).collect::<Vec<_>>();
    // The value of a cookie may be a secret.
    found.extend(values(SET_COOKIE).next().map(|_| "Set-Cookie".to_owned()));
    found
        .extend(values(ACCESS_CONTROL_ALLOW_CREDENTIALS).next().map(|_| "Access-Control-Allow-Credentials".to_owned()));
    found
}

/// Returns whether a request carries a key, valid or not.
fn carries_key(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let in_headers = KEY_HEADERS.iter().any(|name| request.headers().contains_key(*name));
    let in_query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        .any(|(name, _)| KEY_MEMBERS.contains(&name.as_ref()));
    let body = String::from_utf8_lossy(request.body());
    in_headers
        || request.headers().contains_key(AUTHORIZATION)
        || in_query
        || KEY_MEMBERS.iter().any(|name| body.contains(name))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::testing::{alice, answer, scenario, to_bob};
    use super::*;
    use crate::judge::Verdict;

    /// Judges an answer as the answer to the first step of a scenario.
    fn judged(checks: &str, exchange: &Exchange) -> [Judged; 2] {
        let scenario = scenario(&format!("  - {{name: one, as: bob, send: GET /users/, checks: [{checks}]}}\n"));
        let mut sanity = Sanity::default();
        sanity.judge(&scenario.steps[0], exchange, &alice());
        let id = || CheckId::try_from("a/check".to_owned()).unwrap();
        [sanity.answers(id()), sanity.headers(id())]
    }

    fn because(judged: &Judged) -> Option<&str> {
        assert_eq!(judged.verdict() == Verdict::Pass, judged.because().is_none());
        judged.because()
    }

    fn with(mut exchange: Exchange, name: HeaderName, value: &'static str) -> Exchange {
        exchange.response.headers_mut().insert(name, HeaderValue::from_static(value));
        exchange
    }

    #[test]
    fn an_answer_matches_its_content_type() {
        let asked = "GET /v1.1/instances/<instance.name>/users/ as bob: 200: it";
        let of = |kind, body: &str| {
            let [answers, _] = judged("", &with(answer(200, body.to_owned()), CONTENT_TYPE, kind));
            because(&answers).map(str::to_owned)
        };
        assert_eq!(of("application/json", "{}"), None);
        assert_eq!(of("application/json", ""), None);
        assert_eq!(
            of("text/plain", r#""it is a text""#),
            Some(format!("{asked} says that it is text/plain where JSON is due"))
        );
        let [untyped, _] = judged("", &answer(200, "{}"));
        assert_eq!(because(&untyped), Some(format!("{asked} has no Content-Type").as_str()));
        assert_eq!(
            of("Application/JSON; charset=utf-8", "<p>"),
            Some(format!("{asked} says that it is JSON, and is not"))
        );
        assert_eq!(of("text/html; charset=utf-8", "{}"), Some(format!("{asked} says that it is HTML, and is JSON")));
        assert_eq!(of("text/html", "<p>"), Some(format!("{asked} is an HTML page where JSON is due")));
    }

    #[test]
    fn html_is_expected_for_an_unknown_path_and_for_a_template() {
        let paths =
            ["users", "users/?template_response=objects_csv", "users/?template=x", "snippets/templates/x/render/"];
        for path in paths.map(|path| format!("/v1.1/instances/ship/{path}")) {
            let mut exchange = with(answer(404, "<p>"), CONTENT_TYPE, "text/html");
            *exchange.request.uri_mut() = path.parse().unwrap();
            assert_eq!(because(&judged("", &exchange)[0]), None, "{path}");
        }
    }

    #[test]
    fn a_server_error_is_wrong_unless_the_step_expects_it() {
        let error = with(answer(500, "{}"), CONTENT_TYPE, "application/json");
        let [answers, _] = judged("", &error);
        let line = "GET /v1.1/instances/<instance.name>/users/ as bob: 500: it is a server error";
        assert_eq!(because(&answers), Some(line));
        assert_eq!(answers.evidence().unwrap().actual, line);
        assert_eq!(because(&judged("{id: a/error, status: 500}", &error)[0]), None);
        assert!(because(&judged("{id: a/error, status: 503}", &error)[0]).is_some());
    }

    #[test]
    fn an_answer_to_a_key_is_not_public() {
        for (name, value, found) in [
            (CACHE_CONTROL, "Public, max-age=60", Some("Cache-Control: public, max-age=60")),
            (CACHE_CONTROL, "max-age=0, s-maxage=60", Some("Cache-Control: max-age=0, s-maxage=60")),
            (CACHE_CONTROL, "private, max-age=60", None),
            (SET_COOKIE, "session=secret", Some("Set-Cookie")),
            (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true", Some("Access-Control-Allow-Credentials")),
        ] {
            let to_bob = std::sync::Arc::into_inner(to_bob("/users/", 200, "{}")).unwrap();
            let [_, headers] = judged("", &with(to_bob, name.clone(), value));
            let line =
                found.map(|found| format!("GET /v1.1/instances/<instance.name>/users/ as bob: 200: it has {found}"));
            assert_eq!(because(&headers), line.as_deref(), "{name}: {value}");
            let [_, headers] = judged("", &with(answer(200, "{}"), name, value));
            assert_eq!(because(&headers), None, "nobody in particular asked");
        }
    }

    #[test]
    fn a_key_may_be_in_the_query_or_the_body() {
        for (path, body) in [("/user/?apikey=1", ""), ("/user/", r#"{"_user_key": "1"}"#)] {
            let mut exchange = with(answer(200, "{}"), SET_COOKIE, "a=b");
            *exchange.request.uri_mut() = path.parse().unwrap();
            *exchange.request.body_mut() = Bytes::from(body);
            assert!(because(&judged("", &exchange)[1]).is_some(), "{path} {body}");
        }
    }

    #[test]
    fn a_step_without_an_answer_is_not_checked_for_sanity() {
        let id = CheckId::try_from("a/check".to_owned()).unwrap();
        assert_eq!(Sanity::default().answers(id).verdict(), Verdict::Untestable);
    }
}
