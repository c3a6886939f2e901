//! User keys: a reset puts another one in the place of one.

use super::user;
use crate::answer::Failure;
use crate::api::KeyKind;
use crate::endpoints::{Changing, Reply};

/// `POST /users/<id>/reset_key/`: another user key; the old one ends. The body is not looked at.
pub fn reset(Changing { core, call, caller, instance }: Changing<'_>) -> Reply {
    let id = user::visible(call, caller, instance)?;
    instance.users.set_key(id, core.source.key(KeyKind::AccountOrUser)).ok_or_else(Failure::not_found)?;
    user::show_one(call, instance, id)
}
