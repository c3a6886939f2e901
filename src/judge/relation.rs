//! Compares the answers to a replayed read with the first answer.
//!
//! The expected answer to a replay cannot be stated in advance, but it follows from the first
//! answer. A [`Relation`] states how.

use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::answer::Answer;
use super::excerpt::{COMPARED, excerpt};
use super::exchange::Exchange;
use super::finding::Finding;
use super::history::History;
use super::leak_check::{self, KnownWorld, Leak};
use super::naming::{listed, named};
use super::normalise::{Normaliser, pretty};
use syncano_suite::{Assertion, Name};

/// The headers with keys.
pub const KEY_HEADERS: [&str; 2] = ["x-api-key", "x-user-key"];

/// The required relation of later answers to the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation<'s> {
    /// The answers are equal, and no link to another page contains a key.
    Same,
    /// The bodies are equal.
    SameBody,
    /// The answers show nothing of this user, and nothing else that the caller must not see.
    NothingOf(&'s Name),
    /// The answers are rejections.
    Rejection,
    /// Together the answers contain every object of the first.
    Whole,
    /// The answers contain no object that the first lacks.
    NothingMore,
}

/// The state that the answers to a read are compared in.
pub struct Comparison<'a> {
    /// The known state of the world when the read was sent.
    pub known: KnownWorld<'a>,
    /// The previous answers.
    pub history: &'a History,
}

impl Comparison<'_> {
    /// Judges the answers to a replayed read by the first one.
    pub fn judge(&self, relation: Relation<'_>, first: &Arc<Exchange>, again: &[Arc<Exchange>]) -> Finding {
        let wrong = iter::once(first).chain(again).find(|exchange| exchange.is_wrong());
        if let Some(finding) = wrong.and_then(|exchange| self.answer(exchange).wrong()) {
            return finding;
        }
        match relation {
            Relation::Same => every(again, |second| self.same(first, second)),
            Relation::SameBody => every(again, |second| self.same_body(first, second)),
            Relation::NothingOf(user) => every(again, |second| self.nothing_of(user, second)),
            Relation::Rejection => every(again, |second| self.rejection(second)),
            Relation::Whole => self.whole(first, again),
            Relation::NothingMore => every(again, |second| self.nothing_more(first, second)),
        }
    }

    fn same(&self, first: &Arc<Exchange>, second: &Exchange) -> Finding {
        // The placeholders of both answers, so that a different key in the second has a different
        // placeholder.
        let expected = self.answer(first);
        let history = self.after(first);
        let actual = Answer::new(second, self.known.bindings, &history);
        if let Some(link) = ["next", "prev"].into_iter().find(|link| holds_a_key(link, first, second)) {
            actual.beside(&format!("`{link}` holds a key"), "no key in a link")
        } else if actual.snapshot() == expected.snapshot() {
            Finding::Holds
        } else {
            actual.compared("the answer differs from the first", expected.snapshot(), actual.snapshot())
        }
    }

    fn same_body(&self, first: &Arc<Exchange>, second: &Exchange) -> Finding {
        let mut placeholders = self.history.placeholders(self.known.bindings);
        let mut shown = |exchange: &Exchange| {
            let body = serde_json::from_slice::<Value>(exchange.response.body()).unwrap_or_default();
            pretty(&Normaliser::from_exchange(exchange, self.known.bindings, &mut placeholders).body(&body))
        };
        let (expected, actual) = (shown(first), shown(second));
        if actual == expected {
            Finding::Holds
        } else {
            self.answer(second).compared("the body differs from the first", &expected, &actual)
        }
    }

    fn nothing_of(&self, user: &Name, second: &Exchange) -> Finding {
        let answer = self.answer(second);
        let Exchange { request, response, .. } = second;
        let leaks = leak_check::leaks(&self.known, request, response);
        if !leaks.is_empty() {
            return leaked(&answer, &leaks, &format!("nothing of {user}"));
        }
        let hidden = shows_users(request.uri().path()) && leak_check::hides(user, &self.known, request, response);
        match format!("{user}.id").parse() {
            Ok(id) if hidden => answer.evaluate(&Assertion::Absent(vec![id])),
            _ => Finding::Holds,
        }
    }

    fn rejection(&self, second: &Exchange) -> Finding {
        let status = second.response.status();
        if status.is_client_error() {
            return Finding::Holds;
        }
        let answer = self.answer(second);
        answer.wrong_status(
            format!("the status is {}, which is not a rejection", status.as_u16()),
            "a rejection".to_owned(),
        )
    }

    fn whole(&self, first: &Arc<Exchange>, pages: &[Arc<Exchange>]) -> Finding {
        let is_list = |exchange: &&Arc<Exchange>| identities(&exchange.response).is_some();
        let not_a_list = iter::once(first).chain(pages).find(|exchange| !is_list(exchange));
        let shown = pages.iter().filter_map(|page| identities(&page.response)).flatten().collect::<BTreeSet<_>>();
        let first_answer = self.answer(first);
        let lacking = names_of_objects(&first_answer, |identity| identity.is_some_and(|one| !shown.contains(one)));
        if not_a_list.is_none() && lacking.is_empty() {
            return Finding::Holds;
        }
        let mut history = self.after(first);
        let mut actual = Vec::new();
        for page in pages {
            let page_shown = Answer::new(page, self.known.bindings, &history);
            actual.push(excerpt(page_shown.snapshot(), COMPARED, self.known.bindings));
            history.add(page, None, self.known.bindings);
        }
        let (wrong, because) = match not_a_list {
            Some(wrong) => (wrong, format!("the answer is not a list; it {}", self.answer(wrong).in_brief())),
            None => (
                pages.last().unwrap_or(first),
                format!("the list lacks {}, which the first answer shows", listed(&lacking)),
            ),
        };
        self.answer(wrong).compared(&because, first_answer.snapshot(), &actual.join("\n\n"))
    }

    fn nothing_more(&self, first: &Arc<Exchange>, second: &Exchange) -> Finding {
        let leaks = leak_check::leaks(&self.known, &second.request, &second.response);
        if !leaks.is_empty() {
            return leaked(&self.answer(second), &leaks, "nothing of others");
        }
        let known = objects(&first.response).unwrap_or_default().into_iter().collect::<BTreeSet<_>>();
        let history = self.after(first);
        let actual = Answer::new(second, self.known.bindings, &history);
        // Objects can lack the members that tell them apart.
        let is_more = |identity: Option<&str>| identity.is_some() && !known.contains(&identity.map(str::to_owned));
        let more = names_of_objects(&actual, is_more);
        if more.is_empty() {
            return Finding::Holds;
        }
        let because = format!("the list also holds {}, which the whole list lacks", listed(&more));
        actual.compared(&because, self.answer(first).snapshot(), actual.snapshot())
    }

    fn after(&self, first: &Arc<Exchange>) -> History {
        let mut history = self.history.clone();
        history.add(first, None, self.known.bindings);
        history
    }

    fn answer<'e>(&'e self, exchange: &'e Exchange) -> Answer<'e> {
        Answer::new(exchange, self.known.bindings, self.history)
    }
}

/// Returns the finding on an answer with leaks, which shows each with the members beside it.
fn leaked(answer: &Answer<'_>, leaks: &[Leak], expected: &str) -> Finding {
    let words = leaks.iter().map(|leak| leak.words.clone()).collect::<Vec<_>>();
    let lines = leaks.iter().map(Leak::lines).collect::<Vec<_>>();
    answer.found(&listed(&words), expected, &lines.join("\n"))
}

/// Returns the finding on the first answer that breaks the relation.
fn every(again: &[Arc<Exchange>], judge: impl Fn(&Exchange) -> Finding) -> Finding {
    again.iter().map(|exchange| judge(exchange)).find(|finding| *finding != Finding::Holds).unwrap_or(Finding::Holds)
}

/// Returns the number of objects of a list that are on none of the pages; `None` if the list or a
/// page is not a list.
pub fn lacking<'r>(list: &Response<Bytes>, pages: impl IntoIterator<Item = &'r Response<Bytes>>) -> Option<usize> {
    let mut lacking = identities(list)?;
    for page in pages {
        let there = identities(page)?;
        lacking.retain(|identity| !there.contains(identity));
    }
    Some(lacking.len())
}

/// Returns the identities of the objects in a list: the `id`, that of the other end of a
/// membership, or the name of a class. Returns `None` if the answer is not a list, or an object has
/// none of these.
fn identities(response: &Response<Bytes>) -> Option<BTreeSet<String>> {
    objects(response)?.into_iter().collect()
}

/// Returns the identity of each object in a list, or `None` for an object that has none. Returns
/// `None` if the answer is not a list.
fn objects(response: &Response<Bytes>) -> Option<Vec<Option<String>>> {
    let body = serde_json::from_slice::<Value>(response.body()).ok().filter(|_| response.status().is_success())?;
    Some(body.get("objects")?.as_array()?.iter().map(|object| identity(object).map(Value::to_string)).collect())
}

/// Returns the value that tells an object from others.
fn identity(object: &Value) -> Option<&Value> {
    ["/id", "/user/id", "/group/id", "/name"].iter().find_map(|at| object.pointer(at))
}

/// Returns the names of the objects of a list whose identities satisfy `is_named`.
fn names_of_objects(answer: &Answer<'_>, is_named: impl Fn(Option<&str>) -> bool) -> Vec<String> {
    let objects = objects(&answer.exchange.response).unwrap_or_default();
    let indices = (0..objects.len()).filter(|index| is_named(objects.get(*index).and_then(Option::as_deref)));
    let indices = indices.collect::<Vec<_>>();
    if indices.is_empty() {
        return Vec::new();
    }
    let shown = answer.shown().body.as_ref().and_then(|body| body.get("objects"));
    let name = |index| match shown.and_then(|shown| shown.get(index)) {
        Some(object) => named(identity(object).unwrap_or(object), answer.bindings),
        None => "an object".to_owned(),
    };
    indices.into_iter().map(name).collect()
}

/// Returns the instance in a path, and the segments below it: `NAME`, and `users` and `7`, for
/// `/v1.1/instances/NAME/users/7/`.
pub fn inside(path: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let name = parts.by_ref().skip_while(|part| *part != "instances").nth(1)?;
    Some((name, parts.collect()))
}

/// Returns whether an endpoint shows users, or is about a user.
fn shows_users(path: &str) -> bool {
    inside(path)
        .is_some_and(|(_, below)| matches!(below.as_slice(), ["user" | "users", ..] | ["groups", _, "users", ..]))
}

/// Returns whether a link of an answer contains a key that the first request carried in a header.
fn holds_a_key(link: &str, first: &Exchange, second: &Exchange) -> bool {
    let body = serde_json::from_slice::<Value>(second.response.body()).unwrap_or_default();
    let link = body.get(link).and_then(Value::as_str).unwrap_or_default();
    let keys = KEY_HEADERS.iter().filter_map(|name| first.request.headers().get(*name)?.to_str().ok());
    keys.into_iter().any(|key| link.contains(key))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::leak_check::Changed;
    use crate::judge::testing::{API_KEY, BOBS_KEY, answer, to_bob, with_bob};
    use syncano_suite::Given;

    const STRANGE: &str = "6666666666666666666666666666666666666660";
    const OTHER: &str = "7777777777777777777777777777777777777770";

    /// Judges a relation between answers to bob; returns `holds`, or the reason.
    fn related(relation: Relation<'_>, first: &Arc<Exchange>, again: &[Arc<Exchange>]) -> String {
        let (given, bindings, history) = (Given::default(), with_bob(), History::default());
        let known = KnownWorld { given: &given, bindings: &bindings, changed: Changed::default() };
        match (Comparison { known, history: &history }).judge(relation, first, again) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => format!("unjudged: {why}"),
        }
    }

    #[rstest]
    #[case::the_same(200, r#"{"user_key": "KEY"}"#, "holds", "holds")]
    #[case::another_key(
        200,
        r#"{"user_key": "OTHER"}"#,
        "200: the answer differs from the first",
        "200: the body differs from the first"
    )]
    #[case::another_status(201, r#"{"user_key": "KEY"}"#, "201: the answer differs from the first", "holds")]
    #[case::a_link_with_a_user_key(
        200,
        r#"{"next": "/?user_key=BOB"}"#,
        "200: `next` holds a key",
        "200: the body differs from the first"
    )]
    #[case::a_link_with_an_api_key(
        200,
        r#"{"prev": "/?api_key=API"}"#,
        "200: `prev` holds a key",
        "200: the body differs from the first"
    )]
    #[case::a_link_with_a_key_of_another_user(
        200,
        r#"{"prev": "/?api_key=KEY"}"#,
        "200: the answer differs from the first",
        "200: the body differs from the first"
    )]
    fn equal_answers_are_compared_with_references(
        #[case] status: u16,
        #[case] body: &str,
        #[case] same: &str,
        #[case] same_body: &str,
    ) {
        let body =
            body.replace("KEY", STRANGE).replace("OTHER", OTHER).replace("BOB", BOBS_KEY).replace("API", API_KEY);
        let first = to_bob("/users/", 200, &json!({"user_key": STRANGE}).to_string());
        let again = [Arc::clone(&first), to_bob("/users/", status, &body)];
        assert_eq!(related(Relation::Same, &first, &again), same);
        assert_eq!(related(Relation::SameBody, &first, &again), same_body);
    }

    #[rstest]
    #[case::nothing("/users/", "{}", "holds")]
    #[case::the_name("/users/", r#"{"label": "ann-4711"}"#, "200: alice.username is at $.label")]
    #[case::the_id_where_users_are_shown("/groups/7/users/", r#"{"user": {"id": 7}}"#, "200: alice.id is at $.user.id")]
    #[case::the_id_at_the_user("/user/", r#"{"id": 7}"#, "200: alice.id is at $.id")]
    #[case::the_number_of_a_group("/groups/7/", r#"{"id": 7}"#, "holds")]
    #[case::the_owner_of_an_object("/classes/post/objects/", r#"{"owner": 7}"#, "holds")]
    fn the_values_of_a_user_are_hidden_from_another_user(
        #[case] path: &str,
        #[case] body: &str,
        #[case] expected: &str,
    ) {
        let alice = "alice".parse().unwrap();
        let again = [to_bob(path, 200, body)];
        assert_eq!(related(Relation::NothingOf(&alice), &again[0], &again), expected);
    }

    #[rstest]
    #[case(400, "holds")]
    #[case(404, "holds")]
    #[case(200, "the status is 200, which is not a rejection")]
    #[case(500, "the status is 500, which is not a rejection")]
    fn a_rejection_is_a_client_error(#[case] status: u16, #[case] expected: &str) {
        let first = to_bob("/users/", 200, "{}");
        let again = [to_bob("/users/", 403, ""), to_bob("/users/", status, "")];
        assert_eq!(related(Relation::Rejection, &first, &again), expected);
    }

    #[test]
    fn a_whole_list_contains_the_objects_of_a_page() {
        let list = |ids: &[i64]| {
            let objects = ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
            to_bob("/users/", 200, &json!({"objects": objects}).to_string())
        };
        let whole = |again: &[Arc<Exchange>]| related(Relation::Whole, &list(&[1, 2, 3]), again);
        assert_eq!(whole(&[list(&[3, 4]), list(&[2, 1])]), "holds");
        assert_eq!(
            whole(&[list(&[3, 4]), list(&[5])]),
            "200: the list lacks <user-1.id> and <user-2.id>, which the first answer shows"
        );
        assert_eq!(whole(&[to_bob("/users/", 200, "{}")]), "200: the answer is not a list; it is `{}`");
    }

    #[test]
    fn no_relation_holds_for_a_redirected_answer() {
        let right = to_bob("/users/", 403, "");
        let astray = Exchange { astray: Some("elsewhere.example".to_owned()), ..answer(403, "") };
        let astray = Arc::new(astray);
        let because = format!("403: {}", Exchange::leads_astray("elsewhere.example"));
        assert_eq!(related(Relation::Rejection, &right, &[Arc::clone(&right), Arc::clone(&astray)]), because);
        assert_eq!(related(Relation::Rejection, &astray, &[right]), because);
    }

    fn list(body: &'static str) -> Response<Bytes> {
        Response::new(Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn objects_of_a_list_are_searched_on_all_pages() {
        let shown = list(r#"{"objects": [{"user": {"id": 2}}, {"id": 3}, {"name": "post"}]}"#);
        let (first, second) = (list(r#"{"objects": [{"id": 3}, {"id": 1}]}"#), list(r#"{"objects": [{"id": 2}]}"#));
        assert_eq!(lacking(&shown, []), Some(3));
        assert_eq!(lacking(&shown, [&first]), Some(2));
        assert_eq!(lacking(&shown, [&first, &second]), Some(1));
    }

    #[test]
    fn answers_without_readable_objects_cannot_be_compared() {
        let shown = list(r#"{"objects": [{"id": 3}]}"#);
        assert_eq!(lacking(&list(r#"{"id": 3}"#), []), None);
        assert_eq!(lacking(&list(r#"{"objects": [{"username": "ann"}]}"#), []), None);
        assert_eq!(lacking(&shown, [&list("<h1>Not Found</h1>")]), None);
    }

    #[test]
    fn a_path_names_its_instance() {
        assert_eq!(inside("/v1.1/instances/ship/users/7/"), Some(("ship", vec!["users", "7"])));
        assert_eq!(inside("/v1/instances/instances/"), Some(("instances", Vec::new())));
        assert_eq!(inside("/v1.1/instances/"), None);
        assert_eq!(inside("/v1.1/account/"), None);
    }
}
