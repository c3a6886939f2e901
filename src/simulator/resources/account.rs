//! Accounts of administrators: `{id, email, first_name, last_name, is_active, has_password, metadata}`, and, where one is
//! made, entered or given another key, `account_key`.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::account_invitation;
use super::view::Shown;
use crate::api::{Key, KeyKind};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::input::{Input, Text};
use crate::simulator::quirks::Quirk;
use crate::simulator::transport::Call;
use crate::simulator::wording::is_email;
use crate::simulator::world::{Account, AccountId, NewAccount};

pub const EMAIL: Text = Text { required: true, blank: false, max: Some(254), hashed: false };
const PASSWORD: Text = Text { required: true, blank: false, max: Some(128), hashed: true };
const NAME: Text = Text { required: false, blank: true, max: Some(64), hashed: false };
const INVITATION: Text = Text { required: false, blank: false, max: Some(40), hashed: false };
/// Where an account is looked for and not kept, nothing is too long.
const ANY_EMAIL: Text = Text { max: None, ..EMAIL };
const ANY_PASSWORD: Text = Text { max: None, ..PASSWORD };

/// An account as it is shown.
pub struct AccountView<'a> {
    pub account: &'a Account,
    /// The e-mail as it was typed just now, if it was.
    pub email: Option<&'a str>,
    pub key: Option<Key>,
}

impl Serialize for AccountView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.account.id())?;
        map.serialize_entry("email", self.email.unwrap_or(self.account.email()))?;
        map.serialize_entry("first_name", &self.account.first_name)?;
        map.serialize_entry("last_name", &self.account.last_name)?;
        map.serialize_entry("is_active", &false)?;
        map.serialize_entry("has_password", &true)?;
        map.serialize_entry("metadata", &self.account.metadata)?;
        if let Some(key) = self.key {
            map.serialize_entry("account_key", &Shown(key))?;
        }
        map.end()
    }
}

/// `POST /account/register/`. Nobody needs a key for it. The answer repeats the e-mail as it was typed. With an invitation
/// the account begins as an administrator; without the right one it does not begin at all.
pub fn register(core: &Core, call: &Call<'_>) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let email = email(&mut input, EMAIL);
    let password = input.text("password", PASSWORD);
    let first_name = input.text("first_name", NAME).unwrap_or_default();
    let last_name = input.text("last_name", NAME).unwrap_or_default();
    let invitation = input.text("invitation_key", INVITATION);
    input.finish()?;
    let (Some(email), Some(password)) = (email, password) else { return Err(Failure::server_error()) };

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

/// Makes an account and accepts an invitation for it, or does neither.
fn register_invited(core: &Core, new: NewAccount, invitation: &str) -> Result<AccountId, Failure> {
    let taken = |_| Failure::not_unique("email");
    let Some(found) = account_invitation::Found::with_key(core, invitation) else {
        let is_taken = core.world.accounts().with_email(&new.email).is_some();
        return Err(if is_taken { Failure::not_unique("email") } else { account_invitation::not_found() });
    };
    found.open(|open| {
        let (instance, invitation) = open.ok_or_else(account_invitation::not_found)?;
        let id = core.world.accounts_mut().add(new).map(Account::id).map_err(taken)?;
        account_invitation::accept_as(core, instance, invitation, id);
        Ok(id)
    })
}

/// `POST /account/auth/`: e-mail and password for the account key.
pub fn auth(core: &Core, call: &Call<'_>) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let email = email(&mut input, ANY_EMAIL);
    let password = input.text("password", ANY_PASSWORD);
    input.finish()?;
    let (Some(email), Some(password)) = (email, password) else { return Err(Failure::server_error()) };

    let accounts = core.world.accounts();
    let account = accounts.with_email(&email).ok_or_else(|| Failure::unauthorized("Invalid email."))?;
    if account.password != password {
        return Err(Failure::unauthorized("Invalid password."));
    }
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(account.key()) })
}

/// `GET /account/`
pub fn show(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<Answer, Failure> {
    let accounts = core.world.accounts();
    let account = accounts.get(own_id(caller)?).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: None })
}

/// `PUT` and `PATCH /account/`: e-mail, names and metadata. PUT needs the e-mail; what is left out stays.
pub fn change(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let email = email(&mut input, EMAIL);
    let first_name = input.text("first_name", NAME);
    let last_name = input.text("last_name", NAME);
    let metadata = input.metadata("metadata");
    input.finish()?;

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

/// `POST /account/reset_key/`: another account key; the old one ends.
pub fn reset_key(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<Answer, Failure> {
    let id = own_id(caller)?;
    let key = core.source.key(KeyKind::AccountOrUser);
    let mut accounts = core.world.accounts_mut();
    accounts.set_key(id, key);
    let account = accounts.get(id).ok_or_else(Failure::not_found)?;
    call.show(StatusCode::OK, &AccountView { account, email: None, key: Some(key) })
}

/// `POST /account/password/`: another password for the present one. The key stays.
pub fn change_password(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<Answer, Failure> {
    let id = own_id(caller)?;
    // Reading the body takes its time, so nobody waits for it.
    let mut input = Input::of(call)?;
    let mut accounts = core.world.accounts_mut();
    let account = accounts.get_mut(id).ok_or_else(Failure::not_found)?;
    let current = input.text("current_password", ANY_PASSWORD);
    if current.is_some_and(|current| current != account.password) {
        input.refuse("current_password", "Invalid password.");
    }
    let new = input.text("new_password", ANY_PASSWORD);
    input.finish()?;
    account.password = new.ok_or_else(Failure::server_error)?;
    Ok(Answer::no_content())
}

/// `POST /account/password/set/`: for accounts without a password, of which there are none.
pub fn set_password(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    input.text("password", ANY_PASSWORD);
    input.finish()?;
    Err(Failure::invalid_member("password", "Admin already has password."))
}

/// `POST /account/password/reset/`: would send an e-mail with a link.
pub fn lost_password(core: &Core, call: &Call<'_>) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let email = email(&mut input, ANY_EMAIL);
    if email.is_some_and(|email| core.world.accounts().with_email(&email).is_none()) {
        input.refuse("email", "Email not found.");
    }
    input.finish()?;
    Ok(Answer::no_content())
}

fn own_id(caller: &Caller) -> Result<AccountId, Failure> {
    caller.account().ok_or_else(Failure::forbidden)
}

pub fn email(input: &mut Input<'_>, rule: Text) -> Option<String> {
    let email = input.text("email", rule)?;
    if is_email(&email) {
        return Some(email);
    }
    input.refuse("email", "Enter a valid email address.");
    None
}
