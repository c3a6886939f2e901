//! Login: a user name and a password, or the token of a social network, for a user key.

use http::StatusCode;

use super::user::{self, UserView};
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::input::{Input, Text};
use crate::simulator::transport::Call;
use crate::simulator::world::Instance;

const TOKEN: Text = Text { required: true, blank: false, max: None, hashed: true };
const BACKENDS: [&str; 5] = ["facebook", "google-oauth2", "github", "linkedin", "twitter"];

/// `POST /user/auth/`: the user, with the key that he has already.
pub fn login(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let username = input.text("username", user::USERNAME);
    let password = input.text("password", user::PASSWORD);
    input.finish()?;
    let (Some(username), Some(password)) = (username, password) else { return Err(Failure::server_error()) };

    let user = instance.users.with_name(&username).ok_or_else(|| Failure::unauthorized("Invalid username."))?;
    if *user.password != *password {
        return Err(Failure::unauthorized("Invalid password."));
    }
    call.show(StatusCode::OK, &UserView::new(call, instance, user))
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
