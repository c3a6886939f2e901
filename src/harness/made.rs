//! What a run has made on a target and not removed yet, and how it is removed.
//!
//! Each creation is noted before it is sent, here and in the journal, so that nothing is forgotten whatever ends the run. A
//! scenario removes what is its own; what is left then, because a scenario came to no end, is removed at the end of the run;
//! and what is left then, because the run came to no end, by `sweep`, in the same way.
//!
//! The target is not trusted: it could answer with a link to something else, and there are things of others beside. What is
//! removed is therefore looked at first, and has to carry the id of the run in its name.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::client::{Client, SetUpError};
use super::ending::Ending;
use super::journal::{Journal, JournalError, Line, is_plain_path};
use super::means::APP;
use super::target::Target;

/// How often a removal is tried.
const REMOVALS: u32 = 6;
/// How long is waited before the second time; then twice as long each time, up to ten seconds altogether: there are deployments
/// that delete late.
const BETWEEN_REMOVALS: Duration = Duration::from_millis(300);

/// So many pages of a collection are looked through at most, the newest first.
const MOST_PAGES: usize = 50;

/// Ends of paths to which a POST makes nothing that has a path of its own.
const ACTIONS: [&str; 6] = ["auth", "user", "reset_key", "rename", "batch", "resend"];

/// Everything that a run has made and not removed.
pub struct Made {
    /// The id of the run.
    run: String,
    state: Mutex<State>,
}

struct State {
    /// In the order in which they were made.
    things: Vec<Thing>,
    accounts: Vec<Account>,
    /// Of the next thing.
    number: usize,
    journal: Option<Journal>,
}

/// An account that makes things.
struct Account {
    email: String,
    /// What became of its registration, where the run registers it.
    registration: Option<Registration>,
}

/// What became of the registration of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// It was not answered: the account may be there.
    Unknown,
    /// The account is there.
    Done,
    /// The account is not there: the request was refused, or never reached the target.
    Refused,
}

/// Something that was made, or may have been made.
#[derive(Clone)]
struct Thing {
    number: usize,
    /// The number of the scenario.
    scenario: usize,
    /// Below which path it stands.
    collection: String,
    /// Its own path, where it is known.
    path: Option<String>,
    /// Who can remove it: the e-mail address of an account, or [`APP`].
    by: String,
    /// What a user is called whom an app has made.
    username: Option<String>,
    /// Whether the request was answered.
    answered: bool,
    /// Whether it was reported that it could not be removed.
    reported: bool,
}

/// What a request that was noted may make: one thing, or one for each request of a batch; `None` for those that make nothing.
#[derive(Default)]
pub struct Creating {
    is_batch: bool,
    numbers: Vec<Option<usize>>,
}

/// Where something will stand.
struct Place {
    collection: String,
    path: Option<String>,
}

impl Made {
    /// Nothing so far. On a deployment all is written to a journal.
    pub fn new(run: &str, journal: Option<Journal>) -> Made {
        let state = State { things: Vec::new(), accounts: Vec::new(), number: 0, journal };
        Made { run: run.to_owned(), state: Mutex::new(state) }
    }

    /// What the run of a journal has left.
    pub fn left(journal: Journal, lines: Vec<Line>) -> Made {
        let made = Made::new(&journal.header().run.clone(), Some(journal));
        let mut state = made.state();
        for line in lines {
            match line {
                Line::Account { email, registered } => state.accounts.push(Account::new(email, registered)),
                Line::Registration { email, done } => {
                    state.registering(&email, if done { Registration::Done } else { Registration::Refused });
                }
                Line::Creating { number, scenario, collection, path, by } => {
                    state.things.push(Thing::new((number, scenario), Place { collection, path }, by));
                }
                Line::Created { number, path } => state.created(number, path),
                Line::Refused { number } => state.things.retain(|thing| thing.number != number),
                Line::Removed { number } => state.forget(number),
            }
        }
        drop(state);
        made
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A scenario that panicked leaves whole things behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An account will make things, and is registered first where the run registers it.
    pub fn account(&self, email: &str, registered: bool) -> Result<(), SetUpError> {
        let mut state = self.state();
        state.write(|| Line::Account { email: email.to_owned(), registered })?;
        state.accounts.push(Account::new(email.to_owned(), registered));
        Ok(())
    }

    /// It is known what became of the registration of an account.
    pub fn registering(&self, email: &str, registration: Registration) {
        let mut state = self.state();
        state.registering(email, registration);
        state.mention(Line::Registration { email: email.to_owned(), done: registration == Registration::Done });
    }

    /// The e-mail addresses of the accounts that the run has registered, or may have registered.
    pub fn registered(&self) -> Vec<(String, Registration)> {
        let state = self.state();
        let registered = state.accounts.iter().filter_map(Account::registered);
        registered.map(|(email, registration)| (email.to_owned(), registration)).collect()
    }

    /// A POST of a scenario is about to be sent. Instances belong to `account`, which sends it; anything else can be removed
    /// by `holder`, with whose keys worlds are made. Where it cannot be written down, it must not be sent.
    pub fn creating(
        &self,
        scenario: usize,
        (path, body): (&str, &[u8]),
        account: &str,
        holder: &str,
    ) -> Result<Creating, SetUpError> {
        let places = places(path, body);
        let mut creating = Creating { is_batch: is_batch(path), numbers: Vec::with_capacity(places.len()) };
        let mut state = self.state();
        for place in places {
            let Some(Place { collection, path }) = place else {
                creating.numbers.push(None);
                continue;
            };
            let by = if is_instances(&collection) { account } else { holder }.to_owned();
            // What another account names may be there already, and then that account cannot see it.
            let path = path.filter(|_| account == holder);
            let number = state.number;
            let thing = Thing::new((number, scenario), Place { collection, path }, by);
            state.write(|| thing.creating())?;
            state.number += 1;
            state.things.push(thing);
            creating.numbers.push(Some(number));
        }
        Ok(creating)
    }

    /// It was answered. Notes where that stands which was made; whether the answer says so. Where it does not, what was made
    /// is looked for when the scenario is cleared away.
    pub fn answered(&self, creating: &Creating, response: &Response<Bytes>) -> bool {
        let mut state = self.state();
        let (status, body) = (response.status(), response.body());
        let has_made_something = status.is_success() && creating.numbers.iter().any(Option::is_some);
        let answer = if has_made_something { serde_json::from_slice(body).unwrap_or_default() } else { Value::Null };
        let mut all = true;
        for (place, number) in creating.numbers.iter().enumerate() {
            let Some(number) = *number else {
                all = false;
                continue;
            };
            // Where a batch was refused, so was everything in it.
            let (status, answer) = match answer.get(place) {
                Some(part) if creating.is_batch => (status_of(part), part.get("content").unwrap_or(&Value::Null)),
                _ => (status, &answer),
            };
            all &= state.answered(&self.run, number, status, answer);
        }
        all
    }

    /// It was not answered. What never reached the target has made nothing; anything else is looked for when the scenario is
    /// cleared away.
    pub fn unanswered(&self, creating: &Creating, may_have_gone_through: bool) {
        if !may_have_gone_through {
            let mut state = self.state();
            creating.numbers.iter().flatten().for_each(|number| state.refused(*number));
        }
    }

    /// Removes what a scenario has made, or all that there is, the last first, and looks whether it is gone. What stands
    /// below something else that was made goes with it. Gives what is left, each with the reason; the same thing once, and
    /// not what nobody was ever able to remove. After the end of a run there is only so much time for all that.
    pub async fn clear(&self, scenario: Option<usize>, removers: &[(&str, &Client)], ending: &Ending) -> Vec<String> {
        let mut left = Vec::new();
        for thing in self.roots(scenario).into_iter().rev().filter(|thing| !thing.reported) {
            let removed = match removers.iter().find(|(name, _)| *name == thing.by) {
                Some((_, by)) => {
                    let removed = ending.clearing(self.clear_away(&thing, by)).await;
                    removed.unwrap_or_else(|| Err(too_late(ending)))
                }
                None if thing.by == APP => continue,
                None => Err(SetUpError(format!("it takes the account {} to remove it", thing.by))),
            };
            let mut state = self.state();
            match removed {
                Ok(()) => state.removed(thing.number),
                Err(error) => {
                    state
                        .things
                        .iter_mut()
                        .filter(|other| other.number == thing.number)
                        .for_each(|it| it.reported = true);
                    left.push(format!("{thing}: {error}"));
                }
            }
        }
        left
    }

    /// What is left, in words.
    pub fn list(&self) -> Vec<String> {
        self.roots(None).iter().map(Thing::to_string).collect()
    }

    /// The accounts that it takes to remove what is left.
    pub fn needed(&self) -> BTreeSet<String> {
        self.roots(None).into_iter().map(|thing| thing.by).collect()
    }

    /// The end: where nothing is left the journal is removed. A line for each thing that the user should know of: accounts,
    /// which nobody can delete, users whom the keys of the run cannot delete, and how the rest is removed. What is made in
    /// this process ends with it.
    pub fn finish(&self, target: &Target) -> Vec<String> {
        let mut state = self.state();
        let mut notes = Vec::new();
        if !target.is_in_process() {
            let registered = state.accounts.iter().filter_map(Account::registered);
            notes.extend(registered.map(|(email, registration)| {
                format!("the account {email} {registration} for this run; the API has no way to delete it")
            }));
            let staying = state.things.iter().filter(|thing| thing.by == APP && !thing.reported);
            notes.extend(staying.map(|thing| {
                let user = match (&thing.username, &thing.path) {
                    (Some(name), _) => format!("the user {name} was made"),
                    (None, Some(path)) => format!("{path} was made"),
                    (None, None) => format!("a user may have been made by a POST to {}", thing.collection),
                };
                format!("{user} with allow_user_create; such a key cannot delete it")
            }));
        }
        match &state.journal {
            Some(journal) if !state.things.is_empty() => {
                notes.push(format!("what is left can be removed with:\n{}", journal.sweep_command()));
            }
            // One that cannot be removed has nothing in it that is left.
            _ => drop(state.journal.take().map(Journal::remove)),
        }
        notes
    }

    /// What does not go with something else that was made.
    fn roots(&self, scenario: Option<usize>) -> Vec<Thing> {
        let state = self.state();
        let of = |thing: &&Thing| scenario.is_none_or(|scenario| thing.scenario == scenario);
        let stands_alone = |thing: &&Thing| !state.things.iter().any(|other| other.holds(thing));
        state.things.iter().filter(of).filter(stands_alone).cloned().collect()
    }

    async fn clear_away(&self, thing: &Thing, by: &Client) -> Result<(), SetUpError> {
        // What was not answered may still be under way.
        let looks = if thing.answered || by.target.is_in_process() { 1 } else { 2 };
        for look in 0..looks {
            if look > 0 {
                by.target.pause(BETWEEN_REMOVALS).await;
            }
            match &thing.path {
                Some(path) => self.remove(path, by).await?,
                None => {
                    for path in self.find(thing, by).await? {
                        self.remove(&path, by).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The paths of what stands in the collection of a thing and carries in its name that it is of this run and scenario.
    async fn find(&self, thing: &Thing, by: &Client) -> Result<Vec<String>, SetUpError> {
        let mut found = Vec::new();
        let mut query = "ordering=desc&page_size=100".to_owned();
        for _ in 0..MOST_PAGES {
            let response = by.insist(Method::GET, &format!("{}?{query}", thing.collection)).await?;
            let page = match response.status() {
                StatusCode::OK => serde_json::from_slice::<Value>(response.body()).unwrap_or_default(),
                // It is no list, or it is gone with all that it held.
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(found),
                status => return Err(SetUpError(format!("GET was answered with {}", status.as_u16()))),
            };
            let objects = page.get("objects").and_then(Value::as_array).into_iter().flatten();
            let ours = objects.filter(|object| names(object).any(|name| is_of(&self.run, thing.scenario, name)));
            found.extend(ours.filter_map(|object| item_of(&thing.collection, object)));
            let next = page.get("next").and_then(Value::as_str).and_then(|next| next.split_once('?'));
            match next {
                Some((_, next)) => query = next.to_owned(),
                None => return Ok(found),
            }
        }
        Err(SetUpError(format!("it has more than {MOST_PAGES} pages, and not all were looked through")))
    }

    async fn remove(&self, path: &str, by: &Client) -> Result<(), SetUpError> {
        let mut last = SetUpError("it is still there".to_owned());
        for attempt in 0..REMOVALS {
            if let Some(doublings) = attempt.checked_sub(1) {
                by.target.pause(BETWEEN_REMOVALS * 2u32.pow(doublings)).await;
            }
            match look(path, by).await {
                Ok(None) => return Ok(()),
                Ok(Some(body)) if !names(&body).any(|name| name.contains(&self.run)) => {
                    return Err(SetUpError(format!(
                        "it does not carry {} in its name, so it is not removed",
                        self.run
                    )));
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    last = error;
                    continue;
                }
            }
            match by.insist(Method::DELETE, path).await {
                // Whether the status is the right one is for checks to say: what counts is that it is gone.
                Ok(response) if response.status().is_success() => {
                    if let Ok(None) = look(path, by).await {
                        return Ok(());
                    }
                    last = SetUpError("it is still there after DELETE".to_owned());
                }
                Ok(response) => {
                    last = SetUpError(format!("DELETE was answered with {}", response.status().as_u16()));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl State {
    fn write(&mut self, line: impl FnOnce() -> Line) -> Result<(), JournalError> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.write(&line()))
    }

    /// Notes something that does not have to be known: where it is missing, a sweep looks for what is gone.
    fn mention(&mut self, line: Line) {
        let _ = self.write(|| line);
    }

    fn registering(&mut self, email: &str, registration: Registration) {
        let accounts = self.accounts.iter_mut().filter(|account| account.email == email);
        accounts.for_each(|account| account.registration = Some(registration));
    }

    fn created(&mut self, number: usize, path: String) {
        if let Some(thing) = self.things.iter_mut().find(|thing| thing.number == number) {
            (thing.path, thing.answered) = (Some(path), true);
        }
    }

    /// What the answer to a request says of what it makes; whether it says where that stands.
    fn answered(&mut self, run: &str, number: usize, status: StatusCode, answer: &Value) -> bool {
        let Some(thing) = self.things.iter_mut().find(|thing| thing.number == number) else { return false };
        thing.answered = true;
        if status.is_server_error() {
            return false;
        }
        if !status.is_success() {
            // A refusal is not believed where it costs nothing to look.
            if !thing.path.as_ref().is_some_and(|path| path.contains(run)) {
                self.refused(number);
            }
            return false;
        }
        if thing.by == APP {
            thing.username = answer.get("username").and_then(Value::as_str).map(str::to_owned);
        }
        let linked = item_of(&thing.collection, answer);
        let is_linked = linked.is_some();
        if let Some(path) = linked.or_else(|| thing.path.clone()) {
            self.created(number, path.clone());
            self.mention(Line::Created { number, path });
        }
        is_linked
    }

    fn refused(&mut self, number: usize) {
        self.things.retain(|thing| thing.number != number);
        self.mention(Line::Refused { number });
    }

    fn removed(&mut self, number: usize) {
        self.forget(number);
        self.mention(Line::Removed { number });
    }

    /// Drops a thing, and all that stood below it.
    fn forget(&mut self, number: usize) {
        let Some(at) = self.things.iter().position(|thing| thing.number == number) else { return };
        let gone = self.things.remove(at);
        self.things.retain(|thing| !gone.holds(thing));
    }
}

impl Account {
    fn new(email: String, registered: bool) -> Account {
        Account { email, registration: registered.then_some(Registration::Unknown) }
    }

    /// The address with what became of the registration, where the account may be there because of the run.
    fn registered(&self) -> Option<(&str, Registration)> {
        let registration = self.registration.filter(|registration| *registration != Registration::Refused)?;
        Some((&self.email, registration))
    }
}

impl std::fmt::Display for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Registration::Unknown => "may have been registered",
            Registration::Done => "was registered",
            Registration::Refused => "was not registered",
        })
    }
}

impl Thing {
    /// Something that is about to be made.
    fn new((number, scenario): (usize, usize), place: Place, by: String) -> Thing {
        let Place { collection, path } = place;
        Thing { number, scenario, collection, path, by, username: None, answered: false, reported: false }
    }

    /// As it stands in the journal.
    fn creating(&self) -> Line {
        let Thing { number, scenario, collection, path, by, .. } = self.clone();
        Line::Creating { number, scenario, collection, path, by }
    }

    /// Whether another thing is gone when this one is. The same path can have been noted twice; and a path in another
    /// version, or with the name of the instance in capitals, leads to the same.
    fn holds(&self, other: &Thing) -> bool {
        let Some(path) = self.path.as_deref().map(below_version) else { return false };
        let below = below_version(other.path.as_ref().unwrap_or(&other.collection));
        let begins = below.get(..path.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(path));
        let is_same = below.len() == path.len() && other.path.is_some();
        begins && (!is_same || self.number < other.number)
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => f.write_str(path),
            None => write!(f, "what a POST to {} may have made", self.collection),
        }
    }
}

impl From<JournalError> for SetUpError {
    fn from(error: JournalError) -> SetUpError {
        SetUpError(error.to_string())
    }
}

fn too_late(ending: &Ending) -> SetUpError {
    let seconds = ending.clearing_time().as_secs();
    SetUpError(format!("it could not be removed within the {seconds} s that there are for that after the end of a run"))
}

/// What stands at a path; nothing where it is gone.
async fn look(path: &str, by: &Client) -> Result<Option<Value>, SetUpError> {
    let response = by.insist(Method::GET, path).await?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        StatusCode::OK => Ok(Some(serde_json::from_slice(response.body()).unwrap_or_default())),
        status => Err(SetUpError(format!("GET was answered with {}", status.as_u16()))),
    }
}

/// Where a POST may make something: one place, or one for each request of a batch. Memberships and objects are things like
/// any other: they go with what they belong to.
fn places(path: &str, body: &[u8]) -> Vec<Option<Place>> {
    let path = path.split('?').next().unwrap_or_default();
    if !is_batch(path) {
        return vec![place(path, || serde_json::from_slice(body).unwrap_or_default())];
    }
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let requests = body.get("requests").and_then(Value::as_array).into_iter().flatten();
    let places = requests.map(|request| {
        let text = |member| request.get(member).and_then(Value::as_str);
        let path = text("path").filter(|_| text("method") == Some("POST"))?;
        place(path.split('?').next()?, || request.get("body").cloned().unwrap_or_default())
    });
    places.collect()
}

fn place(path: &str, body: impl FnOnce() -> Value) -> Option<Place> {
    let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
    let (collection, name) = match segments.as_slice() {
        _ if !is_plain_path(path) => return None,
        [_, "instances"] => (path.to_owned(), body().get("name").cloned()),
        // It is then under its new name what has to be removed.
        [version, "instances", _, "rename"] => {
            (format!("/{version}/instances/"), Some(body().get("new_name")?.clone()))
        }
        [_, _, _, .., last] if segments.len() % 2 == 0 && !ACTIONS.contains(last) => (path.to_owned(), None),
        _ => return None,
    };
    let named = name.as_ref().and_then(Value::as_str).map(|name| format!("{collection}{name}/"));
    Some(Place { path: named.filter(|path| is_plain_path(path)), collection })
}

/// The path of something as its answer gives it, if that is one segment below the collection. How the link is written, with
/// a host or another version, is for checks to say.
fn item_of(collection: &str, answer: &Value) -> Option<String> {
    let link = answer.pointer("/links/self")?.as_str()?;
    let name = below_version(link).strip_prefix(below_version(collection))?.strip_suffix('/')?;
    let path = format!("{collection}{name}/");
    (!name.contains('/') && is_plain_path(&path)).then_some(path)
}

/// The status of a part of the answer to a batch; where there is none it is as if there were no answer.
fn status_of(part: &Value) -> StatusCode {
    let code = part.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What something is called.
fn names(body: &Value) -> impl Iterator<Item = &str> {
    let places = ["/name", "/username", "/label", "/description", "/title", "/email", "/user/username", "/group/label"];
    places.into_iter().filter_map(|place| body.pointer(place)?.as_str())
}

/// Whether a name says that it is of this run and of this scenario: the id, a separator, the number.
fn is_of(run: &str, scenario: usize, name: &str) -> bool {
    name.match_indices(run).any(|(at, _)| {
        let number = name.get(at + run.len()..).and_then(|rest| rest.strip_prefix(['-', '_', 'n'])).unwrap_or_default();
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number.get(..end).and_then(|number| number.parse().ok()) == Some(scenario)
    })
}

/// A path without scheme, host and version: `/instances/<name>/`.
fn below_version(link: &str) -> &str {
    let path = match link.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => link,
    };
    let second = path.match_indices('/').nth(1).map(|(at, _)| at);
    second.and_then(|at| path.get(at..)).unwrap_or_default()
}

/// `/v1.1/instances/`
fn is_instances(path: &str) -> bool {
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances"])
}

/// `/v1.1/instances/<name>/batch/`
fn is_batch(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances", _, "batch"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is() {
        for name in ["alice-p9rhx83j-24", "zoen p9rhx83jn24x", "ledger_p9rhx83j_24", "conformance-p9rhx83j-24-own"] {
            assert!(is_of("p9rhx83j", 24, name), "{name}");
        }
        for name in ["alice-p9rhx83j-2", "alice-p9rhx83j-240", "alice-p9rhx84j-24", "p9rhx83j", "24-p9rhx83j", ""] {
            assert!(!is_of("p9rhx83j", 24, name), "{name}");
        }
    }

    #[test]
    fn it_is_known_beforehand_where_something_will_stand() {
        let place = |path: &str, body: Value| {
            let places = places(path, body.to_string().as_bytes()).into_iter();
            places.map(|place| place.map(|place| (place.collection, place.path))).collect::<Vec<_>>()
        };
        let at = |collection: &str, path: Option<&str>| Some((collection.to_owned(), path.map(str::to_owned)));
        let json = serde_json::json!({"name": "a", "new_name": "b", "requests": [
            {"method": "GET", "path": "/v1/instances/i/users/"},
            {"method": "POST", "path": "/v1/instances/i/users/?fields=id"},
            {"method": "POST", "path": "/v1/instances/i/../users/"},
        ]});
        let users = at("/v1/instances/i/users/", None);
        assert_eq!(place("/v1.1/instances/", json.clone()), [at("/v1.1/instances/", Some("/v1.1/instances/a/"))]);
        assert_eq!(place("/v1/instances/x/rename/", json.clone()), [at("/v1/instances/", Some("/v1/instances/b/"))]);
        assert_eq!(place("/v1.1/instances/i/batch/", json.clone()), [None, users.clone(), None]);
        assert_eq!(place("/v1/instances/i/users/?page_size=1", json.clone()), [users]);
        for nothing in ["/v1/instances/i/user/auth/", "/v1/instances/i/users/1/reset_key/", "/v1/instances/i/users/1/"]
        {
            assert_eq!(place(nothing, json.clone()), [None], "{nothing}");
        }
        for elsewhere in ["/v1/instances/../account/", "/v1/account/register/", "/v2/instances/", "//instances/"] {
            assert_eq!(place(elsewhere, json.clone()), [None], "{elsewhere}");
        }
    }
}
