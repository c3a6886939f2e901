//! Which devices a caller sees and changes.

use super::storage::Device;
use crate::api::Flag;
use crate::caller::Caller;
use crate::world::UserId;

/// Returns the user whose devices are the only ones that the caller sees and registers: the user
/// of the user key, unless the API key ignores permissions.
pub fn only_user(caller: &Caller) -> Option<UserId> {
    match caller {
        Caller::Api { flags, user, .. } if !flags.has(Flag::IgnoreAcl) => *user,
        _ => None,
    }
}

/// Returns whether the caller sees a device.
pub fn sees(caller: &Caller, device: &Device) -> bool {
    only_user(caller).is_none_or(|user| device.user == Some(user))
}
