//! Replays the reads of a step in other ways. [`crate::judge`] judges how the responses relate to
//! the first one.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Request, StatusCode};
use serde_json::Value;

use super::backend::ScenarioBackend;
use super::context::RunContext;
use crate::harness::curl::curl;
use crate::harness::plan::Read;
use crate::harness::request::add_query;
use crate::judge::{Bindings, Exchange, FOREIGN_KEY, Judge, KEY_HEADERS, Relation, Replay, ReplayWay, inside, lacking};

/// The maximum number of pages of a list that are read, because the links of a target could form a
/// circle.
const MAX_PAGES: usize = 50;
/// The maximum number of bytes of these pages that are kept.
const MAX_BYTES: usize = 8 << 20;

/// The parameters that choose a page, an order, or members of the objects. Any other parameter
/// filters the objects.
const CHOICES: [&str; 7] = ["page_size", "ordering", "direction", "last_pk", "last_value", "fields", "excluded_fields"];

/// The parameters with which a whole list is read again: page sizes of every magnitude, orders,
/// directions, members, formats, and several together.
const LIST_PARAMETERS: [&str; 16] = [
    "page_size=1",
    "page_size=10",
    "page_size=50",
    "page_size=100",
    "page_size=101",
    "page_size=1000",
    "page_size=1000000",
    "ordering=desc",
    "ordering=asc",
    "direction=0",
    "direction=1",
    "excluded_fields=links",
    "fields=id",
    "format=json",
    "page_size=100&ordering=desc&direction=1",
    "page_size=100&ordering=desc&fields=id&format=json",
];

/// Replays a read in each of these ways that its principal allows, and passes the responses to the
/// judge.
pub async fn replay(
    context: &RunContext<'_>,
    read: &Read<'_>,
    ways: &[ReplayWay],
    first: &Arc<Exchange>,
    judge: &mut Judge<'_>,
    backend: &mut ScenarioBackend<'_>,
) {
    if !is_alone(context, read, first, backend) {
        return;
    }
    'ways: for way in ways.iter().filter(|way| read.allows(**way)) {
        let Some(questions) = questions(read, *way, first, judge.bindings()) else { continue };
        let mut replays = Vec::new();
        for Question { how, relation, request } in questions {
            let line = curl(context.backend.base(), &request, judge.bindings(), context.plan.basic_login);
            let again = tokio::select! {
                again = answers(relation, request, first, backend) => again,
                reason = context.shutdown.wait() => return judge.cut_short(&reason.to_string()),
            };
            let Some(again) = again else {
                // The recorded run stopped before this replay.
                match backend.stopped() {
                    Some(reason) => return judge.cut_short(&reason.to_string()),
                    None => continue 'ways,
                }
            };
            replays.push(Replay { how, relation, again, line });
        }
        judge.replayed(*way, read.step, first, &replays);
    }
}

/// Returns whether only the scenario can change the data that it has read. In an instance that
/// others use too, that is the data that users read about themselves; in any other instance it is
/// everything.
fn is_alone(context: &RunContext<'_>, read: &Read<'_>, first: &Exchange, backend: &ScenarioBackend<'_>) -> bool {
    let is_of_users = |below: &[&str]| matches!(below, ["user" | "users", ..] | ["groups", _, ..]);
    let is_shared = |name: &str| match backend {
        _ if context.plan.instance.as_ref().is_some_and(|shared| shared.eq_ignore_ascii_case(name)) => true,
        ScenarioBackend::Live { world, .. } => world.shares(name),
        // A trace holds the replays that were sent.
        ScenarioBackend::Trace(_) => false,
    };
    inside(first.request.uri().path())
        .is_some_and(|(name, below)| !is_shared(name) || is_of_users(&below) && read.user().is_some())
}

/// One replay: its description, the relation of its response to the first one, and its request.
struct Question<'s> {
    how: String,
    relation: Relation<'s>,
    request: Request<Bytes>,
}

/// Returns the requests of one way to replay. Returns `None` if a value that it needs is missing,
/// and an empty list if the first response shows nothing that could be compared.
fn questions<'s>(read: &Read<'s>, way: ReplayWay, first: &Exchange, bindings: &Bindings) -> Option<Vec<Question<'s>>> {
    let question = |how: &str, relation, request| Some(vec![Question { how: how.to_owned(), relation, request }]);
    match way {
        ReplayWay::Twice => question("once more", Relation::Same, first.request.clone()),
        ReplayWay::InTheQuery => question("with its keys in the query", Relation::Same, in_the_query(&first.request)?),
        ReplayWay::WithListParameters => Some(with_list_parameters(first)),
        ReplayWay::AsAnotherUser => {
            let (user, other) = (read.user()?, read.other_user()?);
            let request = with_key(&first.request, "x-user-key", bindings.text(&format!("{other}.user_key"))?)?;
            question(&format!("as {other}"), Relation::NothingOf(user), request)
        }
        ReplayWay::WithTheOldKey => {
            let user = read.user()?;
            let old = bindings.text(&Bindings::revoked(user.as_str()))?;
            let is_old = bindings.text(&format!("{user}.user_key")) != Some(old);
            let request = with_key(&first.request, "x-user-key", old).filter(|_| is_old)?;
            question(&format!("with the old key of {user}"), Relation::NothingOf(user), request)
        }
        ReplayWay::FromAnotherInstance => in_another_instance(read, &first.request, bindings),
        ReplayWay::AsTheAdministrator => as_the_administrator(read, first, bindings),
    }
}

/// Returns the replays of a whole list with parameters that choose a part of it, alone and
/// together.
fn with_list_parameters<'s>(first: &Exchange) -> Vec<Question<'s>> {
    let body = serde_json::from_slice::<Value>(first.response.body()).unwrap_or_default();
    let is_whole = first.request.uri().query().is_none()
        && body.get("objects").is_some_and(Value::is_array)
        && body.get("next") == Some(&Value::Null);
    let parameters = LIST_PARAMETERS.iter().filter(|_| is_whole);
    let question = |query: &&str| {
        let request = at(&first.request, &format!("{}?{query}", first.request.uri().path()))?;
        Some(Question { how: format!("with {query}"), relation: Relation::NothingMore, request })
    };
    parameters.filter_map(question).collect()
}

fn in_another_instance<'s>(
    read: &Read<'s>,
    request: &Request<Bytes>,
    bindings: &Bindings,
) -> Option<Vec<Question<'s>>> {
    let other = bindings.text("foreign.name")?;
    let (name, _) = inside(request.uri().path())?;
    if Some(name) != bindings.text("instance.name") {
        return Some(Vec::new());
    }
    let path = request.uri().to_string().replacen(&format!("/{name}/"), &format!("/{other}/"), 1);
    let there = at(request, &path)?;
    let mut questions = Vec::new();
    if let Some(user) = read.user() {
        let how = "in another instance with its API key".to_owned();
        let request = with_key(&there, "x-api-key", bindings.text(FOREIGN_KEY)?)?;
        questions.push(Question { how, relation: Relation::NothingOf(user), request });
    }
    let how = "in another instance with the same keys".to_owned();
    questions.push(Question { how, relation: Relation::Rejection, request: there });
    Some(questions)
}

/// Returns the replay as the administrator, who must see the same user and the objects of a list.
/// Any other response may depend on the caller.
fn as_the_administrator<'s>(read: &Read<'s>, first: &Exchange, bindings: &Bindings) -> Option<Vec<Question<'s>>> {
    let uri = first.request.uri();
    let (_, below) = inside(uri.path())?;
    let is_user = matches!(below.as_slice(), ["user"] | ["users", _]) && first.response.status() == StatusCode::OK;
    let (relation, path) = if is_user {
        let id = bindings.value(&format!("{}.id", read.user()?))?;
        let path = match uri.path().strip_suffix("/user/") {
            // The administrator reads the user of `/user/` as `/users/<id>/`.
            Some(instance) => uri.to_string().replacen(uri.path(), &format!("{instance}/users/{id}/"), 1),
            None => uri.to_string(),
        };
        (Relation::SameBody, path)
    } else if lacking(&first.response, []).is_some_and(|objects| objects > 0) {
        let chooses = |pair: &str| CHOICES.iter().any(|name| pair.split('=').next() == Some(name));
        let filters = uri.query().into_iter().flat_map(|query| query.split('&')).filter(|pair| !chooses(pair));
        // Newest first, because the objects of a scenario are new.
        let query = filters.chain(["ordering=desc"]).collect::<Vec<_>>().join("&");
        (Relation::Whole, format!("{}?{query}", uri.path()))
    } else {
        return Some(Vec::new());
    };
    let mut request = with_key(&at(&first.request, &path)?, "x-api-key", bindings.text("account.key")?)?;
    request.headers_mut().remove("x-user-key");
    Some(vec![Question { how: "as the administrator".to_owned(), relation, request }])
}

/// Sends a request and returns its response; for a list, the pages that it takes to find all
/// objects of the first response. Returns `None` if responses come from a trace that does not hold
/// this one.
async fn answers(
    relation: Relation<'_>,
    request: Request<Bytes>,
    first: &Exchange,
    backend: &mut ScenarioBackend<'_>,
) -> Option<Result<Vec<Arc<Exchange>>, String>> {
    let mut answers: Vec<Arc<Exchange>> = Vec::new();
    let mut next = Some(request);
    while let Some(request) = next.filter(|_| answers.len() < MAX_PAGES) {
        let answered = match backend {
            ScenarioBackend::Live { world, .. } => {
                let answered = world.target().send(request.clone()).await;
                answered.map(|answer| Arc::new(answer.into_exchange(request))).map_err(|error| error.to_string())
            }
            ScenarioBackend::Trace(recorded) => recorded.replay(&request)?,
        };
        match answered {
            Ok(exchange) => answers.push(exchange),
            Err(why) => return Some(Err(why)),
        }
        if answers.iter().map(|page| page.response.body().len()).sum::<usize>() > MAX_BYTES {
            return Some(Err(format!("the pages of the list have more than {} MiB", MAX_BYTES >> 20)));
        }
        let lacking = lacking(&first.response, answers.iter().map(|page| &page.response));
        let goes_on = relation == Relation::Whole && lacking.is_some_and(|lacking| lacking > 0);
        next = answers.last().filter(|_| goes_on).and_then(|page| next_page(page));
    }
    Some(Ok(answers))
}

/// Returns the request for the next page that a response names, if it belongs to the same list.
fn next_page(page: &Exchange) -> Option<Request<Bytes>> {
    let body = serde_json::from_slice::<Value>(page.response.body()).ok()?;
    let next = body.get("next")?.as_str()?;
    let (path, _) = next.split_once('?')?;
    at(&page.request, next).filter(|_| path == page.request.uri().path())
}

/// Returns the same request with another path.
fn at(request: &Request<Bytes>, path: &str) -> Option<Request<Bytes>> {
    let mut request = request.clone();
    *request.uri_mut() = path.parse().ok()?;
    Some(request)
}

/// Returns the same request with another key.
fn with_key(request: &Request<Bytes>, header: &'static str, key: &str) -> Option<Request<Bytes>> {
    let mut request = request.clone();
    request.headers_mut().insert(HeaderName::from_static(header), HeaderValue::from_str(key).ok()?);
    Some(request)
}

/// Returns the same request with its keys in the query.
fn in_the_query(request: &Request<Bytes>) -> Option<Request<Bytes>> {
    let mut path = request.uri().to_string();
    let mut request = request.clone();
    for (header, name) in KEY_HEADERS.into_iter().zip(["api_key", "user_key"]) {
        if let Some(key) = request.headers_mut().remove(header) {
            add_query(&mut path, name, key.to_str().ok()?);
        }
    }
    at(&request, &path)
}
