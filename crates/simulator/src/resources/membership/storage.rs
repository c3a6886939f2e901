//! Which groups a user is in.

use crate::world::ids::{GroupId, MembershipId};

/// The membership of a user in a group. It has an id of its own, which orders lists and is shown nowhere.
#[derive(Clone, Copy)]
pub struct Membership {
    pub id: MembershipId,
    pub group: GroupId,
}
