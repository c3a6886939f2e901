//! Handlers of `/user/auth/`, and of login with a social network wherever it is offered.

use http::StatusCode;

use super::input::{BACKENDS, TOKEN};
use crate::answer::Failure;
use crate::call::Call;
use crate::endpoints::{Outside, Reading, Reply};
use crate::input::Input;
use crate::resources::user::input::{PASSWORD, USERNAME};
use crate::resources::user::view::UserView;

pub fn social_inside(Reading { call, .. }: Reading<'_>) -> Reply {
    social(call)
}

/// `POST /account/auth/<backend>/`
pub fn social_outside(Outside { call, .. }: Outside<'_>) -> Reply {
    social(call)
}

/// `POST /user/auth/`: the user of a name and a password, with the key that they have already.
pub fn login(Reading { call, instance, .. }: Reading<'_>) -> Reply {
    let mut input = Input::of(call)?;
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

/// Login with the token of a social network. There is no network that would know the token, so it is never right.
fn social(call: &Call<'_>) -> Reply {
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
