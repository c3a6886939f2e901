//! Handlers of `/account/`.

use http::StatusCode;

use super::input::{
    ANY_EMAIL, ANY_PASSWORD, AccountChange, CURRENT_PASSWORD, NEW_PASSWORD, RegistrationInput, read_credentials,
    read_email,
};
use super::view::AccountView;
use crate::answer::{ApiAnswer, Failure};
use crate::api::KeyKind;
use crate::caller::Caller;
use crate::core::Core;
use crate::endpoints::{HandlerResult, Outside};
use crate::input::Input;
use crate::quirks::Quirk;
use crate::resources::account_invitation::acceptance;
use crate::world::{Account, AccountId, NewAccount};

/// `POST /account/register/`: creates an account; no key is needed. The answer shows the e-mail
/// address as sent. With an invitation key, the account becomes an administrator of the instance; a
/// wrong one rejects the registration.
pub fn register(Outside { core, call, .. }: Outside<'_>) -> HandlerResult {
    let RegistrationInput { email, password, first_name, last_name, invitation } = RegistrationInput::read(call)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    let new = NewAccount { email: email.clone(), password, first_name, last_name, key };
    let id = match invitation {
        None => core.world.accounts_mut().add(new).map(Account::id).map_err(|_| Failure::not_unique("email"))?,
        Some(invitation) => register_invited(core, new, &invitation)?,
    };
    let accounts = core.world.accounts();
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::CREATED, &AccountView { account, email: Some(&email), key: Some(key) })
}

/// Creates an account and accepts an invitation for it, both or neither.
fn register_invited(core: &Core, new: NewAccount, invitation: &str) -> Result<AccountId, Failure> {
    let taken = |_| Failure::not_unique("email");
    let Some(found) = acceptance::OpenInvitation::with_key(core, invitation) else {
        let is_taken = core.world.accounts().with_email(&new.email).is_some();
        return Err(if is_taken { Failure::not_unique("email") } else { acceptance::not_found() });
    };
    found.open(|open| {
        let (instance, invitation) = open.ok_or_else(acceptance::not_found)?;
        let id = core.world.accounts_mut().add(new).map(Account::id).map_err(taken)?;
        acceptance::accept_as(core, instance, invitation, id);
        Ok(id)
    })
}

/// `POST /account/auth/`: returns the account key for an e-mail address and a password.
pub fn auth(Outside { core, call, .. }: Outside<'_>) -> HandlerResult {
    let (email, password) = read_credentials(call)?;
    let accounts = core.world.accounts();
    let account = accounts.with_email(&email).ok_or_else(|| Failure::unauthorized("Invalid email."))?;
    if account.password != password {
        return Err(Failure::unauthorized("Invalid password."));
    }
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(account.key()) })
}

/// `GET /account/`
pub fn show(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let accounts = core.world.accounts();
    let account = accounts.get(own_id(caller)?).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: None })
}

/// `PUT` and `PATCH /account/`: change e-mail, names and metadata. PUT requires the e-mail; missing
/// members keep their values.
pub fn change(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let AccountChange { email, first_name, last_name, metadata } = AccountChange::read(call)?;
    let id = own_id(caller)?;
    let mut accounts = core.world.accounts_mut();
    if let Some(email) = &email {
        accounts.set_email(id, email).map_err(|_| {
            if call.reproduces(Quirk::AccountEmail500) { Failure::server_error() } else { Failure::not_unique("email") }
        })?;
    }
    let account = accounts.get_mut(id).ok_or_else(Failure::not_found)?;
    account.first_name = first_name.unwrap_or_else(|| std::mem::take(&mut account.first_name));
    account.last_name = last_name.unwrap_or_else(|| std::mem::take(&mut account.last_name));
    account.metadata = metadata.unwrap_or_else(|| std::mem::take(&mut account.metadata));
    call.show(StatusCode::OK, &AccountView { account, email: email.as_deref(), key: None })
}

/// `POST /account/reset_key/`: replaces the account key; the old one becomes invalid.
pub fn reset_key(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let id = own_id(caller)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    let mut accounts = core.world.accounts_mut();
    accounts.set_key(id, key);
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(key) })
}

/// `POST /account/password/`: changes the password if the current one is right. The key stays
/// valid.
pub fn change_password(Outside { core, call, caller }: Outside<'_>) -> HandlerResult {
    let id = own_id(caller)?;
    // The body is read before the lock is taken, so that other requests do not wait for it.
    let mut input = Input::from_call(call)?;
    let mut accounts = core.world.accounts_mut();
    let account = accounts.get_mut(id).ok_or_else(Failure::not_found)?;
    let current = input.text("current_password", CURRENT_PASSWORD);
    if current.is_some_and(|current| current != account.password) {
        input.reject("current_password", "Invalid password.");
    }
    let new = input.text("new_password", NEW_PASSWORD);
    input.finish()?;
    account.password = new.ok_or_else(Failure::server_error)?;
    Ok(ApiAnswer::no_content())
}

/// `POST /account/password/set/`: sets the password of an account without one. All accounts of the
/// simulator have one, so this always fails.
pub fn set_password(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    input.text("password", ANY_PASSWORD);
    input.finish()?;
    Err(Failure::invalid_member("password", "Admin already has password."))
}

/// `POST /account/password/reset/`: the platform sends an e-mail with a link; the simulator sends
/// none.
pub fn lost_password(Outside { core, call, .. }: Outside<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let email = read_email(&mut input, ANY_EMAIL);
    if email.is_some_and(|email| core.world.accounts().with_email(&email).is_none()) {
        input.reject("email", "Email not found.");
    }
    input.finish()?;
    Ok(ApiAnswer::no_content())
}

fn own_id(caller: &Caller) -> Result<AccountId, Failure> {
    caller.account().ok_or_else(Failure::forbidden)
}
