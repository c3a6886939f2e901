//! Known bugs of the reference deployment, all off by default: the simulator reproduces those that are switched on, so that
//! a recording of that deployment can be compared without exceptions.

use std::fmt;
use std::str::FromStr;

/// A known bug of the reference deployment. The code asks for each at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quirk {
    /// `user-profile-500`
    UserProfile500,
    /// `object-head-403`
    ObjectHead403,
    /// `admins-open`
    AdminsOpen,
    /// `instance-create-role`
    InstanceCreateRole,
    /// `batch-unknown-route`
    BatchUnknownRoute,
    /// `account-email-500`
    AccountEmail500,
    /// `nul-500`
    Nul500,
    /// `stranger-login`
    StrangerLogin,
    /// `choice-500`
    Choice500,
    /// `late-deletes`
    LateDeletes,
}

impl Quirk {
    /// All of them.
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
        Quirk::LateDeletes,
    ];

    /// The name in kebab-case, as a command line takes it.
    pub fn name(self) -> &'static str {
        self.described().0
    }

    /// What the deployment does, and what is right instead.
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
            Quirk::LateDeletes => (
                "late-deletes",
                "For a moment, `/groups/<id>/users/` still shows a user who was deleted, and `/users/<id>/groups/` a group. \
                 Right: they are gone at once.",
            ),
        }
    }
}

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no quirk.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no quirk named {0:?}")]
pub struct UnknownQuirk(String);

impl FromStr for Quirk {
    type Err = UnknownQuirk;

    fn from_str(text: &str) -> Result<Quirk, UnknownQuirk> {
        let named = Quirk::ALL.iter().find(|quirk| quirk.name() == text);
        named.copied().ok_or_else(|| UnknownQuirk(text.to_owned()))
    }
}

/// The quirks that are switched on: a set, cheap to copy and to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks(u32);

impl Quirks {
    /// None: the API as it should be.
    pub fn none() -> Quirks {
        Quirks::default()
    }

    /// All but [`Quirk::LateDeletes`], which is a matter of time and would make answers differ from run to run.
    pub fn all() -> Quirks {
        Quirk::ALL.iter().copied().filter(|quirk| *quirk != Quirk::LateDeletes).collect()
    }

    /// These and one more.
    pub fn with(self, quirk: Quirk) -> Quirks {
        self.switched(quirk, true)
    }

    /// These with one switched on or off.
    pub fn switched(self, quirk: Quirk, on: bool) -> Quirks {
        let bit = 1 << quirk as u32;
        Quirks(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Whether a quirk is switched on.
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & 1 << quirk as u32 != 0
    }

    /// Whether none is.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are switched on.
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
    fn a_quirk_reads_back_from_its_name_and_says_what_is_right() {
        for quirk in Quirk::ALL {
            assert_eq!(quirk.name().parse(), Ok(*quirk));
            assert!(quirk.about().contains(" Right: ") && quirk.about().ends_with('.'), "{quirk}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        for put in Quirk::ALL {
            let set = Quirks::none().with(*put);
            assert_eq!(set.iter().collect::<Vec<_>>(), [*put]);
            assert!(set.switched(*put, false).is_empty());
        }
    }
}
