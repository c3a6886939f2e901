//! Storage of memberships.

use crate::world::ids::{GroupId, MembershipId};

/// The membership of a user in a group. Its id orders lists and never appears in answers.
#[derive(Clone, Copy)]
pub struct Membership {
    pub id: MembershipId,
    pub group: GroupId,
}
