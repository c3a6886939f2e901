//! The resources of the API: the rows of their endpoints with their handlers.

pub mod account;
pub mod account_invitation;
pub mod administrator;
pub mod api_key;
mod batch;
pub mod channel;
pub mod class;
mod config;
mod data_endpoint;
pub mod file;
pub mod group;
mod index;
mod instance;
pub mod invitation;
pub mod login;
pub mod membership;
pub mod object;
mod path;
mod push;
pub mod template;
mod unsupported;
pub mod user;
mod view;

pub use login::input::BACKENDS;
pub use path::id_in_path;
pub use unsupported::missing;

use std::sync::LazyLock;

use super::endpoints::EndpointRow;
use super::world::KeptType;

/// The rows of every resource.
static ROWS: &[&[EndpointRow]] = &[
    index::ROWS,
    account::ROWS,
    account_invitation::ROWS,
    instance::ROWS,
    batch::ROWS,
    administrator::ROWS,
    invitation::ROWS,
    api_key::ROWS,
    user::ROWS,
    login::ROWS,
    membership::ROWS,
    group::ROWS,
    class::ROWS,
    object::ROWS,
    channel::ROWS,
    config::ROWS,
    push::DEVICES,
    push::MESSAGES,
    push::CONFIGS,
    data_endpoint::ROWS,
    template::ROWS,
    unsupported::ROWS,
];

/// Returns all rows, in the order in which the resources are listed.
pub fn rows() -> &'static [&'static EndpointRow] {
    static FLAT: LazyLock<Vec<&'static EndpointRow>> = LazyLock::new(|| ROWS.iter().copied().flatten().collect());
    &FLAT
}

/// Returns the types of what resources keep in each instance.
pub fn kept() -> Vec<&'static KeptType> {
    rows().iter().filter_map(|row| row.spec.keeps).collect()
}
