//! Records how far a request got and who sent it. Recording is cheap; the explanation is derived
//! only if requested.

use std::cell::Cell;

use super::caller::Caller;
use super::credentials::RequestKeys;

/// The record of a request's processing.
pub struct Trail {
    station: Cell<Station>,
    caller: Cell<Option<Caller>>,
    /// The keys of the request.
    pub credentials: RequestKeys,
}

/// The checks that a request passes, in order. The first one that rejects it decides the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    /// The path has an endpoint.
    Route,
    /// The instance exists.
    Instance,
    /// The parent in the path exists: a user, a group or a class.
    Parent,
    /// The caller accepts JSON.
    Negotiation,
    /// The keys are valid for this instance.
    Caller,
    /// The caller has the right to perform the action.
    Access,
    /// The caller is within the limits a second.
    Throttle,
    /// The endpoint has the method.
    Method,
    /// The object exists, the caller can see it and may perform the action on it.
    Object,
    /// The body is readable and valid.
    Body,
}

impl Station {
    /// Returns the name, one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Station::Route => "route",
            Station::Instance => "instance",
            Station::Parent => "parent",
            Station::Negotiation => "negotiation",
            Station::Caller => "caller",
            Station::Access => "access",
            Station::Throttle => "throttle",
            Station::Method => "method",
            Station::Object => "object",
            Station::Body => "body",
        }
    }
}

impl Default for Trail {
    fn default() -> Trail {
        Trail { station: Cell::new(Station::Body), caller: Cell::new(None), credentials: RequestKeys::None }
    }
}

impl Trail {
    /// Records the current station.
    pub fn reach(&self, station: Station) {
        self.station.set(station);
    }

    /// Returns the last recorded station.
    pub fn station(&self) -> Station {
        self.station.get()
    }

    /// Returns the caller, if already identified.
    pub fn caller(&self) -> Option<Caller> {
        self.caller.get()
    }

    /// Records the caller.
    pub fn recognise(&self, caller: &Caller) {
        self.caller.set(Some(*caller));
    }
}
