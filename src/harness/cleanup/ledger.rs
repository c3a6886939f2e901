//! The ledger of a run: what it has created and not removed.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::accounts::{LedgerAccount, Registration};
use super::entry::JournalEntry;
use super::journal::{Journal, JournalError};
use super::paths::{Destination, destinations, identified, is_batch, is_instances, last_segment};
use super::resource::{APP, CreatedResource};

/// Everything that a run has created and not removed.
pub struct Ledger {
    run: String,
    state: Mutex<State>,
}

struct State {
    /// In the order of their creation.
    resources: Vec<CreatedResource>,
    accounts: Vec<LedgerAccount>,
    /// The number of the next resource.
    next: usize,
    journal: Option<Journal>,
}

/// What a noted request may create: one resource, or one for each request of a batch; `None` for those that create nothing.
#[derive(Default)]
pub struct Creation {
    is_batch: bool,
    numbers: Vec<Option<usize>>,
}

impl Ledger {
    /// Creates an empty ledger. With a journal, everything is written to it too.
    pub fn new(run: &str, journal: Option<Journal>) -> Ledger {
        let state = State { resources: Vec::new(), accounts: Vec::new(), next: 0, journal };
        Ledger { run: run.to_owned(), state: Mutex::new(state) }
    }

    /// Creates the ledger of an earlier run from its journal.
    pub fn from_journal(journal: Journal, entries: Vec<JournalEntry>) -> Ledger {
        let ledger = Ledger::new(&journal.header().run.clone(), Some(journal));
        let mut state = ledger.state();
        entries.into_iter().for_each(|entry| state.apply(entry));
        drop(state);
        ledger
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A scenario that panicked leaves whole resources behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the id of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Notes an account that will create resources; `registered` says whether the run registers it first.
    pub fn account(&self, email: &str, registered: bool) -> Result<(), JournalError> {
        let mut state = self.state();
        state.write(|| JournalEntry::Account { email: email.to_owned(), registered })?;
        state.accounts.push(LedgerAccount::new(email.to_owned(), registered));
        Ok(())
    }

    /// Notes what became of the registration of an account.
    pub fn registration(&self, email: &str, registration: Registration) {
        let mut state = self.state();
        state.set_registration(email, registration);
        state.mention(JournalEntry::Registration { email: email.to_owned(), done: registration == Registration::Done });
    }

    /// Returns the e-mail addresses of the accounts that the run has registered, or may have registered.
    pub fn registered(&self) -> Vec<(String, Registration)> {
        let state = self.state();
        let registered = state.accounts.iter().filter_map(LedgerAccount::registered);
        registered.map(|(email, registration)| (email.to_owned(), registration)).collect()
    }

    /// Notes a POST of a scenario before it is sent. Instances belong to `account`, which sends it; `owner`, who creates
    /// worlds, can remove anything else. The request must not be sent if this fails.
    pub fn creating(
        &self,
        scenario: usize,
        (path, body): (&str, &[u8]),
        account: &str,
        owner: &str,
    ) -> Result<Creation, JournalError> {
        let destinations = destinations(path, body);
        let mut creation = Creation { is_batch: is_batch(path), numbers: Vec::with_capacity(destinations.len()) };
        let mut state = self.state();
        for destination in destinations {
            let Some(destination) = destination else {
                creation.numbers.push(None);
                continue;
            };
            let by = if is_instances(&destination.collection) { account } else { owner }.to_owned();
            let number = state.next;
            let mut resource = CreatedResource::new((number, scenario), destination, by);
            // What another account names may exist already, and then that account cannot see it.
            resource.path.take_if(|_| account != owner);
            state.write(|| resource.creating())?;
            state.next += 1;
            state.resources.push(resource);
            creation.numbers.push(Some(number));
        }
        Ok(creation)
    }

    /// Notes the response to a creation, and returns whether the paths of all that was created are known. What has no known
    /// path is searched for in the clean-up.
    pub fn answered(&self, creation: &Creation, response: &Response<Bytes>) -> bool {
        let mut state = self.state();
        let (status, body) = (response.status(), response.body());
        let has_created = status.is_success() && creation.numbers.iter().any(Option::is_some);
        let answer = if has_created { serde_json::from_slice(body).unwrap_or_default() } else { Value::Null };
        let mut all = true;
        for (place, number) in creation.numbers.iter().enumerate() {
            let Some(number) = *number else {
                all = false;
                continue;
            };
            // A rejected batch has created nothing.
            let (status, answer) = match answer.get(place) {
                Some(part) if creation.is_batch => (status_of(part), part.get("content").unwrap_or(&Value::Null)),
                _ => (status, &answer),
            };
            all &= state.answered(&self.run, number, status, answer);
        }
        all
    }

    /// Notes that a step has deleted the resource at a path: it is not searched for later.
    pub fn deleted(&self, path: &str) {
        let path = path.split('?').next().unwrap_or_default();
        let mut state = self.state();
        state.resources.iter_mut().filter(|resource| resource.is_at(path)).for_each(|it| it.expected = false);
    }

    /// Notes that a creation was not answered. A request that never reached the target has created nothing; for any other the
    /// clean-up searches.
    pub fn unanswered(&self, creation: &Creation, may_have_gone_through: bool) {
        if !may_have_gone_through {
            let mut state = self.state();
            creation.numbers.iter().flatten().for_each(|number| state.rejected(*number));
        }
    }

    /// Notes that a resource is gone, with everything below it.
    pub fn removed(&self, number: usize) {
        self.state().removed(number);
    }

    /// Notes that it was reported of a resource that it could not be removed.
    pub fn reported(&self, number: usize) {
        let mut state = self.state();
        state.resources.iter_mut().filter(|resource| resource.number == number).for_each(|it| it.reported = true);
    }

    /// Returns the resources of a scenario, or of all, that do not go with another one.
    pub fn roots(&self, scenario: Option<usize>) -> Vec<CreatedResource> {
        let state = self.state();
        let of = |resource: &&CreatedResource| scenario.is_none_or(|scenario| resource.scenario == scenario);
        let stands_alone = |resource: &&CreatedResource| !state.resources.iter().any(|other| other.holds(resource));
        state.resources.iter().filter(of).filter(stands_alone).cloned().collect()
    }

    /// Returns who can remove what is left: e-mail addresses of accounts, or [`APP`].
    pub fn owners(&self) -> BTreeSet<String> {
        self.roots(None).into_iter().map(|resource| resource.by).collect()
    }

    /// Ends the ledger: removes the journal if nothing is left. Returns the command that removes what is left.
    pub fn close(&self) -> Option<String> {
        let mut state = self.state();
        match &state.journal {
            Some(journal) if !state.resources.is_empty() => Some(journal.sweep_command()),
            _ => {
                // One that cannot be removed names nothing that is left.
                state.journal.take().map(Journal::remove);
                None
            }
        }
    }

    /// Returns a line for each account and user that stays on a deployment: nobody can delete accounts, and the keys of the
    /// run cannot delete users whom they have created.
    pub fn permanent(&self) -> Vec<String> {
        let state = self.state();
        let registered = state.accounts.iter().filter_map(LedgerAccount::registered);
        let registered = registered.map(|(email, registration)| {
            format!("the account {email} {registration} for this run; the API has no way to delete it")
        });
        let users = state.resources.iter().filter(|resource| resource.by == APP && !resource.reported);
        let users = users.map(|resource| {
            let user = match (&resource.username, &resource.path) {
                (Some(name), _) => format!("the user {name} was made"),
                (None, Some(path)) => format!("{path} was made"),
                (None, None) => format!("a user may have been made by a POST to {}", resource.collection),
            };
            format!("{user} with allow_user_create; such a key cannot delete it")
        });
        registered.chain(users).collect()
    }
}

impl State {
    /// Repeats an event of a journal.
    fn apply(&mut self, entry: JournalEntry) {
        match entry {
            JournalEntry::Account { email, registered } => self.accounts.push(LedgerAccount::new(email, registered)),
            JournalEntry::Registration { email, done } => {
                self.set_registration(&email, if done { Registration::Done } else { Registration::Rejected });
            }
            JournalEntry::Creating { number, scenario, collection, path, by } => {
                let destination = Destination { collection, named: path };
                self.resources.push(CreatedResource::new((number, scenario), destination, by));
            }
            JournalEntry::Created { number, path } => self.created(number, Some(path)),
            JournalEntry::Refused { number } => self.resources.retain(|resource| resource.number != number),
            JournalEntry::Removed { number } => self.forget(number),
        }
    }

    fn write(&mut self, entry: impl FnOnce() -> JournalEntry) -> Result<(), JournalError> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.write(&entry()))
    }

    /// Writes an event that does not have to be known: without it, a sweep looks for what is gone.
    fn mention(&mut self, entry: JournalEntry) {
        let _ = self.write(|| entry);
    }

    fn set_registration(&mut self, email: &str, registration: Registration) {
        let accounts = self.accounts.iter_mut().filter(|account| account.email == email);
        accounts.for_each(|account| account.registration = Some(registration));
    }

    /// Notes that a resource exists at this path, unless the request named one.
    fn created(&mut self, number: usize, path: Option<String>) {
        if let Some(resource) = self.resources.iter_mut().find(|resource| resource.number == number) {
            resource.path = resource.path.take().or_else(|| resource.named.take()).or(path);
            (resource.answered, resource.expected) = (true, true);
        }
    }

    /// Notes what a response says of a resource, and returns whether its path is known.
    fn answered(&mut self, run: &str, number: usize, status: StatusCode, answer: &Value) -> bool {
        let Some(resource) = self.resources.iter_mut().find(|resource| resource.number == number) else { return false };
        resource.answered = true;
        if status.is_server_error() {
            return false;
        }
        if !status.is_success() {
            // A rejection is not believed where it costs nothing to look.
            if !resource.path.as_ref().is_some_and(|path| last_segment(path).1.contains(run)) {
                self.rejected(number);
            }
            return false;
        }
        if resource.by == APP {
            resource.username = answer.get("username").and_then(Value::as_str).map(str::to_owned);
        }
        let named = resource.path.clone().or_else(|| resource.named.clone());
        let path = named.clone().or_else(|| identified(&resource.collection, answer));
        let is_known = path.is_some();
        // Two resources do not have one path: this one is somewhere else.
        let path = path.filter(|path| named.is_some() || !self.resources.iter().any(|other| other.is_at(path)));
        self.created(number, path.clone());
        if let Some(path) = path {
            self.mention(JournalEntry::Created { number, path });
        }
        is_known
    }

    fn rejected(&mut self, number: usize) {
        self.resources.retain(|resource| resource.number != number);
        self.mention(JournalEntry::Refused { number });
    }

    fn removed(&mut self, number: usize) {
        self.forget(number);
        self.mention(JournalEntry::Removed { number });
    }

    /// Drops a resource, and all below it.
    fn forget(&mut self, number: usize) {
        let Some(at) = self.resources.iter().position(|resource| resource.number == number) else { return };
        let gone = self.resources.remove(at);
        self.resources.retain(|resource| !gone.holds(resource));
    }
}

/// Returns the status of a part of the response to a batch. Without one it is as if there were no response.
fn status_of(part: &Value) -> StatusCode {
    let code = part.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
