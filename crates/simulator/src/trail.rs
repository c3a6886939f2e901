//! How far a request came, and who was recognised. It costs next to nothing; words are made of it for those who ask.

use std::cell::Cell;

use super::caller::Caller;
use super::credentials::Credentials;

/// How far a request came.
pub struct Trail {
    station: Cell<Station>,
    caller: Cell<Option<Caller>>,
    /// The keys that were found.
    pub credentials: Credentials,
}

/// Where a request can be turned away, in this order. The first station that has something to say decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    /// No endpoint has the path.
    Route,
    /// There is no such instance.
    Instance,
    /// There is no such user, group or class that the path goes through.
    Parent,
    /// The caller wants another form than JSON.
    Negotiation,
    /// The key opens nothing here.
    Caller,
    /// The caller has no right to that.
    Access,
    /// The endpoint has no such method.
    Method,
    /// What the path names is not there for the caller, or not for that.
    Object,
    /// What was sent cannot be read, or is not as it should be.
    Body,
}

impl Station {
    /// The name in one word.
    pub fn name(self) -> &'static str {
        match self {
            Station::Route => "route",
            Station::Instance => "instance",
            Station::Parent => "parent",
            Station::Negotiation => "negotiation",
            Station::Caller => "caller",
            Station::Access => "access",
            Station::Method => "method",
            Station::Object => "object",
            Station::Body => "body",
        }
    }
}

impl Default for Trail {
    fn default() -> Trail {
        Trail { station: Cell::new(Station::Body), caller: Cell::new(None), credentials: Credentials::None }
    }
}

impl Trail {
    /// Notes the station that the request is at.
    pub fn reach(&self, station: Station) {
        self.station.set(station);
    }

    /// The station that it came to.
    pub fn station(&self) -> Station {
        self.station.get()
    }

    /// Who calls, if that is known.
    pub fn caller(&self) -> Option<Caller> {
        self.caller.get()
    }

    /// Notes who calls.
    pub fn recognise(&self, caller: &Caller) {
        self.caller.set(Some(*caller));
    }
}
