//! Login: a user name and a password, or the token of a social network, for a user key.

use http::StatusCode;

use super::user::UserView;
use super::user_name;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::input::{Input, Text};
use crate::simulator::transport::Call;
use crate::simulator::world::Instance;

const TOKEN: Text = Text { required: true, blank: false, max: None, hashed: true };
pub const BACKENDS: [&str; 5] = ["facebook", "google-oauth2", "github", "linkedin", "twitter"];

/// `POST /user/auth/`: the user of a name and a password, with the key that they have already.
pub fn login(call: &Call<'_>, instance: &Instance) -> Result<Answer, Failure> {
    let mut input = Input::of(call)?;
    let username = input.text("username", user_name::USERNAME);
    let password = input.text("password", user_name::PASSWORD);
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
