//! Deliberate deviations from what the API should do, all off by default.
//!
//! A *defect* breaks a rule on purpose, so that the suite can be seen to notice; a *quirk* is a known defect of the
//! reference deployment, so that a recording of it can be compared without exceptions.

use std::fmt;
use std::str::FromStr;

/// What a deviation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Breaks a rule that the suite checks.
    Defect,
    /// Does as the reference deployment, where that is wrong.
    Quirk,
}

macro_rules! variations {
    ($($kind:ident { $($variant:ident = $name:literal: $about:literal)* })*) => {
        /// One deviation. Each says what it does and what is right instead.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Variation {
            $($(#[doc = $about] $variant,)*)*
        }

        impl Variation {
            /// All of them: the defects first, then the quirks.
            pub const ALL: &[Variation] = &[$($(Variation::$variant,)*)*];

            /// The name in kebab-case, as it is written on a command line.
            pub fn name(self) -> &'static str {
                match self {
                    $($(Variation::$variant => $name,)*)*
                }
            }

            /// What it does, and what is right instead.
            pub fn about(self) -> &'static str {
                match self {
                    $($(Variation::$variant => $about,)*)*
                }
            }

            /// Whether it is a defect or a quirk.
            pub fn kind(self) -> Kind {
                match self {
                    $($(Variation::$variant)|* => Kind::$kind,)*
                }
            }
        }
    };
}

variations! {
    Defect {
        // What a user key leaves to be seen.
        UsersListUnscoped = "users-list-unscoped":
            "`GET /users/` shows every user to an API key with a user key. Right: it shows the caller alone."
        GroupsOfOthersShown = "groups-of-others-shown":
            "A user may read `/users/<id>/groups/` of anybody. Right: of himself, else 403."

        // `/user/`.
        AccountKeyOnUser = "account-key-on-user":
            "`/user/` also takes an account key beside a user key. Right: an API key beside a user key, nothing else."
        IgnoreAclOnUser = "ignore-acl-on-user":
            "`/user/` takes an `ignore_acl` key without a user key, for the first user of the instance. Right: 403."

        // `reset_key`.
        UserKeySurvivesReset = "user-key-survives-reset":
            "The user key from before a `reset_key` stays valid beside the new one. Right: it ends at once."
        OwnResetRefused = "own-reset-refused":
            "A user may not reset his own key. Right: 200."

        // Login.
        LoginNeedsNoKey = "login-needs-no-key":
            "`/user/auth/` needs no API key. Right: 403 without one."
        LoginRefusedToAccounts = "login-refused-to-accounts":
            "`/user/auth/` refuses account keys. Right: an administrator of the instance may call it."

        // What users and apps may change.
        AppCreatesUsers = "app-creates-users":
            "Any API key may create users. Right: one with `allow_user_create` or `ignore_acl`, else 403."
        UserDeletesHimself = "user-deletes-himself":
            "A user may delete himself under `/users/<id>/`. Right: 403."
        UserJoinsGroups = "user-joins-groups":
            "A user may make memberships. Right: 403."
        UserLeavesGroups = "user-leaves-groups":
            "A user may end memberships. Right: 403."
        AppCreatesGroups = "app-creates-groups":
            "Any API key may create groups. Right: one with `allow_group_create`, else 403."
        UserChangesGroups = "user-changes-groups":
            "With a user key, groups may be changed and deleted. Right: 403."
        GroupsShownWithoutKey = "groups-shown-without-key":
            "`/groups/` and each group are shown without any key. Right: 403."
        AppChangesApiKeys = "app-changes-api-keys":
            "An API key may create, change, reset and delete API keys. Right: 403."
        AppChangesInstance = "app-changes-instance":
            "An API key may change and delete its instance. Right: 403."
        AppReadsAccount = "app-reads-account":
            "`GET /account/` shows the owner of its instance to an API key. Right: 403."
        ScriptsOpenToUsers = "scripts-open-to-users":
            "With a user key, scripts may be read. Right: 403, as with the API key alone."
        InvitationsOpenToUsers = "invitations-open-to-users":
            "With a user key, the invitations of the instance are listed. Right: 403, as with the API key alone."

        // Flags of API keys.
        UserCreateTooLittle = "user-create-too-little":
            "A key with `allow_user_create` may not create users. Right: 201."
        UserCreateListsUsers = "user-create-lists-users":
            "A key with `allow_user_create` may list users. Right: 403."
        UserCreateDeletesUsers = "user-create-deletes-users":
            "A key with `allow_user_create` may delete users. Right: 403."
        UserCreateResetsKeys = "user-create-resets-keys":
            "A key with `allow_user_create` may reset user keys. Right: 403."
        GroupCreateTooLittle = "group-create-too-little":
            "A key with `allow_group_create` may not create groups. Right: 201."
        GroupCreateChangesGroups = "group-create-changes-groups":
            "A key with `allow_group_create` may change and delete groups. Right: 403."
        IgnoreAclTooLittle = "ignore-acl-too-little":
            "A key with `ignore_acl` may not read users. Right: it reads all of them."
        IgnoreAclResetRefused = "ignore-acl-reset-refused":
            "A key with `ignore_acl` may not reset user keys. Right: 200."
        AnonymousReadTooLittle = "anonymous-read-too-little":
            "A key with `allow_anonymous_read` may not read objects without a user key. Right: those readable to others."
        AnonymousReadWrites = "anonymous-read-writes":
            "A key with `allow_anonymous_read` may also create and change objects without a user key. Right: 403."

        // Roles of administrators.
        ReaderChangesUsers = "reader-changes-users":
            "An administrator in the role `read` may create, change and delete users. Right: 403."
        WriterManagesApiKeys = "writer-manages-api-keys":
            "An administrator in the role `write` may read and change API keys. Right: 403."
        StrangerReadsUsers = "stranger-reads-users":
            "An account that is no administrator of the instance may read its users. Right: 403."
        FullDeletesInstance = "full-deletes-instance":
            "An administrator in the role `full` may delete the instance. Right: its owner alone, else 403."

        // Classes and data objects.
        AppChangesClasses = "app-changes-classes":
            "An API key may create, change and delete classes. Right: 403."
        ClosedClassOpen = "closed-class-open":
            "A class whose `other_permissions` are `none` lets every user read and change objects. Right: 403 for those \
             who are not in its group."
        ReadableClassTakesObjects = "readable-class-takes-objects":
            "A class whose `other_permissions` are `read` takes new objects of every user. Right: 403."
        OwnProfileLocked = "own-profile-locked":
            "A user may not change the object that is his profile. Right: 200."

        // The whole of it.
        EverythingIsRefused = "everything-is-refused":
            "Every request with an API key is 403, whoever's user key is beside it. Right: by the rights of each."
        EveryListIsEmpty = "every-list-is-empty":
            "Every list has no objects, whoever asks. Right: what there is for the caller."
    }

    Quirk {
        UserProfile500 = "user-profile-500":
            "PATCH and PUT on `/user/` with a valid `profile` are a 500 page and change nothing. Right: the profile is \
             changed, as it is on `/users/<id>/`."
        ObjectHead403 = "object-head-403":
            "HEAD on a data object is 403 to an API key with a user key, where GET is 200. Right: as GET."
        AdminsOpen = "admins-open":
            "Anyone but a bad key may list `/admins/`, with names and e-mails. Right: administrators of the instance, \
             else 403."
        InstanceCreateRole = "instance-create-role":
            "The answer to `POST /instances/` says `\"role\": \"api_key\"` to its owner. Right: `\"full\"`."
        BatchUnknownRoute = "batch-unknown-route":
            "The item of a batch for a path that no route knows is the bare text `\"code\"`. Right: an item that says 404."
        AccountEmail500 = "account-email-500":
            "PUT and PATCH on `/account/` with the e-mail of another account are a 500 page. Right: a 400 on `email`."
        Nul500 = "nul-500":
            "A NUL character in a user key or in a text that is kept is a 500 page. Right: no such user, and a 400 that \
             names the member."
        StrangerLogin = "stranger-login":
            "An account that is no administrator of the instance may call `/user/auth/`. Right: 403."
        LateDeletes = "late-deletes":
            "For a moment, `/groups/<id>/users/` still shows a user who was deleted, and `/users/<id>/groups/` a group. \
             Right: they are gone at once."
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
pub struct Variations([u64; WORDS]);

/// As many as it takes for a bit a deviation.
const WORDS: usize = Variation::ALL.len().div_ceil(u64::BITS as usize);

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
    pub fn with(mut self, variation: Variation) -> Variations {
        let (word, bit) = place(variation);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
        self
    }

    /// Whether a deviation is switched on.
    pub fn has(self, variation: Variation) -> bool {
        let (word, bit) = place(variation);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether none is.
    pub fn is_empty(self) -> bool {
        self == Variations::none()
    }
}

/// The word of a set that a deviation has its bit in, and the bit.
fn place(variation: Variation) -> (usize, u64) {
    (variation as usize / u64::BITS as usize, 1 << (variation as u32 % u64::BITS))
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
    fn a_variation_reads_back_from_its_name_which_is_that_of_the_variant() {
        for variation in Variation::ALL {
            assert_eq!(variation.name().parse(), Ok(*variation));
            assert_eq!(variation.name().replace('-', ""), format!("{variation:?}").to_lowercase());
        }
    }

    #[test]
    fn every_variation_says_what_is_right() {
        for variation in Variation::ALL {
            let about = variation.about();
            assert!(about.contains(" Right: ") && about.ends_with('.'), "{variation}: {about}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        for put in Variation::ALL {
            let set = Variations::none().with(*put);
            for variation in Variation::ALL {
                assert_eq!(set.has(*variation), variation == put, "{variation} in a set of {put}");
            }
        }
    }
}
