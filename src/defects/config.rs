//! The configuration of an instance, `/snippets/config/`.

use super::actions::as_administrator;
use super::defect::{Defect, defect};
use super::when::{GET, UPDATES, Who, on};

const CONFIG: &str = "/snippets/config/";

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "config-open-to-users",
            "An API key with a user key reads the configuration of the instance. Right: 403, as with the API key alone.",
            on(GET, CONFIG).by(Who::User).instead_of_403(as_administrator),
        ),
        defect(
            "config-changed-by-users",
            "An API key with a user key changes the configuration of the instance. Right: 403.",
            on(UPDATES, CONFIG).by(Who::User).instead_of_403(as_administrator),
        ),
    ]
}
