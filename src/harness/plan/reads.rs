//! Finds the steps of a scenario that can be replayed, and the ways to replay them.

use http::Method;

use crate::judge::{KEY_HEADERS, ReplayWay};
use syncano_suite::file::{SaveName, Via};
use syncano_suite::{KeySlot, Name, Principal, Scenario, Step, StepBody};

/// Returns the ways in which the reads of a scenario can be replayed. Some need an administrator,
/// and another instance that exists or can be created.
pub fn replayable(scenario: &Scenario, has_administrator: bool, makes_instances: bool) -> Vec<ReplayWay> {
    let has_another = has_administrator && (makes_instances || scenario.given.foreign.is_some());
    let steps = 0..scenario.steps.len();
    let reads = steps.filter_map(|number| Read::new(scenario, number)).collect::<Vec<_>>();
    let is_there = |way: &ReplayWay| match way {
        ReplayWay::FromAnotherInstance => has_another,
        ReplayWay::AsTheAdministrator => has_administrator,
        _ => true,
    };
    ReplayWay::ALL.into_iter().filter(is_there).filter(|way| reads.iter().any(|read| read.allows(*way))).collect()
}

/// A step that can be replayed, with the steps before it.
pub struct Read<'s> {
    scenario: &'s Scenario,
    before: &'s [Step],
    /// The step.
    pub step: &'s Step,
}

impl<'s> Read<'s> {
    /// Returns the step with this number, if it can be replayed: a GET inside an instance, with its
    /// keys in headers, and without `eventually` and `waits_for_next`.
    pub fn new(scenario: &'s Scenario, number: usize) -> Option<Read<'s>> {
        let step = scenario.steps.get(number)?;
        let key_headers = || KEY_HEADERS.into_iter().chain(["authorization"]);
        let sets_keys = step.headers.keys().any(|name| key_headers().any(|header| name.eq_ignore_ascii_case(header)));
        let path = step.path.to_string();
        let reads = step.method == Method::GET
            && matches!(step.body, StepBody::Empty)
            && step.via == Via::default()
            && step.eventually.is_none()
            && !step.waits_for_next
            && !sets_keys
            && !path.contains("key=")
            && !path.starts_with("{{root}}");
        reads.then(|| Read { scenario, before: scenario.steps.get(..number).unwrap_or_default(), step })
    }

    /// Returns whether its principal can replay it in this way.
    pub fn allows(&self, way: ReplayWay) -> bool {
        let Principal { key, user } = &self.step.principal;
        match way {
            ReplayWay::Twice => true,
            ReplayWay::InTheQuery => *key != KeySlot::Nothing || user.is_some(),
            ReplayWay::AsAnotherUser => self.other_user().is_some(),
            ReplayWay::WithTheOldKey => self.user().is_some_and(|user| {
                let saved = self.before.iter().flat_map(|step| &step.save);
                saved.into_iter().any(|(name, _)| matches!(name, SaveName::UserKey(saved) if saved == user))
            }),
            ReplayWay::FromAnotherInstance => {
                let is_own = user.as_ref().is_none_or(|slot| self.scenario.given.users.contains(&slot.user));
                is_own && matches!(key, KeySlot::Api(_) | KeySlot::OfTheUser)
            }
            ReplayWay::AsTheAdministrator => self.user().is_some(),
            // A list of an app alone has no scope that a parameter could change.
            ReplayWay::WithListParameters => self.user().is_some() && !self.step.path.to_string().contains('?'),
        }
    }

    /// Returns the user as whom an app reads.
    pub fn user(&self) -> Option<&'s Name> {
        let Principal { key, user } = &self.step.principal;
        let is_app = matches!(key, KeySlot::Api(_) | KeySlot::Foreign | KeySlot::OfTheUser);
        user.as_ref().filter(|slot| is_app && !slot.revoked).map(|slot| &slot.user)
    }

    /// Returns another user of the same instance.
    pub fn other_user(&self) -> Option<&'s Name> {
        let user = self.user()?;
        let given = &self.scenario.given;
        let instances = [given.users.as_slice(), given.foreign.as_deref().unwrap_or_default()];
        let users = instances.into_iter().find(|users| users.contains(user))?;
        users.iter().find(|other| *other != user)
    }
}
