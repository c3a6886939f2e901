//! Access rules that no longer apply because the scenario has changed the world.

use bytes::Bytes;
use http::{Method, Request};

/// The parts of a world that may have changed. The leak check no longer looks for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed {
    /// The notes of users.
    pub notes: bool,
    /// The titles and files of data objects, and who may see them.
    pub objects: bool,
    /// Who may read channels.
    pub channels: bool,
    /// The users of devices.
    pub devices: bool,
    /// The flags of API keys.
    pub flags: bool,
    /// The administrators of the instance.
    pub administrators: bool,
}

impl Changed {
    /// Returns the state after a write with an unknown effect: anything may have changed.
    pub fn unknown() -> Changed {
        Changed { notes: true, objects: true, channels: true, devices: true, flags: true, administrators: true }
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
        self.objects |= is_about("/classes/") || is_about("/groups/");
        let publishes = path.ends_with("/publish/");
        self.channels |= is_about("/channels/") && !publishes || is_about("/groups/");
        self.devices |= is_about("/devices/");
        self.flags |= is_about("/api_keys/");
        self.administrators |= is_about("/admins/") || is_about("/invitations/");
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::reading("GET", "/classes/post/objects/", "profile", "")]
    #[case::a_note("PATCH", "/users/7/", r#"{"profile": {}}"#, "notes")]
    #[case::a_user("PATCH", "/users/7/", r#"{"username": "ann"}"#, "")]
    #[case::an_object("PATCH", "/classes/post/objects/7/", "", "notes objects")]
    #[case::a_member("POST", "/groups/7/users/", "", "objects channels")]
    #[case::a_channel("PATCH", "/channels/news/", "", "channels")]
    #[case::a_message("POST", "/channels/news/publish/", "", "")]
    #[case::a_device("PATCH", "/push_notifications/gcm/devices/7/", "", "devices")]
    #[case::an_api_key("PATCH", "/api_keys/7/", "", "flags")]
    #[case::an_administrator("DELETE", "/admins/7/", "", "administrators")]
    #[case::an_invitation("POST", "/invitations/", "", "administrators")]
    #[case::many_at_once("POST", "/batch/", "", "notes objects channels devices flags administrators")]
    fn a_write_marks_its_kind_of_resource_as_changed(
        #[case] method: &str,
        #[case] path: &str,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        let request = |method: &str, path: &str, body: &'static str| {
            Request::builder().method(method).uri(path).body(Bytes::from_static(body.as_bytes())).unwrap()
        };
        let of = |changed: Changed| {
            let Changed { notes, objects, channels, devices, flags, administrators } = changed;
            let all = [
                ("notes", notes),
                ("objects", objects),
                ("channels", channels),
                ("devices", devices),
                ("flags", flags),
                ("administrators", administrators),
            ];
            all.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        let mut changed = Changed::default();
        changed.by(&request(method, path, body));
        assert_eq!(of(changed), expected);
        // A change is never undone.
        changed.by(&request("PATCH", "/users/7/", ""));
        assert_eq!(of(changed), expected);
    }
}
