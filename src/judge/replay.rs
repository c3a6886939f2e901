//! What answers have to do with each other.
//!
//! What a read shows when it is asked for in another way cannot be stated once and for all; but from what it showed at first
//! follows what it may show now. That is compared here: a [`Relation`] between the first answer and the later ones.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::Exchange;
use super::bindings::Bindings;
use super::canary::{self, Changed};
use super::evaluate::{Answer, Finding, broken};
use super::excerpt::{COMPARED, excerpt};
use super::normalise::{Fresh, Normaliser, pretty};
use super::past::Past;
use super::verdict::Judged;
use crate::scenario::file::CheckId;
use crate::scenario::{Assertion, Given, Name, Scenario, Step};

/// The headers that keys travel in.
pub const KEY_HEADERS: [&str; 2] = ["x-api-key", "x-user-key"];

/// A way to ask again for what a scenario has read. All reads of a scenario that are asked for in one way are one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The same request once more.
    Twice,
    /// With the keys in the query instead of the headers.
    InTheQuery,
    /// With the key of another user of the same instance.
    AsAnotherUser,
    /// With the user key that a reset has ended.
    WithTheOldKey,
    /// At the path of another instance, with its API key and with the own one.
    FromAnotherInstance,
    /// As the administrator, who sees all.
    AsTheAdministrator,
}

impl Way {
    /// All of them, in the order in which they are asked and reported.
    pub const ALL: [Way; 6] = [
        Way::Twice,
        Way::InTheQuery,
        Way::AsAnotherUser,
        Way::WithTheOldKey,
        Way::FromAnotherInstance,
        Way::AsTheAdministrator,
    ];

    /// The last word of the check's id.
    pub fn name(self) -> &'static str {
        match self {
            Way::Twice => "twice",
            Way::InTheQuery => "in-the-query",
            Way::AsAnotherUser => "as-another-user",
            Way::WithTheOldKey => "with-the-old-key",
            Way::FromAnotherInstance => "from-another-instance",
            Way::AsTheAdministrator => "as-the-administrator",
        }
    }

    /// The check of this way in a scenario.
    pub fn check(self, scenario: &Scenario) -> CheckId {
        CheckId::replay(&scenario.name, self.name())
    }
}

/// What the answers to a read have to be to the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation<'s> {
    /// The same, and no link to another page holds a key.
    Same,
    /// Their bodies are the same.
    SameBody,
    /// They show nothing of this user, nor anything else that is not for whoever asks.
    NothingOf(&'s Name),
    /// They are refusals.
    Refusal,
    /// Together they hold every object of the first.
    Whole,
}

/// A read that was asked for again.
#[derive(Debug)]
pub struct Replay<'s> {
    /// How, in words that follow `asked`: `as bob`.
    pub how: String,
    /// What has to be true of the answers.
    pub relation: Relation<'s>,
    /// One answer, or the pages of a list; or why none came.
    pub again: Result<Vec<Arc<Exchange>>, String>,
    /// The request as a line for the shell.
    pub line: String,
}

/// What is known of the scenario when a read is asked for again.
pub struct Known<'a> {
    /// Its world.
    pub given: &'a Given,
    /// The values as they stood when the read was sent.
    pub bindings: &'a Bindings,
    /// What the steps before have changed.
    pub changed: Changed,
    /// What was answered before.
    pub past: &'a Past,
}

/// What came of all replays of a scenario, by way. Of a way that is not in it no read was asked for again.
#[derive(Default)]
pub struct Replays(BTreeMap<Way, Came>);

/// What came of the replays in one way.
#[derive(Default)]
struct Came {
    trouble: Vec<Trouble>,
    /// Why attempts at them were not enough.
    retries: Vec<String>,
}

/// A relation that did not hold or could not be judged, and the request.
struct Trouble {
    finding: Finding,
    line: String,
}

impl Replays {
    /// Judges the replays of one read in one way. None at all says that it showed nothing that could be compared.
    pub fn add(&mut self, way: Way, step: &Step, first: &Arc<Exchange>, replays: &[Replay<'_>], known: &Known<'_>) {
        let Came { trouble, retries } = self.0.entry(way).or_default();
        for replay in replays {
            let finding = match &replay.again {
                Ok(again) => {
                    retries.extend(again.iter().flat_map(|exchange| exchange.retries.iter().cloned()));
                    known.judge(replay.relation, first, again)
                }
                Err(why) => Finding::Unjudged(why.clone()),
            };
            let asked = || {
                let path = first.request.uri().to_string();
                let path = Normaliser::new("", known.bindings, &mut Fresh::default()).text(&path);
                format!("GET {path} as {}, asked {}", step.principal, replay.how)
            };
            let finding = match finding {
                Finding::Holds => continue,
                Finding::Broken { because, expected, actual } => {
                    Finding::Broken { because: format!("{}: {because}", asked()), expected, actual }
                }
                Finding::Unjudged(why) => Finding::Unjudged(format!("{}: {why}", asked())),
            };
            trouble.push(Trouble { finding, line: replay.line.clone() });
        }
    }

    /// Notes that nothing can be asked for in this way, and why.
    pub fn closed(&mut self, way: Way, why: &str) {
        let finding = Finding::Unjudged(why.to_owned());
        self.0.entry(way).or_default().trouble.push(Trouble { finding, line: String::new() });
    }

    /// The verdict on a way. One relation that is broken outweighs all that could not be judged.
    pub fn verdict(&self, way: Way, id: CheckId) -> Judged {
        let Some(Came { trouble, retries }) = self.0.get(&way) else {
            return Judged::skip(id, "nothing that it reads could be asked for again in this way");
        };
        let is_broken = |trouble: &&Trouble| matches!(trouble.finding, Finding::Broken { .. });
        let Some(worst) = trouble.iter().find(is_broken).or(trouble.first()) else {
            return Judged::of(id, Finding::Holds).after(retries);
        };
        let more = match trouble.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let judged = Judged::of(id, worst.finding.clone());
        let because = judged.because.map(|because| because + &more);
        Judged { because, request: Some(worst.line.clone()), ..judged }
    }
}

impl Known<'_> {
    fn judge(&self, relation: Relation<'_>, first: &Arc<Exchange>, again: &[Arc<Exchange>]) -> Finding {
        let wrong = iter::once(first).chain(again).find(|exchange| exchange.is_wrong());
        if let Some(finding) = wrong.and_then(|exchange| self.answer(exchange).wrong()) {
            return finding;
        }
        match relation {
            Relation::Same => every(again, |second| self.same(first, second)),
            Relation::SameBody => every(again, |second| self.same_body(first, second)),
            Relation::NothingOf(user) => every(again, |second| self.nothing_of(user, second)),
            Relation::Refusal => every(again, |second| self.refusal(second)),
            Relation::Whole => self.whole(first, again),
        }
    }

    fn same(&self, first: &Arc<Exchange>, second: &Exchange) -> Finding {
        // Numbered together, so that another key in the second answer has another number.
        let expected = self.answer(first);
        let past = self.after(first);
        let actual = Answer::new(second, self.bindings, &past);
        if let Some(link) = ["next", "prev"].into_iter().find(|link| holds_a_key(link, first, second)) {
            actual.beside(format!("`{link}` holds a key"), "no key in a link")
        } else if actual.snapshot() == expected.snapshot() {
            Finding::Holds
        } else {
            broken(self.bindings, "the answer is another", expected.snapshot(), actual.snapshot())
        }
    }

    fn same_body(&self, first: &Arc<Exchange>, second: &Exchange) -> Finding {
        let mut fresh = self.past.numbers(self.bindings);
        let mut shown = |exchange: &Exchange| {
            let body = serde_json::from_slice::<Value>(exchange.response.body()).unwrap_or_default();
            pretty(&Normaliser::of(exchange, self.bindings, &mut fresh).body(&body))
        };
        let (expected, actual) = (shown(first), shown(second));
        if actual == expected {
            Finding::Holds
        } else {
            broken(self.bindings, "the body is another", &expected, &actual)
        }
    }

    fn nothing_of(&self, user: &Name, second: &Exchange) -> Finding {
        let answer = self.answer(second);
        let Exchange { request, response, .. } = second;
        let leaks = canary::leaks(self.given, self.bindings, self.changed, request, response);
        if !leaks.is_empty() {
            return answer.beside(format!("it shows {}", leaks.join(", ")), format!("nothing of {user}"));
        }
        let hidden = shows_users(request.uri().path())
            && canary::hides(user, self.given, self.bindings, self.changed, request, response);
        match format!("{user}.id").parse() {
            Ok(id) if hidden => answer.evaluate(&Assertion::Absent(vec![id])),
            _ => Finding::Holds,
        }
    }

    fn refusal(&self, second: &Exchange) -> Finding {
        let status = second.response.status();
        if status.is_client_error() {
            return Finding::Holds;
        }
        let answer = self.answer(second);
        answer.beside(format!("the status is {}, which is no refusal", status.as_u16()), "a refusal")
    }

    fn whole(&self, first: &Arc<Exchange>, pages: &[Arc<Exchange>]) -> Finding {
        let lacking = lacking(&first.response, pages.iter().map(|page| &page.response));
        if lacking == Some(0) {
            return Finding::Holds;
        }
        let expected = self.answer(first).snapshot().to_owned();
        let mut past = self.after(first);
        let mut actual = Vec::new();
        for page in pages {
            let page_shown = Answer::new(page, self.bindings, &past);
            actual.push(excerpt(page_shown.snapshot(), COMPARED, self.bindings));
            past.add(page, None, self.bindings);
        }
        let because = match lacking {
            Some(lacking) => format!("the list lacks {lacking} of what was shown"),
            None => "the answer is no list".to_owned(),
        };
        broken(self.bindings, because, &expected, &actual.join("\n\n"))
    }

    fn after(&self, first: &Arc<Exchange>) -> Past {
        let mut past = self.past.clone();
        past.add(first, None, self.bindings);
        past
    }

    fn answer<'e>(&'e self, exchange: &'e Exchange) -> Answer<'e> {
        Answer::new(exchange, self.bindings, self.past)
    }
}

/// The first answer that is not as it should be decides.
fn every(again: &[Arc<Exchange>], judge: impl Fn(&Exchange) -> Finding) -> Finding {
    again.iter().map(|exchange| judge(exchange)).find(|finding| *finding != Finding::Holds).unwrap_or(Finding::Holds)
}

/// How many objects of a list are in none of the pages; nothing where the list or a page is none.
pub fn lacking<'r>(list: &Response<Bytes>, pages: impl IntoIterator<Item = &'r Response<Bytes>>) -> Option<usize> {
    let mut lacking = identities(list)?;
    for page in pages {
        let there = identities(page)?;
        lacking.retain(|identity| !there.contains(identity));
    }
    Some(lacking.len())
}

/// What the objects of a list are known by: an `id`, that of the other end of a membership, or the name of a class. Nothing
/// where the answer is no list, or an object has none of these.
fn identities(response: &Response<Bytes>) -> Option<BTreeSet<String>> {
    let body = serde_json::from_slice::<Value>(response.body()).ok().filter(|_| response.status().is_success())?;
    let identity = |object: &Value| {
        let known_by = ["/id", "/user/id", "/group/id", "/name"].iter().find_map(|at| object.pointer(at));
        known_by.map(Value::to_string)
    };
    body.get("objects")?.as_array()?.iter().map(identity).collect()
}

/// The instance that a path is in, and the parts of the path below it: `/v1.1/instances/NAME/users/7/` is `users` and `7` in
/// `NAME`.
pub fn inside(path: &str) -> Option<(&str, Vec<&str>)> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let name = parts.by_ref().skip_while(|part| *part != "instances").nth(1)?;
    Some((name, parts.collect()))
}

/// Whether users are what an endpoint shows, or whom it is about.
fn shows_users(path: &str) -> bool {
    inside(path)
        .is_some_and(|(_, below)| matches!(below.as_slice(), ["user" | "users", ..] | ["groups", _, "users", ..]))
}

/// Whether a link of an answer holds a key that the first request carried in a header.
fn holds_a_key(link: &str, first: &Exchange, second: &Exchange) -> bool {
    let body = serde_json::from_slice::<Value>(second.response.body()).unwrap_or_default();
    let link = body.get(link).and_then(Value::as_str).unwrap_or_default();
    let keys = KEY_HEADERS.iter().filter_map(|name| first.request.headers().get(*name)?.to_str().ok());
    keys.into_iter().any(|key| link.contains(key))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::Verdict;
    use crate::judge::bindings::Kind;
    use crate::judge::tests::{alice, answer, scenario};

    const API_KEY: &str = "4444444444444444444444444444444444444441";
    const BOBS_KEY: &str = "5555555555555555555555555555555555555550";
    const STRANGE: &str = "6666666666666666666666666666666666666660";
    const OTHER: &str = "7777777777777777777777777777777777777770";

    fn world() -> Bindings {
        let mut bindings = alice();
        bindings.bind("api.key", json!(API_KEY), Kind::Key);
        bindings.bind("bob.user_key", json!(BOBS_KEY), Kind::Key);
        bindings
    }

    /// An answer to bob, who reads at a path of the instance.
    fn to_bob(path: &str, status: u16, body: &str) -> Arc<Exchange> {
        let mut exchange = answer(status, body.to_owned());
        *exchange.request.uri_mut() = format!("/v1.1/instances/ship{path}").parse().unwrap();
        for (name, key) in KEY_HEADERS.into_iter().zip([API_KEY, BOBS_KEY]) {
            exchange.request.headers_mut().insert(name, HeaderValue::from_static(key));
        }
        Arc::new(exchange)
    }

    /// Whether a relation holds between answers to bob; `holds`, or why not.
    fn related(relation: Relation<'_>, first: &Arc<Exchange>, again: &[Arc<Exchange>]) -> String {
        let (given, bindings, past) = (Given::default(), world(), Past::default());
        let known = Known { given: &given, bindings: &bindings, changed: Changed::default(), past: &past };
        match known.judge(relation, first, again) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => format!("unjudged: {why}"),
        }
    }

    #[rstest]
    #[case::the_same(200, r#"{"user_key": "KEY"}"#, "holds", "holds")]
    #[case::another_key(200, r#"{"user_key": "OTHER"}"#, "the answer is another", "the body is another")]
    #[case::another_status(201, r#"{"user_key": "KEY"}"#, "the answer is another", "holds")]
    #[case::a_link_with_a_user_key(200, r#"{"next": "/?user_key=BOB"}"#, "`next` holds a key", "the body is another")]
    #[case::a_link_with_an_api_key(200, r#"{"prev": "/?api_key=API"}"#, "`prev` holds a key", "the body is another")]
    #[case::a_link_with_somebody_elses(
        200,
        r#"{"prev": "/?api_key=KEY"}"#,
        "the answer is another",
        "the body is another"
    )]
    fn the_same_is_the_same_in_names(
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
    #[case::the_name("/users/", r#"{"label": "ann-4711"}"#, "it shows alice.username in the body at $.label")]
    #[case::the_id_where_users_are_shown("/groups/7/users/", r#"{"user": {"id": 7}}"#, "the answer holds alice.id")]
    #[case::the_id_at_the_user("/user/", r#"{"id": 7}"#, "the answer holds alice.id")]
    #[case::the_number_of_a_group("/groups/7/", r#"{"id": 7}"#, "holds")]
    #[case::the_owner_of_an_object("/classes/post/objects/", r#"{"owner": 7}"#, "holds")]
    fn nothing_of_a_user_is_shown_to_another(#[case] path: &str, #[case] body: &str, #[case] expected: &str) {
        let alice = "alice".parse().unwrap();
        let again = [to_bob(path, 200, body)];
        assert_eq!(related(Relation::NothingOf(&alice), &again[0], &again), expected);
    }

    #[rstest]
    #[case(400, "holds")]
    #[case(404, "holds")]
    #[case(200, "the status is 200, which is no refusal")]
    #[case(500, "the status is 500, which is no refusal")]
    fn a_refusal_is_an_error_of_whoever_asks(#[case] status: u16, #[case] expected: &str) {
        let first = to_bob("/users/", 200, "{}");
        let again = [to_bob("/users/", 403, ""), to_bob("/users/", status, "")];
        assert_eq!(related(Relation::Refusal, &first, &again), expected);
    }

    #[test]
    fn a_whole_list_holds_what_a_part_of_it_shows() {
        let list = |ids: &[i64]| {
            let objects = ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>();
            to_bob("/users/", 200, &json!({"objects": objects}).to_string())
        };
        let whole = |again: &[Arc<Exchange>]| related(Relation::Whole, &list(&[1, 2, 3]), again);
        assert_eq!(whole(&[list(&[3, 4]), list(&[2, 1])]), "holds");
        assert_eq!(whole(&[list(&[3, 4]), list(&[5])]), "the list lacks 2 of what was shown");
        assert_eq!(whole(&[to_bob("/users/", 200, "{}")]), "the answer is no list");
    }

    #[test]
    fn no_relation_holds_where_an_answer_leads_astray() {
        let right = to_bob("/users/", 403, "");
        let astray = Exchange { astray: Some("elsewhere.example".to_owned()), ..answer(403, "") };
        let astray = Arc::new(astray);
        let because = Exchange::leads_astray("elsewhere.example");
        assert_eq!(related(Relation::Refusal, &right, &[Arc::clone(&right), Arc::clone(&astray)]), because);
        assert_eq!(related(Relation::Refusal, &astray, &[right]), because);
    }

    #[test]
    fn what_is_broken_outweighs_what_could_not_be_judged() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let (given, bindings, past) = (Given::default(), world(), Past::default());
        let known = Known { given: &given, bindings: &bindings, changed: Changed::default(), past: &past };
        let first = to_bob("/users/", 200, "{}");
        let replay = |line: &str, again| Replay {
            how: "once more".to_owned(),
            relation: Relation::Same,
            again,
            line: line.to_owned(),
        };
        let verdict = |replays: &[Replay<'_>]| {
            let mut came = Replays::default();
            came.add(Way::Twice, &scenario.steps[0], &first, replays, &known);
            came.verdict(Way::Twice, Way::Twice.check(&scenario))
        };
        let late = || replay("curl 1", Err("it was late".to_owned()));
        let other = || replay("curl 2", Ok(vec![to_bob("/users/", 200, "[]")]));
        let same = || replay("curl 3", Ok(vec![Arc::clone(&first)]));
        let asked = "GET /v1.1/instances/<instance.name>/users/ as bob, asked once more";

        let broken = verdict(&[same(), late(), other(), late()]);
        assert_eq!((broken.id.as_str(), broken.verdict), ("replay/a/test/twice", Verdict::Fail));
        assert_eq!(broken.because, Some(format!("{asked}: the answer is another, and 2 more")));
        assert_eq!(broken.request.as_deref(), Some("curl 2"));
        assert!(broken.evidence.is_some());

        let unjudged = verdict(&[same(), late()]);
        assert_eq!((unjudged.verdict, unjudged.because), (Verdict::Error, Some(format!("{asked}: it was late"))));
        assert_eq!(verdict(&[same()]).verdict, Verdict::Pass);
        assert_eq!(verdict(&[]).verdict, Verdict::Pass, "it showed nothing that could be compared");

        let again = Exchange { retries: vec!["503".to_owned()], ..answer(200, "{}") };
        assert_eq!(verdict(&[same(), replay("curl 4", Ok(vec![Arc::new(again)]))]).verdict, Verdict::Flaky);
    }

    #[test]
    fn a_way_that_is_closed_cannot_be_judged_and_one_that_nothing_was_asked_in_is_skipped() {
        let scenario = scenario("  - {name: one, as: bob, send: GET /users/}\n");
        let mut came = Replays::default();
        came.closed(Way::WithTheOldKey, "there is no other instance");
        let verdict = |way: Way| came.verdict(way, way.check(&scenario));
        let closed = verdict(Way::WithTheOldKey);
        let because = closed.because.as_deref();
        assert_eq!((closed.verdict, because), (Verdict::Error, Some("there is no other instance")));
        assert_eq!(verdict(Way::Twice).verdict, Verdict::Skip);
    }

    fn list(body: &'static str) -> Response<Bytes> {
        Response::new(Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn what_a_list_shows_is_looked_for_on_all_pages() {
        let shown = list(r#"{"objects": [{"user": {"id": 2}}, {"id": 3}, {"name": "post"}]}"#);
        let (first, second) = (list(r#"{"objects": [{"id": 3}, {"id": 1}]}"#), list(r#"{"objects": [{"id": 2}]}"#));
        assert_eq!(lacking(&shown, []), Some(3));
        assert_eq!(lacking(&shown, [&first]), Some(2));
        assert_eq!(lacking(&shown, [&first, &second]), Some(1));
    }

    #[test]
    fn what_is_no_list_or_hides_what_it_holds_is_compared_with_nothing() {
        let shown = list(r#"{"objects": [{"id": 3}]}"#);
        assert_eq!(lacking(&list(r#"{"id": 3}"#), []), None);
        assert_eq!(lacking(&list(r#"{"objects": [{"username": "ann"}]}"#), []), None);
        assert_eq!(lacking(&shown, [&list("<h1>Not Found</h1>")]), None);
    }

    #[test]
    fn a_path_says_which_instance_it_is_in() {
        assert_eq!(inside("/v1.1/instances/ship/users/7/"), Some(("ship", vec!["users", "7"])));
        assert_eq!(inside("/v1/instances/instances/"), Some(("instances", Vec::new())));
        assert_eq!(inside("/v1.1/instances/"), None);
        assert_eq!(inside("/v1.1/account/"), None);
    }
}
