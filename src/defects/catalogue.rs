//! All defects, by area.

use std::sync::LazyLock;

use super::defect::Defect;
use super::{
    access, api_keys, batch, channels, classes, config, current_user, data_endpoints, ended, errors, files, form,
    groups, keys, lists, login, lost, names, objects, push, reset_key, sane, scope, shown, templates,
};

/// Returns all defects, in the order of the listing.
pub fn all() -> &'static [Defect] {
    static ALL: LazyLock<Vec<Defect>> = LazyLock::new(|| {
        let areas = [
            access::defects(),
            scope::defects(),
            current_user::defects(),
            groups::defects(),
            api_keys::defects(),
            classes::defects(),
            objects::defects(),
            channels::defects(),
            push::defects(),
            config::defects(),
            data_endpoints::defects(),
            files::defects(),
            templates::defects(),
            reset_key::defects(),
            login::defects(),
            ended::defects(),
            keys::defects(),
            names::defects(),
            errors::defects(),
            shown::defects(),
            form::defects(),
            lists::defects(),
            batch::defects(),
            lost::defects(),
            sane::defects(),
        ];
        areas.into_iter().flatten().collect()
    });
    &ALL
}

/// Returns the defect with this name.
pub fn named(name: &str) -> Option<&'static Defect> {
    all().iter().find(|defect| defect.name() == name)
}

/// Returns a defect that changes nothing.
#[cfg(test)]
pub fn harmless() -> &'static Defect {
    static HARMLESS: LazyLock<Defect> =
        LazyLock::new(|| super::defect::defect("harmless", "", |call, right| right.respond(call)));
    &HARMLESS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_defect_has_a_unique_name_and_states_the_right_behaviour() {
        let mut names = BTreeSet::new();
        for defect in all() {
            assert!(names.insert(defect.name()), "{defect:?} stands twice");
            let about = defect.about();
            assert!(about.contains(" Right: ") && about.ends_with('.'), "{defect:?}: {about}");
        }
    }
}
