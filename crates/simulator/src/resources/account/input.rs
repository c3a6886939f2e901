//! The bodies of requests on accounts: registration, login, changes.

use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::{self, Member};
use crate::wording::is_email;

pub const EMAIL: Member = members::EMAIL;
pub const PASSWORD: Member = Member::required("string", "Password").max(128).hashed();
pub const FIRST_NAME: Member = Member::optional("string", "First name").max(64);
pub const LAST_NAME: Member = Member::optional("string", "Last name").max(64);
pub const INVITATION: Member = Member::optional("string", "Invitation key").max(40).not_blank();
/// Members to look up an account have no maximum length, unlike those that are stored.
pub const ANY_EMAIL: Member = Member::required("email", "Email");
pub const ANY_PASSWORD: Member = Member::required("string", "Password").hashed();
pub const CURRENT_PASSWORD: Member = Member::required("string", "Current password").hashed();
pub const NEW_PASSWORD: Member = Member::required("string", "New password").hashed();

/// The body of a registration.
pub struct RegistrationInput {
    /// The e-mail address as sent, with its case.
    pub email: String,
    pub password: String,
    pub first_name: String,
    pub last_name: String,
    /// The key of an invitation to accept.
    pub invitation: Option<String>,
}

/// The body of a change. Missing members are `None`.
pub struct AccountChange {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub metadata: Option<Map<String, Value>>,
}

impl RegistrationInput {
    pub fn read(call: &Call<'_>) -> Result<RegistrationInput, Failure> {
        let mut input = Input::from_call(call)?;
        let email = read_email(&mut input, EMAIL);
        let password = input.text("password", PASSWORD);
        let first_name = input.text("first_name", FIRST_NAME).unwrap_or_default();
        let last_name = input.text("last_name", LAST_NAME).unwrap_or_default();
        let invitation = input.text("invitation_key", INVITATION);
        input.finish()?;
        let (Some(email), Some(password)) = (email, password) else { return Err(Failure::server_error()) };
        Ok(RegistrationInput { email, password, first_name, last_name, invitation })
    }
}

impl AccountChange {
    pub fn read(call: &Call<'_>) -> Result<AccountChange, Failure> {
        let mut input = Input::from_call(call)?;
        let email = read_email(&mut input, EMAIL);
        let first_name = input.text("first_name", FIRST_NAME);
        let last_name = input.text("last_name", LAST_NAME);
        let metadata = input.metadata("metadata");
        input.finish()?;
        Ok(AccountChange { email, first_name, last_name, metadata })
    }
}

/// Reads the e-mail and password of a login.
pub fn read_credentials(call: &Call<'_>) -> Result<(String, String), Failure> {
    let mut input = Input::from_call(call)?;
    let email = read_email(&mut input, ANY_EMAIL);
    let password = input.text("password", ANY_PASSWORD);
    input.finish()?;
    email.zip(password).ok_or_else(Failure::server_error)
}

/// Reads the member `email`.
pub fn read_email(input: &mut Input<'_>, rule: Member) -> Option<String> {
    let email = input.text("email", rule)?;
    if is_email(&email) {
        return Some(email);
    }
    input.reject("email", "Enter a valid email address.");
    None
}
