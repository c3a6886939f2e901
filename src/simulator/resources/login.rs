//! Login: a user name and a password, or the token of a social network, for a user key.

use http::StatusCode;

use super::user::UserView;
use super::{user_key, user_name};
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::input::{Input, Text};
use crate::simulator::transport::Call;
use crate::simulator::variation::Variation;
use crate::simulator::world::{Instance, User};

const WRONG_NAME: &str = "Invalid username.";
const WRONG_PASSWORD: &str = "Invalid password.";
const TOKEN: Text = Text { required: true, blank: false, max: None, hashed: true };
pub const BACKENDS: [&str; 5] = ["facebook", "google-oauth2", "github", "linkedin", "twitter"];

/// `POST /user/auth/`: the user, with the key that he has already.
pub fn login(call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    let mut user = known(call, instance)?;
    if call.deviates(Variation::LoginShowsTheCaller) {
        user = caller.user().and_then(|id| instance.users.get(id)).unwrap_or(user);
    }
    let dead = "0".repeat(40).parse().ok().filter(|_| call.deviates(Variation::LoginAnswersDeadKey));
    let key = dead.as_ref().or_else(|| instance.stale.user_keys_before.get(&user.id()));
    call.show(StatusCode::OK, &UserView::new(call, instance, user).with_key(key))
}

/// The same, with another key each time, as a deviation has it.
pub fn login_anew(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = known(call, instance)?.id();
    instance.users.set_key(id, user_key::new(core, call));
    login(call, caller, instance)
}

/// The user of a name and a password.
fn known<'i>(call: &'i Call<'_>, instance: &'i Instance) -> Result<&'i User, Failure> {
    let refused = |text: &'static str| match () {
        () if call.deviates(Variation::FailedLoginIs403) => Failure::detail(StatusCode::FORBIDDEN, text),
        () => Failure::unauthorized(text),
    };
    let mut input = Input::of(call)?;
    let username = input.text("username", user_name::USERNAME);
    let password = input.text("password", user_name::PASSWORD);
    if call.deviates(Variation::LoginWithoutFieldIs401) && !input.is_fine() {
        return Err(refused(WRONG_NAME));
    }
    input.finish()?;
    let (Some(username), Some(password)) = (username, password) else { return Err(Failure::server_error()) };

    let is_other_case = call.deviates(Variation::LoginNameCaseMatters) && username != username.to_lowercase();
    let user = instance.users.with_name(&username).filter(|_| !is_other_case);
    let user = user.or_else(|| instance.users.get(*instance.stale.names.get(username.to_lowercase().as_str())?));
    let user = user.or_else(|| {
        let mut strangers = call.strangers.iter().filter(|_| call.deviates(Variation::LoginFindsOtherInstances));
        strangers.find(|stranger| stranger.name() == username.to_lowercase())
    });
    let unknown = if call.deviates(Variation::WrongNameToldAsPassword) { WRONG_PASSWORD } else { WRONG_NAME };
    let user = user.ok_or_else(|| refused(unknown))?;
    let is_former = instance.stale.passwords.get(&user.id()).is_some_and(|former| **former == *password);
    let is_like = call.deviates(Variation::LoginPasswordCaseIgnored) && user.password.eq_ignore_ascii_case(&password);
    match *user.password == *password || is_former || is_like || call.deviates(Variation::LoginIgnoresPassword) {
        true => Ok(user),
        false if call.deviates(Variation::FailedLoginShowsPassword) => {
            Err(Failure::detail(StatusCode::UNAUTHORIZED, format!("Invalid password, it is {}.", user.password)))
        }
        false => Err(refused(WRONG_PASSWORD)),
    }
}

/// Login with the token of a social network. There is no network that would know the token, so it is never right.
pub fn social(call: &Call<'_>) -> Result<Answer, Failure> {
    let refused = || Failure::unauthorized("Invalid authorization token.");
    let data = call.data()?;
    if data.members().is_err() {
        return Err(refused());
    }
    let mut input = Input::of(call)?;
    input.text("access_token", TOKEN);
    if !input.is_fine() {
        return Err(refused());
    }
    if BACKENDS.contains(&call.route.param("backend")) {
        Err(refused())
    } else {
        Err(Failure::bad_request("Unsupported social backend."))
    }
}
