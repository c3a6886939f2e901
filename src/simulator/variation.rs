//! Deliberate deviations from what the API should do, all off by default.
//!
//! A *defect* breaks a rule on purpose, so that the suite can be seen to notice; a *quirk* is a known defect of the
//! reference deployment, so that a recording of it can be compared without exceptions.

use std::fmt;
use std::str::FromStr;

/// One deviation. Each says what it does and what is right instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variation {
    /// `/user/` also takes an account key beside a user key. Right: an API key beside a user key, nothing else.
    AccountKeyOnUser,
    /// The user key from before a `reset_key` stays valid beside the new one. Right: it ends at once.
    UserKeySurvivesReset,
    /// `GET /users/` shows every user to an API key with a user key. Right: it shows the caller alone.
    UsersListUnscoped,
    /// PATCH and PUT on `/user/` with a valid `profile` are a 500 page and change nothing. Right: the profile is
    /// changed, as it is on `/users/<id>/`.
    UserProfile500,
    /// HEAD on a data object is 403 to an API key with a user key, where GET is 200. Right: as GET.
    ObjectHead403,
    /// Anyone but a bad key may list `/admins/`, with names and e-mails. Right: administrators of the instance, else 403.
    AdminsOpen,
    /// The answer to `POST /instances/` says `"role": "api_key"` to its owner. Right: `"full"`.
    InstanceCreateRole,
    /// The item of a batch for a path that no route knows is the bare text `"code"`. Right: an item that says 404.
    BatchUnknownRoute,
    /// PUT and PATCH on `/account/` with the e-mail of another account are a 500 page. Right: a 400 on `email`.
    AccountEmail500,
    /// A NUL character in a user key or in a text that is kept is a 500 page. Right: no such user, and a 400 that names
    /// the member.
    Nul500,
    /// An account that is no administrator of the instance may call `/user/auth/`. Right: 403.
    StrangerLogin,
    /// For a moment, `/groups/<id>/users/` still shows a user who was deleted, and `/users/<id>/groups/` a group. Right:
    /// they are gone at once.
    LateDeletes,
}

/// What a deviation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Breaks a rule that the suite checks.
    Defect,
    /// Does as the reference deployment, where that is wrong.
    Quirk,
}

impl Variation {
    /// All of them: the defects first, then the quirks.
    pub const ALL: &[Variation] = &[
        Variation::AccountKeyOnUser,
        Variation::UserKeySurvivesReset,
        Variation::UsersListUnscoped,
        Variation::UserProfile500,
        Variation::ObjectHead403,
        Variation::AdminsOpen,
        Variation::InstanceCreateRole,
        Variation::BatchUnknownRoute,
        Variation::AccountEmail500,
        Variation::Nul500,
        Variation::StrangerLogin,
        Variation::LateDeletes,
    ];

    /// The name in kebab-case, as it is written on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Variation::AccountKeyOnUser => "account-key-on-user",
            Variation::UserKeySurvivesReset => "user-key-survives-reset",
            Variation::UsersListUnscoped => "users-list-unscoped",
            Variation::UserProfile500 => "user-profile-500",
            Variation::ObjectHead403 => "object-head-403",
            Variation::AdminsOpen => "admins-open",
            Variation::InstanceCreateRole => "instance-create-role",
            Variation::BatchUnknownRoute => "batch-unknown-route",
            Variation::AccountEmail500 => "account-email-500",
            Variation::Nul500 => "nul-500",
            Variation::StrangerLogin => "stranger-login",
            Variation::LateDeletes => "late-deletes",
        }
    }

    /// Whether it is a defect or a quirk.
    pub fn kind(self) -> Kind {
        match self {
            Variation::AccountKeyOnUser | Variation::UserKeySurvivesReset | Variation::UsersListUnscoped => {
                Kind::Defect
            }
            Variation::UserProfile500
            | Variation::ObjectHead403
            | Variation::AdminsOpen
            | Variation::InstanceCreateRole
            | Variation::BatchUnknownRoute
            | Variation::AccountEmail500
            | Variation::Nul500
            | Variation::StrangerLogin
            | Variation::LateDeletes => Kind::Quirk,
        }
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no deviation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no variation named {0:?}")]
pub struct UnknownVariation(String);

impl FromStr for Variation {
    type Err = UnknownVariation;

    fn from_str(text: &str) -> Result<Variation, UnknownVariation> {
        let named = Variation::ALL.iter().find(|variation| variation.name() == text);
        named.copied().ok_or_else(|| UnknownVariation(text.to_owned()))
    }
}

/// The deviations that are switched on: a set, cheap to copy and to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variations(u128);

impl Variations {
    /// None: the API as it should be.
    pub fn none() -> Variations {
        Variations::default()
    }

    /// The quirks of the reference deployment, all but [`Variation::LateDeletes`], which is a matter of time and would make
    /// answers differ from run to run.
    pub fn quirks() -> Variations {
        let quirks = Variation::ALL.iter().copied().filter(|variation| variation.kind() == Kind::Quirk);
        quirks.filter(|variation| *variation != Variation::LateDeletes).collect()
    }

    /// These and one more.
    pub fn with(self, variation: Variation) -> Variations {
        Variations(self.0 | 1 << variation as u32)
    }

    /// Whether a deviation is switched on.
    pub fn has(self, variation: Variation) -> bool {
        self.0 & 1 << variation as u32 != 0
    }
}

impl FromIterator<Variation> for Variations {
    fn from_iter<I: IntoIterator<Item = Variation>>(variations: I) -> Variations {
        variations.into_iter().fold(Variations::none(), Variations::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variation_is_listed_once_and_reads_back_from_its_name() {
        for (position, variation) in Variation::ALL.iter().enumerate() {
            assert_eq!(variation.name().parse(), Ok(*variation));
            assert_eq!(*variation as usize, position, "{variation} stands elsewhere in the enum");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let set = Variations::none().with(Variation::Nul500);
        for variation in Variation::ALL {
            assert_eq!(set.has(*variation), *variation == Variation::Nul500, "{variation}");
        }
    }
}
