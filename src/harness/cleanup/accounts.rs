//! The accounts on which a run creates resources.

use std::fmt;

/// An account on which the run creates resources.
pub struct LedgerAccount {
    /// Its e-mail address.
    pub email: String,
    /// The state of its registration, if the run registers it.
    pub registration: Option<RegistrationState>,
}

/// The state of the registration of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// The request got no response: the account may exist.
    Unknown,
    /// The account exists.
    Done,
    /// The account does not exist: the request was rejected, or never reached the target.
    Rejected,
}

impl LedgerAccount {
    /// Creates an account; `registered` says whether the run registers it.
    pub fn new(email: String, registered: bool) -> LedgerAccount {
        LedgerAccount { email, registration: registered.then_some(RegistrationState::Unknown) }
    }

    /// Returns the address and the registration, if the account may exist because of the run.
    pub fn registered(&self) -> Option<(&str, RegistrationState)> {
        let registration = self.registration.filter(|registration| *registration != RegistrationState::Rejected)?;
        Some((&self.email, registration))
    }
}

impl fmt::Display for RegistrationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RegistrationState::Unknown => "may have been registered",
            RegistrationState::Done => "was registered",
            RegistrationState::Rejected => "was not registered",
        })
    }
}
