//! The resources: the rows of their endpoints, and what each endpoint does once a caller has been admitted.

mod account;
mod account_invitation;
mod administrator;
mod api_key;
mod batch;
mod class;
mod config;
mod group;
mod index;
mod instance;
mod invitation;
mod login;
mod membership;
mod object;
mod object_input;
mod unsupported;
mod user;
mod user_key;
mod user_name;
mod view;

pub use login::BACKENDS;
pub use unsupported::missing;

use super::endpoints::Row;
use super::python;
use super::transport::Call;

/// The rows of every resource.
pub static ROWS: &[&[Row]] = &[
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
    config::ROWS,
    unsupported::ROWS,
];

/// The id that stands in the path in the place of that name; `None` for what could be no id.
pub fn id_in_path(call: &Call<'_>, name: &str) -> Option<u32> {
    python::int(call.route.param(name)).and_then(|id| u32::try_from(id).ok())
}

/// The same id as the path spells it, for links that repeat it.
fn spelled_in_path(call: &Call<'_>, name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');
    utf8_percent_encode(call.route.param(name), KEPT).to_string()
}
