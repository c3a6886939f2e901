//! Handlers of `/user/auth/`, and of social login for users and accounts.

use http::StatusCode;

use super::input::{BACKENDS, TOKEN};
use crate::answer::Failure;
use crate::call::Call;
use crate::endpoints::{HandlerResult, Outside, Reading};
use crate::input::Input;
use crate::resources::user::input::{PASSWORD, USERNAME};
use crate::resources::user::view::UserView;

/// `POST /user/auth/<backend>/`
pub fn social_inside(Reading { call, .. }: Reading<'_>) -> HandlerResult {
    social(call)
}

/// `POST /account/auth/<backend>/`
pub fn social_outside(Outside { call, .. }: Outside<'_>) -> HandlerResult {
    social(call)
}

/// `POST /user/auth/`: returns the user with their current user key, for a username and a password.
pub fn login(Reading { call, instance, .. }: Reading<'_>) -> HandlerResult {
    let mut input = Input::from_call(call)?;
    let username = input.text("username", USERNAME);
    let password = input.text("password", PASSWORD);
    input.finish()?;
    let (Some(username), Some(password)) = (username, password) else { return Err(Failure::server_error()) };

    let user = instance.users.with_name(&username).ok_or_else(|| Failure::unauthorized("Invalid username."))?;
    if *user.password != *password {
        return Err(Failure::unauthorized("Invalid password."));
    }
    call.show(StatusCode::OK, &UserView::new(call, instance, user))
}

/// Handles social login. The simulator contacts no social network, so it rejects all tokens.
fn social(call: &Call<'_>) -> HandlerResult {
    let rejected = || Failure::unauthorized("Invalid authorization token.");
    let data = call.data()?;
    if data.members().is_err() {
        return Err(rejected());
    }
    let mut input = Input::from_call(call)?;
    input.text("access_token", TOKEN);
    if !input.is_fine() {
        return Err(rejected());
    }
    if BACKENDS.contains(&call.route.param("backend")) {
        Err(rejected())
    } else {
        Err(Failure::bad_request("Unsupported social backend."))
    }
}
