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
use super::journal::{Journal, JournalError, Line};
use super::means::APP;
use super::place::{Place, below_version, identified, is_batch, is_instances, is_of, last_segment, names, places};
use super::target::Target;

/// How often a removal is tried.
const REMOVALS: u32 = 6;
/// How long is waited before the second time; then twice as long each time, up to ten seconds altogether: there are deployments
/// that delete late.
const BETWEEN_REMOVALS: Duration = Duration::from_millis(300);

/// So many pages of a collection are looked through at most, the newest first.
const MOST_PAGES: usize = 50;

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
    /// The path that its request named. It is not removed before the target says that it was made, unless it is the path too.
    named: Option<String>,
    /// Who can remove it: the e-mail address of an account, or [`APP`].
    by: String,
    /// What a user is called whom an app has made.
    username: Option<String>,
    /// Whether the request was answered.
    answered: bool,
    /// Whether it has to be there: the target said that it was made, and no step has deleted it.
    expected: bool,
    /// Whether it was reported that it could not be removed.
    reported: bool,
}

/// What a request that was noted may make: one thing, or one for each request of a batch; `None` for those that make nothing.
#[derive(Default)]
pub struct Creating {
    is_batch: bool,
    numbers: Vec<Option<usize>>,
}

/// What became of something that was to be removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Removed,
    /// There was nothing.
    Absent,
    /// It is not of this run, and stays.
    Foreign,
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
                    let place = Place { collection, named: path };
                    state.things.push(Thing::new((number, scenario), place, by));
                }
                Line::Created { number, path } => state.created(number, Some(path)),
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
            let Some(place) = place else {
                creating.numbers.push(None);
                continue;
            };
            let by = if is_instances(&place.collection) { account } else { holder }.to_owned();
            let number = state.number;
            let mut thing = Thing::new((number, scenario), place, by);
            // What another account names may be there already, and then that account cannot see it.
            thing.path.take_if(|_| account != holder);
            state.write(|| thing.creating())?;
            state.number += 1;
            state.things.push(thing);
            creating.numbers.push(Some(number));
        }
        Ok(creating)
    }

    /// It was answered. Notes where that stands which was made, and returns whether that is known. Where it is not, what was
    /// made is looked for when the scenario is cleared away.
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

    /// A step has deleted what stands at a path, so that it is not searched for later.
    pub fn deleted(&self, path: &str) {
        let path = path.split('?').next().unwrap_or_default();
        let mut state = self.state();
        state.things.iter_mut().filter(|thing| thing.stands_at(path)).for_each(|thing| thing.expected = false);
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
            let fate = match &thing.path {
                Some(path) => self.remove(path, by).await?,
                None => Fate::Absent,
            };
            let is_elsewhere = thing.path.is_none() || thing.expected && fate != Fate::Removed;
            let found = if is_elsewhere { self.remove_found(thing, by).await? } else { 0 };
            if fate == Fate::Foreign && found == 0 {
                return Err(SetUpError(format!("it does not carry {} in its name, so it is not removed", self.run)));
            }
        }
        Ok(())
    }

    /// Removes what stands in the collection of a thing and carries in its name that it is of this run and scenario. Returns
    /// how much that was.
    async fn remove_found(&self, thing: &Thing, by: &Client) -> Result<usize, SetUpError> {
        let (found, searched) = self.find(thing, by).await;
        let (mut removed, mut failed) = (0, searched.err());
        for path in &found {
            match self.remove(path, by).await {
                Ok(fate) => removed += usize::from(fate == Fate::Removed),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    /// The paths of it, also of those that were found before the search failed.
    async fn find(&self, thing: &Thing, by: &Client) -> (BTreeSet<String>, Result<(), SetUpError>) {
        let mut found = BTreeSet::new();
        let mut query = "ordering=desc&page_size=100".to_owned();
        for _ in 0..MOST_PAGES {
            let response = match by.insist(Method::GET, &format!("{}?{query}", thing.collection)).await {
                Ok(response) => response,
                Err(error) => return (found, Err(error)),
            };
            let page = match response.status() {
                StatusCode::OK => serde_json::from_slice::<Value>(response.body()).unwrap_or_default(),
                // It is no list, or it is gone with all that it held.
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return (found, Ok(())),
                status => {
                    let error = SetUpError(format!("GET was answered with {}", status.as_u16()));
                    return (found, Err(error));
                }
            };
            let objects = page.get("objects").and_then(Value::as_array).into_iter().flatten();
            let ours = objects.filter(|object| names(object).any(|name| is_of(&self.run, thing.scenario, name)));
            found.extend(ours.filter_map(|object| identified(&thing.collection, object)));
            let next = page.get("next").and_then(Value::as_str).and_then(|next| next.split_once('?'));
            match next {
                Some((_, next)) => query = next.to_owned(),
                None => return (found, Ok(())),
            }
        }
        let error = format!("it has more than {MOST_PAGES} pages, and not all were looked through");
        (found, Err(SetUpError(error)))
    }

    async fn remove(&self, path: &str, by: &Client) -> Result<Fate, SetUpError> {
        let mut last = SetUpError("it is still there".to_owned());
        let mut fate = Fate::Absent;
        for attempt in 0..REMOVALS {
            if let Some(doublings) = attempt.checked_sub(1) {
                by.target.pause(BETWEEN_REMOVALS * 2u32.pow(doublings)).await;
            }
            match look(path, by).await {
                Ok(None) => return Ok(fate),
                Ok(Some(body)) if !self.owns(path, &body) => return Ok(Fate::Foreign),
                Ok(Some(_)) => {}
                Err(error) => {
                    last = error;
                    continue;
                }
            }
            match by.insist(Method::DELETE, path).await {
                // Whether the status is the right one is for checks to say: what counts is that it is gone.
                Ok(response) if response.status().is_success() => {
                    fate = Fate::Removed;
                    if let Ok(None) = look(path, by).await {
                        return Ok(fate);
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

    /// Whether what stands at a path carries the id of the run in its name. What an instance is called stands in its path,
    /// whatever its answer says.
    fn owns(&self, path: &str, body: &Value) -> bool {
        let is_ours = |name: &str| name.contains(&self.run);
        let (collection, name) = last_segment(path);
        names(body).any(is_ours) && (!is_instances(collection) || is_ours(name))
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

    /// It was made. Its path, unless the request named one.
    fn created(&mut self, number: usize, path: Option<String>) {
        if let Some(thing) = self.things.iter_mut().find(|thing| thing.number == number) {
            thing.path = thing.path.take().or_else(|| thing.named.take()).or(path);
            (thing.answered, thing.expected) = (true, true);
        }
    }

    /// What the answer to a request says of what it makes; whether it is known where that stands.
    fn answered(&mut self, run: &str, number: usize, status: StatusCode, answer: &Value) -> bool {
        let Some(thing) = self.things.iter_mut().find(|thing| thing.number == number) else { return false };
        thing.answered = true;
        if status.is_server_error() {
            return false;
        }
        if !status.is_success() {
            // A refusal is not believed where it costs nothing to look.
            if !thing.path.as_ref().is_some_and(|path| last_segment(path).1.contains(run)) {
                self.refused(number);
            }
            return false;
        }
        if thing.by == APP {
            thing.username = answer.get("username").and_then(Value::as_str).map(str::to_owned);
        }
        let named = thing.path.clone().or_else(|| thing.named.clone());
        let path = named.clone().or_else(|| identified(&thing.collection, answer));
        let is_known = path.is_some();
        // Two things do not stand at one path: this one is elsewhere.
        let path = path.filter(|path| named.is_some() || !self.things.iter().any(|thing| thing.stands_at(path)));
        self.created(number, path.clone());
        if let Some(path) = path {
            self.mention(Line::Created { number, path });
        }
        is_known
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
        let Place { collection, named } = place;
        let (answered, expected, reported) = (false, false, false);
        let path = named.clone();
        Thing { number, scenario, collection, path, named, by, username: None, answered, expected, reported }
    }

    /// As it stands in the journal.
    fn creating(&self) -> Line {
        let Thing { number, scenario, collection, path, by, .. } = self.clone();
        Line::Creating { number, scenario, collection, path, by }
    }

    /// Whether it stands at this path, in any version and however the letters are written.
    fn stands_at(&self, path: &str) -> bool {
        self.path.as_ref().is_some_and(|own| below_version(own).eq_ignore_ascii_case(below_version(path)))
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

/// The status of a part of the answer to a batch; where there is none it is as if there were no answer.
fn status_of(part: &Value) -> StatusCode {
    let code = part.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
