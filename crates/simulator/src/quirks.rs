//! Quirks: known bugs of the reference deployment that the simulator can reproduce. All are off by
//! default. With the quirks on, a recording of that deployment can be compared without exceptions.

use std::fmt;
use std::str::FromStr;

/// A known bug of the reference deployment. Each is reproduced in one place of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// `PATCH` or `PUT /user/` with a profile answers 500: `user-profile-500`.
    UserProfile500,
    /// `HEAD` of a data object with a user key answers 403: `object-head-403`.
    ObjectHead403,
    /// Callers without a role can list `/admins/`: `admins-open`.
    AdminsOpen,
    /// `POST /instances/` shows the wrong role: `instance-create-role`.
    InstanceCreateRole,
    /// A batch item for an unknown path has no status: `batch-unknown-route`.
    BatchUnknownRoute,
    /// Changing an account to a taken e-mail address answers 500: `account-email-500`.
    AccountEmail500,
    /// NUL characters in user keys and texts answer 500: `nul-500`.
    Nul500,
    /// Accounts without a role can call `/user/auth/`: `stranger-login`.
    StrangerLogin,
    /// A list or an object for a permission or role answers 500: `choice-500`.
    Choice500,
    /// Renaming a data endpoint or a template answers with the untrimmed name: `rename-echo`.
    RenameEcho,
    /// Deleted users and groups stay in lists for a moment: `late-deletes`.
    LateDeletes,
    /// A user who may subscribe to a channel can change and delete it, and any user can create channels: `channel-write`.
    ChannelWrite,
    /// An `allow_anonymous_read` key reads every channel: `channel-anon`.
    ChannelAnon,
    /// A history shows changes of other channels by id: `change-any`.
    ChangeAny,
    /// A rejected DELETE of an object deletes it: `delete-refused`.
    DeleteRefused,
    /// A waiting poll misses messages whose room has upper-case letters: `room-case`.
    RoomCase,
    /// Deleting a group deletes its channels: `group-channels`.
    GroupChannels,
    /// Every API key reads the configuration of the instance: `config-open`.
    ConfigOpen,
    /// A user key can register a device for another user: `device-for-other`.
    DeviceForOther,
    /// A key with `allow_anonymous_read` lists all devices: `device-anon`.
    DeviceAnon,
    /// A wrong file URL in a profile is reported outside of `profile`: `file-url-error`.
    FileUrlError,
    /// The URLs of files answer 404: `media-404`.
    Media404,
    /// `..` in a file URL copies a file of another instance: `file-traversal`.
    FileTraversal,
    /// Anyone lists and creates templates: `templates-open`.
    TemplatesOpen,
}

impl Quirk {
    /// All quirks.
    pub const ALL: &[Quirk] = &[
        Quirk::UserProfile500,
        Quirk::ObjectHead403,
        Quirk::AdminsOpen,
        Quirk::InstanceCreateRole,
        Quirk::BatchUnknownRoute,
        Quirk::AccountEmail500,
        Quirk::Nul500,
        Quirk::StrangerLogin,
        Quirk::Choice500,
        Quirk::RenameEcho,
        Quirk::LateDeletes,
        Quirk::ChannelWrite,
        Quirk::ChannelAnon,
        Quirk::ChangeAny,
        Quirk::DeleteRefused,
        Quirk::RoomCase,
        Quirk::GroupChannels,
        Quirk::ConfigOpen,
        Quirk::DeviceForOther,
        Quirk::DeviceAnon,
        Quirk::FileUrlError,
        Quirk::Media404,
        Quirk::FileTraversal,
        Quirk::TemplatesOpen,
    ];

    /// Returns the name in kebab-case, as used on the command line.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// Returns a sentence on the bug and one on the right behaviour.
    pub fn about(self) -> &'static str {
        self.described().1
    }

    fn described(self) -> (&'static str, &'static str) {
        match self {
            Quirk::UserProfile500 => (
                "user-profile-500",
                "PATCH and PUT on `/user/` with a valid `profile` are a 500 page and change nothing. Right: the profile is \
                 changed, as on `/users/<id>/`.",
            ),
            Quirk::ObjectHead403 => (
                "object-head-403",
                "HEAD on a data object is 403 to an API key with a user key, where GET is 200. Right: as GET.",
            ),
            Quirk::AdminsOpen => (
                "admins-open",
                "Anyone without a bad key may list `/admins/`, with names and e-mails. Right: administrators of the \
                 instance, else 403.",
            ),
            Quirk::InstanceCreateRole => (
                "instance-create-role",
                "The answer to `POST /instances/` says `\"role\": \"api_key\"` to its owner. Right: `\"full\"`.",
            ),
            Quirk::BatchUnknownRoute => (
                "batch-unknown-route",
                "The item of a batch for a path that no route has is the bare text `\"code\"`. Right: an item that says 404.",
            ),
            Quirk::AccountEmail500 => (
                "account-email-500",
                "PUT and PATCH on `/account/` with the e-mail of another account are a 500 page. Right: a 400 on `email`.",
            ),
            Quirk::Nul500 => (
                "nul-500",
                "A NUL character in a user key or in a text that is kept is a 500 page. Right: no such user, and a 400 \
                 that names the member.",
            ),
            Quirk::StrangerLogin => (
                "stranger-login",
                "An account that is no administrator of the instance may call `/user/auth/`. Right: 403.",
            ),
            Quirk::Choice500 => (
                "choice-500",
                "A list or an object for a permission or a role is a 500 page, whatever else is wrong with the body. Right: \
                 a 400 that names the member.",
            ),
            Quirk::RenameEcho => (
                "rename-echo",
                "The answer to `rename/` of a data endpoint or a template shows the new name and its links with the blanks around it. \
                 Right: trimmed, as it is stored.",
            ),
            Quirk::LateDeletes => (
                "late-deletes",
                "For a moment, `/groups/<id>/users/` still shows a user who was deleted, and `/users/<id>/groups/` a group. \
                 Right: they are gone at once.",
            ),
            Quirk::ChannelWrite => (
                "channel-write",
                "A user with a user key may change and delete the channels that they may subscribe to, and create channels. Right: administrators from `write` on, and `ignore_acl` keys.",
            ),
            Quirk::ChannelAnon => (
                "channel-anon",
                "A key with `allow_anonymous_read` reads every channel, its history and its messages. Right: those that everybody may subscribe to.",
            ),
            Quirk::ChangeAny => (
                "change-any",
                "`history/<id>/` shows a change of any channel and room of the instance. Right: 404 for a change of another one.",
            ),
            Quirk::DeleteRefused => (
                "delete-refused",
                "DELETE of a data object is 403 to a user who may not publish to its channel, and deletes it all the same. Right: the object stays.",
            ),
            Quirk::RoomCase => (
                "room-case",
                "A poll that waits misses messages whose room was sent with upper-case letters. Right: it hears them, as the history shows them.",
            ),
            Quirk::GroupChannels => (
                "group-channels",
                "Deleting a group deletes its channels, and the data objects that publish to them. Right: both stay.",
            ),
            Quirk::ConfigOpen => (
                "config-open",
                "Every API key reads `snippets/config/`, which holds the settings of scripts. Right: administrators, else 403.",
            ),
            Quirk::DeviceForOther => (
                "device-for-other",
                "A user key may register a device for another user, who then gets its messages. Right: a 400 on `user`, as \
                 when the user of a device is changed.",
            ),
            Quirk::DeviceAnon => (
                "device-anon",
                "An API key with `allow_anonymous_read` reads all devices, with the tokens of all users. Right: 403.",
            ),
            Quirk::FileUrlError => (
                "file-url-error",
                "The error of a wrong file URL in the profile of a user is a member of the answer. Right: a member of `profile`.",
            ),
            Quirk::Media404 => {
                ("media-404", "The URL of a file is a 404 page. Right: GET and HEAD are 200 with the bytes.")
            }
            Quirk::FileTraversal => (
                "file-traversal",
                "A text `/media/<own>/../<other>/...` for a file copies the file of another instance. Right: a 400 that names the member.",
            ),
            Quirk::TemplatesOpen => (
                "templates-open",
                "Anyone may list the templates and create new ones, even without a key. Right: those with a key list them, \
                 and administrators with the role `full` create them.",
            ),
        }
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error for a text that is not the name of a quirk.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown quirk {0:?}")]
pub struct UnknownQuirk(String);

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(text: &str) -> Result<Quirk, UnknownQuirk> {
        let named = Quirk::ALL.iter().find(|quirk| quirk.name() == text);
        named.copied().ok_or_else(|| UnknownQuirk(text.to_owned()))
    }
}

/// A set of quirks, cheap to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks(u32);

impl Quirks {
    /// Returns the empty set: no bug is reproduced.
    pub fn none() -> Quirks {
        Quirks::default()
    }

    /// Returns all quirks except [`Quirk::LateDeletes`], which depends on time and would make
    /// answers differ between runs.
    pub fn all() -> Quirks {
        Quirk::ALL.iter().copied().filter(|quirk| *quirk != Quirk::LateDeletes).collect()
    }

    /// Adds a quirk.
    pub fn with(self, quirk: Quirk) -> Quirks {
        self.switched(quirk, true)
    }

    /// Adds or removes a quirk.
    pub fn switched(self, quirk: Quirk, on: bool) -> Quirks {
        let bit = 1 << quirk as u32;
        Quirks(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Returns whether the set contains a quirk.
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & 1 << quirk as u32 != 0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the quirks in the set.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.has(*quirk))
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<I: IntoIterator<Item = Quirk>>(quirks: I) -> Quirks {
        quirks.into_iter().fold(Quirks::none(), Quirks::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quirk_parses_from_its_name_and_states_the_right_behaviour() {
        for quirk in Quirk::ALL {
            assert_eq!(quirk.name().parse(), Ok(*quirk));
            assert!(quirk.about().contains(" Right: ") && quirk.about().ends_with('.'), "{quirk}");
        }
    }

    #[test]
    fn a_set_contains_what_was_added() {
        for put in Quirk::ALL {
            let set = Quirks::none().with(*put);
            assert_eq!(set.iter().collect::<Vec<_>>(), [*put]);
            assert!(set.switched(*put, false).is_empty());
        }
    }
}
