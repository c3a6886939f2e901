//! The ledger of a run: the resources that it has created and not removed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use super::accounts::{LedgerAccount, RegistrationState};
use super::entry::JournalEntry;
use super::journal::{Journal, JournalError};
use super::paths::{Destination, below_version, destinations, identified, is_batch, is_instances, last_segment};
use super::resource::{APP, CreatedResource};

/// Everything that a run has created and not removed.
pub struct Ledger {
    run: String,
    state: Mutex<LedgerState>,
}

struct LedgerState {
    /// In the order of their creation.
    resources: Vec<CreatedResource>,
    accounts: Vec<LedgerAccount>,
    /// The number of the next resource.
    next: usize,
    /// The paths of resources that the target still showed after their deletion.
    late: BTreeSet<String>,
    journal: Option<Journal>,
}

/// The resources that a noted request may create: one, or one for each request of a batch; `None`
/// for a request that creates nothing.
#[derive(Default)]
pub struct Creation {
    is_batch: bool,
    numbers: Vec<Option<usize>>,
}

impl Ledger {
    /// Creates an empty ledger. With a journal, every entry is written to it too.
    pub fn new(run: &str, journal: Option<Journal>) -> Ledger {
        let state =
            LedgerState { resources: Vec::new(), accounts: Vec::new(), next: 0, late: BTreeSet::new(), journal };
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

    fn state(&self) -> MutexGuard<'_, LedgerState> {
        // A panic in another thread leaves the ledger intact: entries are added and removed whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the id of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Notes an account that will create resources; `registered` says whether the run registers it
    /// first.
    pub fn account(&self, email: &str, registered: bool) -> Result<(), JournalError> {
        let mut state = self.state();
        state.write(|| JournalEntry::Account { email: email.to_owned(), registered })?;
        state.accounts.push(LedgerAccount::new(email.to_owned(), registered));
        Ok(())
    }

    /// Notes the result of the registration of an account.
    pub fn registration(&self, email: &str, registration: RegistrationState) {
        let mut state = self.state();
        state.set_registration(email, registration);
        state.mention(JournalEntry::Registration {
            email: email.to_owned(),
            done: registration == RegistrationState::Done,
        });
    }

    /// Returns the e-mail addresses of the accounts that the run has registered, or may have
    /// registered.
    pub fn registered(&self) -> Vec<(String, RegistrationState)> {
        let state = self.state();
        let registered = state.accounts.iter().filter_map(LedgerAccount::registered);
        registered.map(|(email, registration)| (email.to_owned(), registration)).collect()
    }

    /// Notes a POST of a scenario before it is sent. `account` sends it and owns the instances that
    /// it creates; `owner`, who creates the worlds, can remove any other resource. If this fails,
    /// the request must not be sent.
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
            // An instance that another account names may exist already, and belong to somebody
            // else.
            resource.path.take_if(|_| account != owner);
            state.write(|| resource.creating())?;
            state.next += 1;
            state.resources.push(resource);
            creation.numbers.push(Some(number));
        }
        Ok(creation)
    }

    /// Notes the response to a creation. Returns whether the paths of all created resources are
    /// known; the clean-up searches for the others.
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

    /// Notes that a step has deleted the resource at a path: the clean-up does not search for it.
    pub fn deleted(&self, path: &str) {
        let path = path.split('?').next().unwrap_or_default();
        let mut state = self.state();
        state.resources.iter_mut().filter(|resource| resource.is_at(path)).for_each(|it| it.expected = false);
    }

    /// Notes that a creation got no response. A request that never reached the target has created
    /// nothing; for any other request the clean-up searches.
    pub fn unanswered(&self, creation: &Creation, may_have_gone_through: bool) {
        if !may_have_gone_through {
            let mut state = self.state();
            creation.numbers.iter().flatten().for_each(|number| state.rejected(*number));
        }
    }

    /// Notes that the target still shows the resource at a path after it has confirmed the
    /// deletion.
    pub fn late(&self, path: &str) {
        self.state().late.insert(path.to_owned());
    }

    /// Notes that a resource is gone, with everything below it.
    pub fn removed(&self, number: usize) {
        self.state().removed(number);
    }

    /// Notes that the failed removal of a resource was reported.
    pub fn reported(&self, number: usize) {
        let mut state = self.state();
        state.resources.iter_mut().filter(|resource| resource.number == number).for_each(|it| it.reported = true);
    }

    /// Returns the resources of a scenario, or of all scenarios, that are not below another created
    /// resource.
    pub fn roots(&self, scenario: Option<usize>) -> Vec<CreatedResource> {
        let state = self.state();
        let of = |resource: &&CreatedResource| scenario.is_none_or(|scenario| resource.scenario == scenario);
        let stands_alone = |resource: &&CreatedResource| !state.resources.iter().any(|other| other.holds(resource));
        state.resources.iter().filter(of).filter(stands_alone).cloned().collect()
    }

    /// Returns the number of resources of the most frequent kind directly below a path.
    pub fn most_below(&self, path: &str) -> usize {
        let path = below_version(path);
        let mut kinds: HashMap<&str, usize> = HashMap::new();
        let state = self.state();
        for resource in &state.resources {
            if let Some(kind) = below_version(&resource.collection).strip_prefix(path) {
                *kinds.entry(kind).or_default() += 1;
            }
        }
        kinds.into_values().max().unwrap_or_default()
    }

    /// Returns the owners of the remaining resources: e-mail addresses of accounts, or [`APP`].
    pub fn owners(&self) -> BTreeSet<String> {
        self.roots(None).into_iter().map(|resource| resource.by).collect()
    }

    /// Closes the ledger. Removes the journal if no resource is left, else returns the command that
    /// removes the rest.
    pub fn close(&self) -> Option<String> {
        let mut state = self.state();
        match &state.journal {
            Some(journal) if !state.resources.is_empty() => Some(journal.sweep_command()),
            _ => {
                // A journal that cannot be removed does no harm: it names no remaining resource.
                state.journal.take().map(Journal::remove);
                None
            }
        }
    }

    /// Returns a note on resources that the target still showed after their deletion, if there were
    /// any.
    pub fn late_deletions(&self) -> Option<String> {
        let late = self.state().late.len();
        let resources = if late == 1 { "1 resource".to_owned() } else { format!("{late} resources") };
        (late > 0).then(|| {
            format!(
                "the target still showed {resources} after it had confirmed the deletion: it deletes late, or a cache in \
                 front of it gives stale answers"
            )
        })
    }

    /// Returns a line for each account and user that stays on a deployment: the API cannot delete
    /// accounts, and the keys of the run cannot delete the users that they have created.
    pub fn permanent(&self) -> Vec<String> {
        let state = self.state();
        let registered = state.accounts.iter().filter_map(LedgerAccount::registered);
        let registered = registered.map(|(email, registration)| {
            format!("the account {email} {registration} for this run; the API has no way to delete it")
        });
        let users = state.resources.iter().filter(|resource| resource.by == APP && !resource.reported);
        let users = users.map(|resource| {
            let user = match (&resource.username, &resource.path) {
                (Some(name), _) => format!("the user {name} was created"),
                (None, Some(path)) => format!("{path} was created"),
                (None, None) => format!("a user may have been created by a POST to {}", resource.collection),
            };
            format!("{user} with allow_user_create; such a key cannot delete it")
        });
        registered.chain(users).collect()
    }
}

impl LedgerState {
    /// Applies an event of a journal.
    fn apply(&mut self, entry: JournalEntry) {
        match entry {
            JournalEntry::Account { email, registered } => self.accounts.push(LedgerAccount::new(email, registered)),
            JournalEntry::Registration { email, done } => {
                self.set_registration(&email, if done { RegistrationState::Done } else { RegistrationState::Rejected });
            }
            JournalEntry::Creating { number, scenario, collection, path, by } => {
                let destination = Destination { collection, named: path };
                self.resources.push(CreatedResource::new((number, scenario), destination, by));
            }
            JournalEntry::Created { number, path } => self.created(number, Some(path)),
            JournalEntry::Rejected { number } => self.resources.retain(|resource| resource.number != number),
            JournalEntry::Removed { number } => self.forget(number),
        }
    }

    fn write(&mut self, entry: impl FnOnce() -> JournalEntry) -> Result<(), JournalError> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.write(&entry()))
    }

    /// Writes an event that may be lost: without it, a sweep only searches for a resource that is
    /// gone.
    fn mention(&mut self, entry: JournalEntry) {
        let _ = self.write(|| entry);
    }

    fn set_registration(&mut self, email: &str, registration: RegistrationState) {
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

    /// Notes the response about one resource. Returns whether its path is known.
    fn answered(&mut self, run: &str, number: usize, status: StatusCode, answer: &Value) -> bool {
        let Some(resource) = self.resources.iter_mut().find(|resource| resource.number == number) else { return false };
        resource.answered = true;
        if status.is_server_error() {
            return false;
        }
        if !status.is_success() {
            // The target is not trusted: if the path is known, the clean-up looks there anyway.
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
        // Two resources cannot share a path, so this one is unknown.
        let path = path.filter(|path| named.is_some() || !self.resources.iter().any(|other| other.is_at(path)));
        self.created(number, path.clone());
        if let Some(path) = path {
            self.mention(JournalEntry::Created { number, path });
        }
        is_known
    }

    fn rejected(&mut self, number: usize) {
        self.resources.retain(|resource| resource.number != number);
        self.mention(JournalEntry::Rejected { number });
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

/// Returns the status of one part of the response to a batch. A part without a status counts as an
/// error of the server.
fn status_of(part: &Value) -> StatusCode {
    let code = part.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
