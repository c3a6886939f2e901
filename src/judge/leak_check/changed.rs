//! Access rules that no longer apply because the scenario has changed the world.

use bytes::Bytes;
use http::{Method, Request};

/// The parts of a world that may have changed. The leak check no longer looks for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed {
    /// The notes of users.
    pub notes: bool,
    /// The titles of data objects, and who may see them.
    pub titles: bool,
    /// The flags of API keys.
    pub flags: bool,
    /// The administrators of the instance.
    pub administrators: bool,
}

impl Changed {
    /// Returns the state after a write with an unknown effect: anything may have changed.
    pub fn unknown() -> Changed {
        Changed { notes: true, titles: true, flags: true, administrators: true }
    }

    /// Adds the changes of a successful request.
    pub fn by(&mut self, request: &Request<Bytes>) {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return;
        }
        let path = request.uri().path();
        let is_batch = path.ends_with("/batch/");
        let is_about = |word: &str| is_batch || path.contains(word);
        self.notes |= is_about("/classes/") || String::from_utf8_lossy(request.body()).contains("profile");
        self.titles |= is_about("/classes/") || is_about("/groups/");
        self.flags |= is_about("/api_keys/");
        self.administrators |= is_about("/admins/") || is_about("/invitations/");
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::reading("GET", "/classes/post/objects/", "profile", [false, false, false, false])]
    #[case::a_note("PATCH", "/users/7/", r#"{"profile": {}}"#, [true, false, false, false])]
    #[case::a_user("PATCH", "/users/7/", r#"{"username": "ann"}"#, [false, false, false, false])]
    #[case::an_object("PATCH", "/classes/post/objects/7/", "", [true, true, false, false])]
    #[case::a_member("POST", "/groups/7/users/", "", [false, true, false, false])]
    #[case::an_api_key("PATCH", "/api_keys/7/", "", [false, false, true, false])]
    #[case::an_administrator("DELETE", "/admins/7/", "", [false, false, false, true])]
    #[case::an_invitation("POST", "/invitations/", "", [false, false, false, true])]
    #[case::many_at_once("POST", "/batch/", "", [true, true, true, true])]
    fn a_write_marks_its_kind_of_resource_as_changed(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: &'static str,
        #[case] expected: [bool; 4],
    ) {
        let request = |method: &str, path: &str, body: &'static str| {
            Request::builder().method(method).uri(path).body(Bytes::from_static(body.as_bytes())).unwrap()
        };
        let of = |changed: Changed| [changed.notes, changed.titles, changed.flags, changed.administrators];
        let mut changed = Changed::default();
        changed.by(&request(method, path, body));
        assert_eq!(of(changed), expected);
        // A change is never undone.
        changed.by(&request("PATCH", "/users/7/", ""));
        assert_eq!(of(changed), expected);
    }
}
