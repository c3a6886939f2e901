//! Login: a user name and a password, or the token of a social network, for a user key.

use http::StatusCode;

use super::user::input as user_name;
use super::user::view::UserView;
use crate::access;
use crate::answer::Failure;
use crate::endpoints::{Handler, Outside, Reading, Reply, Row, Success, post};
use crate::input::Input;
use crate::members::{Member, Members};
use crate::quirks::Quirk;
use crate::transport::Call;
use serde_json::json;

const TOKEN: Member = Member::required("string", "Access token").hashed();
const LOGIN: Members = &[("username", user_name::USERNAME), ("password", user_name::PASSWORD)];
pub const SOCIAL: Members = &[("access_token", TOKEN)];

/// The endpoints of login.
pub static ROWS: &[Row] = &[
    Row {
        title: "User Auth",
        takes: Some(("POST", |_| LOGIN)),
        operations: &[post("Logs a user in: user name and password for the user key", Handler::Reads(login))
            .note("A user key is not needed; one that is sent does not matter. The key is the same at every login.")],
        opened_by: Some((Quirk::StrangerLogin, access::any_account)),
        has_templates: false,
        tag: "user",
        shows: "User",
        example: Some(|| json!({ "username": "alice", "password": "demo-alice" })),
        ..Row::single("Login", "/{version}/instances/{instance}/user/auth/", access::login)
    },
    Row {
        title: "Social Auth",
        takes: Some(("POST", |_| SOCIAL)),
        operations: &[post("Logs a user in with the token of a social network", Handler::Reads(social_inside))
            .note("The simulator asks no social network, so no token is right.")
            .success(Success::Never)],
        has_templates: false,
        tag: "user",
        example: Some(|| json!({ "access_token": "token" })),
        ..Row::single("SocialLogin", "/{version}/instances/{instance}/user/auth/{backend}/", access::login)
    },
];

fn social_inside(Reading { call, .. }: Reading<'_>) -> Reply {
    social(call)
}

/// `POST /account/auth/<backend>/`
pub fn social_outside(Outside { call, .. }: Outside<'_>) -> Reply {
    social(call)
}

pub const BACKENDS: [&str; 5] = ["facebook", "google-oauth2", "github", "linkedin", "twitter"];

/// `POST /user/auth/`: the user of a name and a password, with the key that they have already.
pub fn login(Reading { call, instance, .. }: Reading<'_>) -> Reply {
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
