//! Rights that the wrong callers have, or that the right callers lack: by API key and flag, by user
//! key, and by the role of an account.

mod accounts;
mod apps;
mod flags;
mod paths;
mod users;

use super::defect::Defect;

pub fn defects() -> Vec<Defect> {
    [apps::defects(), flags::defects(), users::defects(), accounts::defects()].into_iter().flatten().collect()
}
