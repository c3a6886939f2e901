//! Asks again, in other ways, for what a scenario has read. What the answers have to be to the first one is judged by
//! [`crate::judge`].

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use serde_json::Value;

use super::curl::curl;
use super::execute::Run;
use super::request::add_query;
use super::stage::Stage;
use crate::judge::{Bindings, Exchange, FOREIGN_KEY, Judge, KEY_HEADERS, Relation, Replay, Way, inside, lacking};
use crate::scenario::file::{SaveName, Via};
use crate::scenario::{Body, KeySlot, Name, Principal, Scenario, Step};

/// So many pages of a list are read at most: a target could send its reader in a circle.
const MOST_PAGES: usize = 50;
/// So many bytes of these pages are kept at most.
const MOST_BYTES: usize = 8 << 20;

/// Parameters that choose a page, an order, or members of the objects; which objects a list holds depends on the others.
const CHOICES: [&str; 7] = ["page_size", "ordering", "direction", "last_pk", "last_value", "fields", "excluded_fields"];

/// The ways in which reads of a scenario are asked for again. As the administrator only where there is one; from another
/// instance only where there can be one: where the scenario has one, or the run makes instances.
pub fn ways(scenario: &Scenario, has_administrator: bool, makes_instances: bool) -> Vec<Way> {
    let has_another = has_administrator && (makes_instances || scenario.given.foreign.is_some());
    let steps = 0..scenario.steps.len();
    let reads = steps.filter_map(|number| Read::of(scenario, number)).collect::<Vec<_>>();
    let is_there = |way: &Way| match way {
        Way::FromAnotherInstance => has_another,
        Way::AsTheAdministrator => has_administrator,
        _ => true,
    };
    Way::ALL.into_iter().filter(is_there).filter(|way| reads.iter().any(|read| read.allows(*way))).collect()
}

/// A step that reads, and what stands before it.
pub struct Read<'s> {
    scenario: &'s Scenario,
    before: &'s [Step],
    step: &'s Step,
}

/// A way to ask again: in words, the relation of the answer to the first one, and the request.
struct Question<'s> {
    how: String,
    relation: Relation<'s>,
    request: Request<Bytes>,
}

impl<'s> Read<'s> {
    /// The step of this number, where it can be asked again: a GET inside an instance, whose keys travel in the headers of
    /// its principal, and whose answer does not wait for something to happen.
    pub fn of(scenario: &'s Scenario, number: usize) -> Option<Read<'s>> {
        let step = scenario.steps.get(number)?;
        let key_headers = || KEY_HEADERS.into_iter().chain(["authorization"]);
        let sets_keys = step.headers.keys().any(|name| key_headers().any(|header| name.eq_ignore_ascii_case(header)));
        let path = step.path.to_string();
        let reads = step.method == Method::GET
            && matches!(step.body, Body::Empty)
            && step.via == Via::default()
            && step.eventually.is_none()
            && !sets_keys
            && !path.contains("key=")
            && !path.starts_with("{{root}}");
        reads.then(|| Read { scenario, before: scenario.steps.get(..number).unwrap_or_default(), step })
    }

    /// Whether its principal can ask in this way.
    pub fn allows(&self, way: Way) -> bool {
        let Principal { key, user } = &self.step.principal;
        match way {
            Way::Twice => true,
            Way::InTheQuery => *key != KeySlot::Nothing || user.is_some(),
            Way::AsAnotherUser => self.other_user().is_some(),
            Way::WithTheOldKey => self.user().is_some_and(|user| {
                let saved = self.before.iter().flat_map(|step| &step.save);
                saved.into_iter().any(|(name, _)| matches!(name, SaveName::UserKey(saved) if saved == user))
            }),
            Way::FromAnotherInstance => {
                let is_own = user.as_ref().is_none_or(|slot| self.scenario.given.users.contains(&slot.user));
                is_own && matches!(key, KeySlot::Api(_) | KeySlot::OfTheUser)
            }
            Way::AsTheAdministrator => self.user().is_some(),
        }
    }

    /// The user on whose behalf an app reads.
    fn user(&self) -> Option<&'s Name> {
        let Principal { key, user } = &self.step.principal;
        let is_app = matches!(key, KeySlot::Api(_) | KeySlot::Foreign | KeySlot::OfTheUser);
        user.as_ref().filter(|slot| is_app && !slot.revoked).map(|slot| &slot.user)
    }

    /// Another user of the same instance.
    fn other_user(&self) -> Option<&'s Name> {
        let user = self.user()?;
        let given = &self.scenario.given;
        let instances = [given.users.as_slice(), given.foreign.as_deref().unwrap_or_default()];
        let users = instances.into_iter().find(|users| users.contains(user))?;
        users.iter().find(|other| *other != user)
    }

    /// What is asked in one way; nothing where a value is missing that it takes, empty where the answer shows nothing that
    /// could be compared.
    fn questions(&self, way: Way, first: &Exchange, bindings: &Bindings) -> Option<Vec<Question<'s>>> {
        let question = |how: &str, relation, request| Some(vec![Question { how: how.to_owned(), relation, request }]);
        match way {
            Way::Twice => question("once more", Relation::Same, first.request.clone()),
            Way::InTheQuery => question("with its keys in the query", Relation::Same, in_the_query(&first.request)?),
            Way::AsAnotherUser => {
                let (user, other) = (self.user()?, self.other_user()?);
                let request = with_key(&first.request, "x-user-key", bindings.text(&format!("{other}.user_key"))?)?;
                question(&format!("as {other}"), Relation::NothingOf(user), request)
            }
            Way::WithTheOldKey => {
                let user = self.user()?;
                let old = bindings.text(&Bindings::revoked(user.as_str()))?;
                let is_old = bindings.text(&format!("{user}.user_key")) != Some(old);
                let request = with_key(&first.request, "x-user-key", old).filter(|_| is_old)?;
                question(&format!("with the old key of {user}"), Relation::NothingOf(user), request)
            }
            Way::FromAnotherInstance => self.in_another_instance(&first.request, bindings),
            Way::AsTheAdministrator => self.as_the_administrator(first, bindings),
        }
    }

    fn in_another_instance(&self, request: &Request<Bytes>, bindings: &Bindings) -> Option<Vec<Question<'s>>> {
        let other = bindings.text("foreign.name")?;
        let (name, _) = inside(request.uri().path())?;
        if Some(name) != bindings.text("instance.name") {
            return Some(Vec::new());
        }
        let path = request.uri().to_string().replacen(&format!("/{name}/"), &format!("/{other}/"), 1);
        let there = at(request, &path)?;
        let mut questions = Vec::new();
        if let Some(user) = self.user() {
            let how = "in another instance with its API key".to_owned();
            let request = with_key(&there, "x-api-key", bindings.text(FOREIGN_KEY)?)?;
            questions.push(Question { how, relation: Relation::NothingOf(user), request });
        }
        let how = "in another instance with the same keys".to_owned();
        questions.push(Question { how, relation: Relation::Refusal, request: there });
        Some(questions)
    }

    /// What a user sees of himself, and what is in a list, is the administrator's too. All else may depend on who reads.
    fn as_the_administrator(&self, first: &Exchange, bindings: &Bindings) -> Option<Vec<Question<'s>>> {
        let uri = first.request.uri();
        let (_, below) = inside(uri.path())?;
        let is_user = matches!(below.as_slice(), ["user"] | ["users", _]) && first.response.status() == StatusCode::OK;
        let (relation, path) = if is_user {
            let id = bindings.value(&format!("{}.id", self.user()?))?;
            let path = match uri.path().strip_suffix("/user/") {
                // What is under `/user/` is to the administrator a user like any other.
                Some(instance) => uri.to_string().replacen(uri.path(), &format!("{instance}/users/{id}/"), 1),
                None => uri.to_string(),
            };
            (Relation::SameBody, path)
        } else if lacking(&first.response, []).is_some_and(|objects| objects > 0) {
            let chooses = |pair: &str| CHOICES.iter().any(|name| pair.split('=').next() == Some(name));
            let filters = uri.query().into_iter().flat_map(|query| query.split('&')).filter(|pair| !chooses(pair));
            // The newest first, since what a scenario has made is new.
            let query = filters.chain(["ordering=desc"]).collect::<Vec<_>>().join("&");
            (Relation::Whole, format!("{}?{query}", uri.path()))
        } else {
            return Some(Vec::new());
        };
        let mut request = with_key(&at(&first.request, &path)?, "x-api-key", bindings.text("account.key")?)?;
        request.headers_mut().remove("x-user-key");
        Some(vec![Question { how: "as the administrator".to_owned(), relation, request }])
    }
}

impl Run<'_> {
    /// Asks again for what a step has read, in each of these ways that its principal can go, and tells the judge what came.
    pub(super) async fn ask_again(
        &self,
        read: &Read<'_>,
        ways: &[Way],
        first: &Arc<Exchange>,
        judge: &mut Judge<'_>,
        stage: &mut Stage<'_>,
    ) {
        if !self.is_alone(read, first) {
            return;
        }
        'ways: for way in ways.iter().filter(|way| read.allows(**way)) {
            let Some(questions) = read.questions(*way, first, judge.bindings()) else { continue };
            let mut replays = Vec::new();
            for Question { how, relation, request } in questions {
                let line = curl(self.source.base(), &request, judge.bindings());
                let again = tokio::select! {
                    again = answers(relation, request, first, stage) => again,
                    early = self.ending.comes() => return judge.cut_short(&early.to_string()),
                };
                let Some(again) = again else {
                    // A run that came to its end has not asked in this way.
                    match stage.early() {
                        Some(early) => return judge.cut_short(&early.to_string()),
                        None => continue 'ways,
                    }
                };
                replays.push(Replay { how, relation, again, line });
            }
            judge.replayed(*way, read.step, first, &replays);
        }
    }

    /// Whether nobody but the scenario changes what it has read: in the instance that the user named, which others use too,
    /// what users read of themselves; in any other instance everything.
    fn is_alone(&self, read: &Read<'_>, first: &Exchange) -> bool {
        let is_of_users = |below: &[&str]| matches!(below, ["user" | "users", ..] | ["groups", _, ..]);
        let is_shared = |name: &str| self.instance.is_some_and(|shared| shared.eq_ignore_ascii_case(name));
        inside(first.request.uri().path())
            .is_some_and(|(name, below)| !is_shared(name) || is_of_users(&below) && read.user().is_some())
    }
}

/// The answer to a request; of a list as many pages as it takes to find all that the first answer showed. Nothing where the
/// answers come from a trace, and it holds none.
async fn answers(
    relation: Relation<'_>,
    request: Request<Bytes>,
    first: &Exchange,
    stage: &mut Stage<'_>,
) -> Option<Result<Vec<Arc<Exchange>>, String>> {
    let mut answers: Vec<Arc<Exchange>> = Vec::new();
    let mut next = Some(request);
    while let Some(request) = next.filter(|_| answers.len() < MOST_PAGES) {
        let answered = match stage {
            Stage::World { live, .. } => {
                let answered = live.means.target.send(request.clone()).await;
                answered.map(|answer| Arc::new(answer.to(request))).map_err(|error| error.to_string())
            }
            Stage::Trace(player) => player.replay(&request)?,
        };
        match answered {
            Ok(exchange) => answers.push(exchange),
            Err(why) => return Some(Err(why)),
        }
        if answers.iter().map(|page| page.response.body().len()).sum::<usize>() > MOST_BYTES {
            return Some(Err(format!("the pages of the list have more than {} MiB", MOST_BYTES >> 20)));
        }
        let lacking = lacking(&first.response, answers.iter().map(|page| &page.response));
        let goes_on = relation == Relation::Whole && lacking.is_some_and(|lacking| lacking > 0);
        next = answers.last().filter(|_| goes_on).and_then(|page| next_page(page));
    }
    Some(Ok(answers))
}

/// The request for the page that an answer calls the next, if that is one of the same list.
fn next_page(page: &Exchange) -> Option<Request<Bytes>> {
    let body = serde_json::from_slice::<Value>(page.response.body()).ok()?;
    let next = body.get("next")?.as_str()?;
    let (path, _) = next.split_once('?')?;
    at(&page.request, next).filter(|_| path == page.request.uri().path())
}

/// The same request for another path.
fn at(request: &Request<Bytes>, path: &str) -> Option<Request<Bytes>> {
    let mut request = request.clone();
    *request.uri_mut() = path.parse().ok()?;
    Some(request)
}

/// The same request with another key.
fn with_key(request: &Request<Bytes>, header: &'static str, key: &str) -> Option<Request<Bytes>> {
    let mut request = request.clone();
    request.headers_mut().insert(HeaderName::from_static(header), HeaderValue::from_str(key).ok()?);
    Some(request)
}

/// The same request with its keys in the query.
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
