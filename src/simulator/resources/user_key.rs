//! User keys: a reset puts another one in the place of one.

use super::user;
use crate::api::KeyKind;
use crate::simulator::Core;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::caller::Caller;
use crate::simulator::transport::Call;
use crate::simulator::world::Instance;

/// `POST /users/<id>/reset_key/`: another user key; the old one ends. The body is not looked at.
pub fn reset(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    let id = user::visible(call, caller, instance)?;
    instance.users.set_key(id, core.source.key(KeyKind::AccountOrUser)).ok_or_else(Failure::not_found)?;
    user::show_one(call, instance, id)
}
