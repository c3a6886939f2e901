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
        UserDetailUnscoped = "user-detail-unscoped":
            "`GET /users/<id>/` shows anybody to a user. Right: himself, and 404 for the rest."
        UserChangeUnscoped = "user-change-unscoped":
            "PATCH and PUT on `/users/<id>/` let a user change anybody. Right: himself, and 404 for the rest."
        OtherUserIs403 = "other-user-is-403":
            "`/users/<id>/` is 403 to a user for another one who exists. Right: 404, as for one who does not."
        NotFoundNamesTheUser = "not-found-names-the-user":
            "The 404 for another user gives away his name. Right: it says `Not found.` and no more."
        FilterUnscoped = "filter-unscoped":
            "`GET /users/` with `username__startswith` searches all users for a user. Right: the caller alone."
        SecondPageUnscoped = "second-page-unscoped":
            "`GET /users/` shows all users to a user who asks for a page by `direction`. Right: the caller alone."
        OddIdUnscoped = "odd-id-unscoped":
            "`/users/<id>/` and below are about anybody whose id is written with a nought before it. Right: as without it."
        UserFoundByName = "user-found-by-name":
            "`/users/<name>/` and below are about the user of that name, whoever asks. Right: 404, for it is no id."
        UsersCounted = "users-counted":
            "`include_count` counts all users, and all members of a group, for everybody. Right: it counts objects alone."
        UsersListEmptyForUsers = "users-list-empty-for-users":
            "`GET /users/` shows nobody to a user. Right: the caller."
        UsersListMissesTheNewest = "users-list-misses-the-newest":
            "`GET /users/` leaves out the user who was created last. Right: the administrator sees everybody."
        UsersOfOtherInstancesListed = "users-of-other-instances-listed":
            "`GET /users/` shows the administrator users of all instances. Right: those of the one in the path."
        OwnGroupsListAll = "own-groups-list-all":
            "`/users/<id>/groups/` lists every group of the instance. Right: those that the user is in."
        GroupWithoutTheUserShown = "group-without-the-user-shown":
            "`/users/<id>/groups/<group>/` shows a group that the user is not in. Right: 404."
        GroupUsersUnscoped = "group-users-unscoped":
            "`/groups/<id>/users/` shows all members to a user who is one. Right: himself."
        GroupUsersShownToNonMembers = "group-users-shown-to-non-members":
            "`/groups/<id>/users/` shows all members to a user who is none. Right: nobody."
        GroupUsersRefusedToNonMembers = "group-users-refused-to-non-members":
            "`/groups/<id>/users/` is 403 to a user who is no member. Right: 200 with an empty list."
        OtherMemberShown = "other-member-shown":
            "`/groups/<id>/users/<user>/` shows any member to a user. Right: himself, and 404 for the rest."
        OwnMembershipHidden = "own-membership-hidden":
            "`/groups/<id>/users/<user>/` is 404 to a member for himself. Right: 200."
        GroupsScoped = "groups-scoped":
            "With a user key, `/groups/` lists the groups of the user. Right: all groups, as with the API key alone."
        GroupHiddenFromNonMembers = "group-hidden-from-non-members":
            "With a user key, `/groups/<id>/` is 404 for a group that the user is not in. Right: 200."
        ApiKeysListAll = "api-keys-list-all":
            "`/api_keys/` lists every API key of the instance to an API key. Right: itself."
        OtherApiKeyShown = "other-api-key-shown":
            "`/api_keys/<id>/` shows any API key to an API key. Right: itself, and 404 for the rest."
        InstancesListAllToApps = "instances-list-all-to-apps":
            "`/instances/` lists all instances to an API key. Right: its own."
        InstancesListAllToAccounts = "instances-list-all-to-accounts":
            "`/instances/` lists all instances to an account. Right: those that it administers."

        // `/user/`.
        AccountKeyOnUser = "account-key-on-user":
            "`/user/` also takes an account key beside a user key. Right: an API key beside a user key, nothing else."
        UserKeyAloneOnUser = "user-key-alone-on-user":
            "`/user/` takes a user key without an API key. Right: 403."
        IgnoreAclOnUser = "ignore-acl-on-user":
            "`/user/` takes an `ignore_acl` key without a user key, for the first user of the instance. Right: 403."

        UserDeleteAllowed = "user-delete-allowed":
            "`DELETE /user/` deletes the caller. Right: 405."
        UserShowsTheFirst = "user-shows-the-first":
            "`/user/` is about the first user of the instance, whoever calls. Right: about the caller."
        UserChosenInQuery = "user-chosen-in-query":
            "`/user/?id=` is about the user with that id. Right: about the caller."
        UserChosenInBody = "user-chosen-in-body":
            "PATCH and PUT on `/user/` change the user whose `id` is in the body. Right: the caller; `id` is ignored."
        UserKeyWritable = "user-key-writable":
            "A `user_key` in the body of PATCH or PUT becomes the key of the user. Right: it is ignored."
        PutMayLeaveOut = "put-may-leave-out":
            "PUT on a user keeps a name or password that it leaves out. Right: 400 on what is missing."
        PatchNeedsPassword = "patch-needs-password":
            "PATCH on a user needs a password. Right: any of the members will do."
        PatchForgetsPassword = "patch-forgets-password":
            "PATCH on a user without a password empties it. Right: it stays."
        NameChangeLost = "name-change-lost":
            "A new user name is answered and not kept. Right: it stays."
        PasswordChangeLost = "password-change-lost":
            "A new password is taken and not kept. Right: it is the one to log in with."
        ProfileTakenByItsId = "profile-taken-by-its-id":
            "A `profile` with an `id` changes the profile with that id. Right: that of the user; `id` is ignored."
        KeysFollowNames = "keys-follow-names":
            "Who takes the name that another one gave up takes over that one's user key. Right: keys stay with users."
        ProfileChangeLost = "profile-change-lost":
            "A changed `profile` is taken and not kept. Right: it is the profile from then on."

        // `reset_key`.
        UserKeySurvivesReset = "user-key-survives-reset":
            "The user key from before a `reset_key` stays valid beside the new one. Right: it ends at once."
        OwnResetRefused = "own-reset-refused":
            "A user may not reset his own key. Right: 200."
        ResetUnscoped = "reset-unscoped":
            "A user may reset the keys of others. Right: 404 for them, and their keys stay."
        ResetOfTheFirstUser = "reset-of-the-first-user":
            "A reset gives the first user of the instance another key, whoever is named. Right: the one who is named."
        ResetReturnsOldKey = "reset-returns-old-key":
            "The answer to a reset shows the key from before. Right: the new one."
        ResetNotStored = "reset-not-stored":
            "The answer to a reset shows a key that is not kept; the old one stays. Right: the new one is the key."
        ResetDoesNothing = "reset-does-nothing":
            "A reset answers 200 and changes nothing. Right: there is another key."
        ResetGivesOneKeyTwice = "reset-gives-one-key-twice":
            "Each reset of a user gives the same key. Right: another one each time."
        ResetEndsTheKeysOfOthers = "reset-ends-the-keys-of-others":
            "A reset gives every user of the instance another key. Right: the keys of others stay valid."
        ResetChangesPassword = "reset-changes-password":
            "A reset changes the password too. Right: it stays."
        ResetEndsMemberships = "reset-ends-memberships":
            "A reset takes the user out of all groups. Right: he stays in them."
        ResetByGet = "reset-by-get":
            "GET on `reset_key/` resets the key. Right: 405."

        // Login.
        LoginNeedsNoKey = "login-needs-no-key":
            "`/user/auth/` needs no API key. Right: 403 without one."
        LoginRefusedToAccounts = "login-refused-to-accounts":
            "`/user/auth/` refuses account keys. Right: an administrator of the instance may call it."

        LoginIgnoresPassword = "login-ignores-password":
            "Any password logs a user in. Right: 401 for a wrong one."
        LoginPasswordCaseIgnored = "login-password-case-ignored":
            "Login ignores the letter case of the password. Right: 401."
        LoginNameCaseMatters = "login-name-case-matters":
            "Login does not know a name in other letter case. Right: it logs in."
        LoginFindsOtherInstances = "login-finds-other-instances":
            "Login knows the users of all instances. Right: 401 for those of other ones."
        LoginShowsTheCaller = "login-shows-the-caller":
            "With a user key, login answers with its user. Right: with the one who logs in."
        LoginChangesKey = "login-changes-key":
            "Each login gives the user another key. Right: the key stays."
        LoginReturnsOldKey = "login-returns-old-key":
            "After a reset, login shows the key from before. Right: the new one."
        FailedLoginIs403 = "failed-login-is-403":
            "A wrong name or password is 403. Right: 401."
        FailedLoginShowsPassword = "failed-login-shows-password":
            "The answer to a wrong password gives away the right one. Right: it says `Invalid password.` and no more."
        WrongNameToldAsPassword = "wrong-name-told-as-password":
            "Login says of an unknown name that the password is wrong. Right: that the name is."
        LoginWithoutFieldIs401 = "login-without-field-is-401":
            "Login without a name or password is 401. Right: 400 that names the member."

        // What has ended, and goes on.
        OldNameLogsIn = "old-name-logs-in":
            "A user who was renamed still logs in under the old name. Right: 401."
        OldPasswordLogsIn = "old-password-logs-in":
            "The password from before a change still logs the user in. Right: 401."
        DeletedUserStays = "deleted-user-stays":
            "`DELETE /users/<id>/` is 204 and deletes nobody. Right: the user is gone."
        DeletedUsersKeySurvives = "deleted-users-key-survives":
            "The key of a deleted user still counts as that of a user. Right: as none, so `/user/` is 403."
        UsersGoWithTheirApiKey = "users-go-with-their-api-key":
            "With an API key the users go who were created with it. Right: they stay."
        DeletedNameStaysTaken = "deleted-name-stays-taken":
            "The name of a deleted user cannot be taken again. Right: it is free at once."
        DeletedUserStaysInGroups = "deleted-user-stays-in-groups":
            "`/groups/<id>/users/` shows members who were deleted. Right: the membership ends with the user."
        DeletedGroupStaysWithMembers = "deleted-group-stays-with-members":
            "`/users/<id>/groups/` shows groups that were deleted. Right: the membership ends with the group."
        MembershipSurvivesWithTheUser = "membership-survives-with-the-user":
            "A membership that is deleted ends for the group, but not for the user. Right: it ends for both."
        GroupTakesItsUsersAlong = "group-takes-its-users-along":
            "A group that is deleted takes its members along. Right: they stay users."
        ObjectsOutliveTheirOwner = "objects-outlive-their-owner":
            "The objects of a deleted user stay. Right: they go with him."
        DeletedApiKeySurvives = "deleted-api-key-survives":
            "An API key that was deleted still opens its instance. Right: 403 at once."
        ApiKeySurvivesReset = "api-key-survives-reset":
            "An API key from before its reset still opens its instance. Right: 403 at once."
        ApiKeyResetEndsUserKeys = "api-key-reset-ends-user-keys":
            "The reset of an API key ends all user keys of the instance. Right: they stay valid."
        FlagsCached = "flags-cached":
            "A flag of an API key that is switched has no effect. Right: on the next request."

        // Keys.
        QueryKeyWins = "query-key-wins":
            "A key in the query wins over one in its header. Right: the header wins."
        ShortNameWins = "short-name-wins":
            "In a query `apikey` and `userkey` count before `api_key` and `user_key`. Right: after them."
        AuthorizationWins = "authorization-wins":
            "A key in `Authorization` wins over one in `X-API-KEY` or the query. Right: it comes after them."
        BadKeyRescued = "bad-key-rescued":
            "A key in the query stands in for a header that holds no key. Right: the header counts, and is bad."
        QueryKeysIgnored = "query-keys-ignored":
            "Keys in the query do not count. Right: they do, where no header holds one."
        ShortNamesIgnored = "short-names-ignored":
            "The names `apikey` and `userkey` do not count in the query. Right: they do."
        AuthorizationIgnored = "authorization-ignored":
            "A key in `Authorization` does not count. Right: it does."
        BodyKeysIgnored = "body-keys-ignored":
            "`_api_key` and `_user_key` in a body do not count. Right: they do, where there is no other key."
        MissingKeyIs401 = "missing-key-is-401":
            "A request without a key is 401. Right: 403."
        BadKeyIs401 = "bad-key-is-401":
            "A request with a key that nobody has is 401. Right: 403."
        BadKeyToldAsMissingRight = "bad-key-told-as-missing-right":
            "A key that nobody has is refused as one that lacks a right. Right: as one that there is not."
        RefusalsChallenge = "refusals-challenge":
            "What is 401 or 403 carries `WWW-Authenticate`. Right: nothing does."
        UserKeysInCapitals = "user-keys-in-capitals":
            "User keys are written with capital digits. Right: in lower case."
        UnknownUserKeyRefused = "unknown-user-key-refused":
            "An API key beside a user key that nobody has is 403 everywhere. Right: as the API key alone."
        UserKeyAsApiKey = "user-key-as-api-key":
            "A user key is accepted in the place of the API key. Right: 403."
        ForeignApiKeyOutsideItsHeader = "foreign-api-key-outside-its-header":
            "An API key of another instance opens this one if it is not in `X-API-KEY`. Right: 403."
        ForeignApiKeyAccepted = "foreign-api-key-accepted":
            "An API key of another instance is accepted. Right: 403."
        ForeignUserKeyAccepted = "foreign-user-key-accepted":
            "The key of a user of another instance counts as that of the user with the same id. Right: as none."
        UserKeysEndOdd = "user-keys-end-odd":
            "User keys end in an odd digit, as API keys do. Right: in an even one."

        // Names and passwords of users.
        UserNameOf65Accepted = "user-name-of-65-accepted":
            "A user name may have 65 characters. Right: 64."
        UserNameOf64Refused = "user-name-of-64-refused":
            "A user name may have 63 characters. Right: 64."
        BlankNamesAccepted = "blank-names-accepted":
            "User name and password may be blank. Right: 400."
        SpaceInNameRefused = "space-in-name-refused":
            "A user name with a space in it is refused. Right: it is accepted."
        PasswordMayBeLeftOut = "password-may-be-left-out":
            "A user may be created without a password. Right: 400."
        TakenNameAccepted = "taken-name-accepted":
            "A user may be created under a name that another one has. Right: 400."
        TakenNameAcceptedOnChange = "taken-name-accepted-on-change":
            "A user may be given a name that another one has. Right: 400."
        UserNamesCaseSensitive = "user-names-case-sensitive":
            "A user may be created under a name that another one has in other letter case. Right: 400."
        TakenNameShowsItsUser = "taken-name-shows-its-user":
            "The refusal of a name that is taken shows the user who has it. Right: it says that it must be unique."
        NewUserTakesTheCallersKey = "new-user-takes-the-callers-key":
            "A user who is created with a user key gets that very key. Right: a new one; the caller stays who he was."

        // Groups, memberships and API keys.
        GroupLimitMissing = "group-limit-missing":
            "A user may be in any number of groups. Right: in 32."
        GroupLimitIs31 = "group-limit-is-31":
            "A user may be in 31 groups. Right: in 32."
        DoubleMembershipAccepted = "double-membership-accepted":
            "Who is in a group already may be put into it again. Right: 400."
        UnknownMemberIs404 = "unknown-member-is-404":
            "A membership of a user or group that there is not is 404. Right: 400 that names the member."
        LabelOf65Accepted = "label-of-65-accepted":
            "The label of a group may have 65 characters. Right: 64."
        GroupChangeLost = "group-change-lost":
            "PATCH and PUT on a group are 200 and change nothing. Right: the group is changed."
        NewApiKeyHasFlag = "new-api-key-has-flag":
            "A new API key has `allow_user_create`, if nothing else is said. Right: no flag."
        FlagsNotEchoed = "flags-not-echoed":
            "The answer to a new or changed API key says that all flags are off. Right: what they are."

        // Which error wins, and how it is told.
        KeyBeforeInstance = "key-before-instance":
            "A bad key is told before a missing instance. Right: 404, whatever the key."
        PermissionBeforeParent = "permission-before-parent":
            "A missing right is told before a missing user or group in the path. Right: 404 to everybody."
        MethodBeforePermission = "method-before-permission":
            "A method that an endpoint does not have is told before a missing right. Right: 403."
        ObjectBeforePermission = "object-before-permission":
            "A missing user is told before a missing right. Right: 403, whether there is one or not."
        BodyBeforePermission = "body-before-permission":
            "A wrong body for a new user is told before a missing right. Right: 403."
        BadBodyIs500 = "bad-body-is-500":
            "A body that is no JSON is a 500 page. Right: 400 with a JSON parse error."
        ErrorsAreTexts = "errors-are-texts":
            "Errors are bare texts. Right: JSON objects."
        UnknownUserIs403 = "unknown-user-is-403":
            "`/users/<id>/` of nobody is 403. Right: 404."
        OddIdIs500 = "odd-id-is-500":
            "`/users/<id>/` with an id that is no number is a 500 page. Right: 404."
        UnknownMethodIs404 = "unknown-method-is-404":
            "A method that an endpoint does not have is 404 to those who may go there. Right: 405."

        // What must not be shown.
        PasswordShown = "password-shown":
            "Users are shown with their password. Right: never."
        GroupsShowKeysOfMembers = "groups-show-keys-of-members":
            "Groups are shown with the user keys of their members. Right: never."
        InstanceShowsOwnersKey = "instance-shows-owners-key":
            "Instances are shown with the account key of their owner. Right: never."
        LinksCarryKeys = "links-carry-keys":
            "The links to other pages repeat the keys of the query. Right: never."

        // The form of answers.
        UserWithoutKey = "user-without-key":
            "`/user/` does not show the `user_key`. Right: it does."
        LoginWithoutKey = "login-without-key":
            "Login does not show the `user_key`. Right: it does."
        ResetWithoutKey = "reset-without-key":
            "A reset does not show the `user_key`. Right: it shows the new one."
        UsersWithoutProfile = "users-without-profile":
            "Users are shown without `profile`. Right: with it."
        UsersWithoutGroups = "users-without-groups":
            "The `groups` of users are empty. Right: those that the user is in."
        AppsShownAsFull = "apps-shown-as-full":
            "An instance tells an API key that its `role` is `full`. Right: `api_key`."
        IdsAreTexts = "ids-are-texts":
            "Identifiers are written as texts. Right: as numbers."
        TimesWithoutFraction = "times-without-fraction":
            "Times are written without a fraction of the second. Right: with six digits of it."
        LinksOfV1 = "links-of-v1":
            "GET in v1.1 shows links that begin with `/v1/`. Right: with `/v1.1/`."
        V1LinksOfV11 = "v1-links-of-v1-1":
            "GET in v1 shows links that begin with `/v1.1/`. Right: with `/v1/`."
        LinksAbsolute = "links-absolute":
            "GET shows links that begin with the host. Right: with the version."
        UserCreatedByAppIs200 = "user-created-by-app-is-200":
            "POST on `/users/` with an API key is 200. Right: 201."
        DeleteIs200 = "delete-is-200":
            "What deletes something is 200 with `{}`. Right: 204 with no body."
        FormsRefused = "forms-refused":
            "A body that is a form is 415. Right: it is read."
        UnknownPermissionAccepted = "unknown-permission-accepted":
            "A permission that there is not is ignored. Right: 400."

        // Lists.
        ListsWithoutPrev = "lists-without-prev":
            "Lists have no `prev`. Right: it is there, even if it is null."
        ListsDescend = "lists-descend":
            "Lists begin with the highest id. Right: with the lowest."
        PagesSkip = "pages-skip":
            "The next page leaves its first object out. Right: pages show everything once."
        PagesRepeat = "pages-repeat":
            "The next page begins with the last object of the one before. Right: pages show everything once."
        PlaceNeedsNoDirection = "place-needs-no-direction":
            "`last_pk` without `direction` leads to the page after it. Right: it is ignored."
        PageHoldsOneMore = "page-holds-one-more":
            "A page holds one object more than `page_size`. Right: so many at most."
        PageSizeIgnored = "page-size-ignored":
            "`page_size` is ignored. Right: so many objects at most."
        PageSizeUnchecked = "page-size-unchecked":
            "A `page_size` that is no number is ignored. Right: 400."
        NextMissing = "next-missing":
            "No page has a `next`. Right: one that is full has."
        NextOnEveryPage = "next-on-every-page":
            "Every page has a `next`. Right: one that is full has."
        PrevMissing = "prev-missing":
            "No page has a `prev`. Right: the second one leads back."
        FieldsIgnored = "fields-ignored":
            "`fields` is ignored. Right: it chooses the members that are shown."
        ExcludedFieldsIgnored = "excluded-fields-ignored":
            "`excluded_fields` is ignored. Right: it leaves members out."
        FilterIgnored = "filter-ignored":
            "`username__startswith` is ignored. Right: it filters the users."

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
            "A key with `allow_user_create` may list and read users. Right: 403."
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
        HiddenClassesShown = "hidden-classes-shown":
            "Classes that an API key may not read are shown to it. Right: they are absent and 404."
        ClassIgnoresItsGroup = "class-ignores-its-group":
            "A class closed to others is closed to the members of its group too. Right: they have `group_permissions`."
        ClassesBeginClosed = "classes-begin-closed":
            "The permissions of a new class are `none`. Right: `create_objects`."
        ProfileClassDeletable = "profile-class-deletable":
            "DELETE on the class `user_profile` is 204. Right: 403."
        ProfileDeletable = "profile-deletable":
            "DELETE on the object that is a profile is 204. Right: 403."
        ObjectOwnerNotForced = "object-owner-not-forced":
            "A user who creates an object may name its owner. Right: he is the owner, whatever he says."
        PrivateObjectsListed = "private-objects-listed":
            "The list of objects shows those that the caller may not read. Right: they are absent."
        PrivateObjectShown = "private-object-shown":
            "An object is shown to a user who may not read it. Right: 404."
        ReadSufficesToWrite = "read-suffices-to-write":
            "Whoever may read an object may change it. Right: 403 without `write`."
        WriteSufficesToDelete = "write-suffices-to-delete":
            "Whoever may change an object may delete it. Right: 403 without `full`."
        GroupPermissionForEverybody = "group-permission-for-everybody":
            "The `group_permissions` of an object count for everybody. Right: for the members of its group."
        ForeignGroupAccepted = "foreign-group-accepted":
            "A user may give an object a group that he is not in. Right: 400."
        RevisionIgnored = "revision-ignored":
            "An object is changed whatever its `expected_revision`. Right: 400 unless it is the present one."
        RevisionStays = "revision-stays":
            "The `revision` of an object stays when a value changes. Right: it rises by one."
        AnonymousReadShowsAll = "anonymous-read-shows-all":
            "A key with `allow_anonymous_read` reads every object. Right: those readable to others."
        IgnoreAclScopedByUser = "ignore-acl-scoped-by-user":
            "A key with `ignore_acl` sees the objects that its user may. Right: all of them."

        // Batches.
        BatchForgetsUserKey = "batch-forgets-user-key":
            "The requests of a batch have the API key alone. Right: the user key too."
        BatchInBatchUnscoped = "batch-in-batch-unscoped":
            "The requests of a batch in a batch may do what an `ignore_acl` key may. Right: what the caller may."
        BatchIgnoresAcl = "batch-ignores-acl":
            "The requests of a batch may do what an `ignore_acl` key may. Right: what the caller may."
        BatchFailsAsAWhole = "batch-fails-as-a-whole":
            "A batch is 400 if one of its requests fails. Right: 200 with a code for each."
        BatchAnswersBackwards = "batch-answers-backwards":
            "The answers of a batch come last first. Right: in the order of the requests."
        BatchLimitMissing = "batch-limit-missing":
            "A batch may hold any number of requests. Right: 50."
        BatchCrossesInstances = "batch-crosses-instances":
            "A request of a batch may go to another instance. Right: 400."

        // What an app, a user or a role is taken for.
        OlderVersionOpenToApps = "older-version-open-to-apps":
            "In v1 an API key may do everything that its instance has. Right: what it may do in v1.1."
        NewUserJoinsCallersGroups = "new-user-joins-callers-groups":
            "Whom a user creates is in the groups of that user. Right: in none."
        UsersOpenToApps = "users-open-to-apps":
            "An API key alone may read, change and delete users. Right: 403."
        UserOpenToApps = "user-open-to-apps":
            "`/user/` takes an API key alone, for the first user of the instance. Right: 403."
        AccountKeyAloneOnUser = "account-key-alone-on-user":
            "`/user/` takes an account key alone, for the first user of the instance. Right: 403."
        UserClosedToFlags = "user-closed-to-flags":
            "`/user/` refuses API keys with a flag. Right: flags make no difference there."
        FlagsTakenForGranted = "flags-taken-for-granted":
            "Every API key may do what the flags allow. Right: those whose flags are on."
        UserKeyClosesTheRest = "user-key-closes-the-rest":
            "With a user key, the instance, API keys and classes are refused. Right: as with the API key alone."
        UserKeyNarrowsAccounts = "user-key-narrows-accounts":
            "An account key beside a user key sees what the user may see. Right: the user key counts for nothing there."
        AdministrationOpenToUsers = "administration-open-to-users":
            "With a user key, invitations, administrators, triggers, schedules, script endpoints, backups and hosting \
             are open. Right: 403."
        AdministratorItemsRefused = "administrator-items-refused":
            "Administrators may not read a single user or membership. Right: 200."
        AdministratorChangesRefused = "administrator-changes-refused":
            "Administrators may not change or delete users, groups and API keys. Right: from `write` on, and API keys from \
             `full` on."
        RolesIgnored = "roles-ignored":
            "Every administrator may do what the owner may. Right: as much as the role allows."
        FullChangesNothing = "full-changes-nothing":
            "An administrator in the role `full` may not change the instance. Right: 200."
        WriterChangesNothing = "writer-changes-nothing":
            "An administrator in the role `write` may change nothing. Right: users, groups, classes and objects."
        AppRenamesInstance = "app-renames-instance":
            "An API key may rename its instance. Right: 403."
        AppMakesInstances = "app-makes-instances":
            "An API key may make instances. Right: 403."
        IgnoreAclDeletesInstance = "ignore-acl-deletes-instance":
            "A key with `ignore_acl` may delete its instance. Right: 403."
        UserDeletesInstance = "user-deletes-instance":
            "With a user key, the instance may be deleted. Right: 403."
        OtherInstanceShown = "other-instance-shown":
            "An API key may read instances that are not its own. Right: 404."
        UserChangesApiKeys = "user-changes-api-keys":
            "With a user key, the own API key may be changed. Right: 403."
        UserResetsApiKeys = "user-resets-api-keys":
            "With a user key, the own API key may be reset. Right: 403."
        AppDeletesApiKeys = "app-deletes-api-keys":
            "An API key may delete itself. Right: 403."
        AppMakesApiKeys = "app-makes-api-keys":
            "An API key may make others. Right: 403."
        AppChangesGroups = "app-changes-groups":
            "An API key alone may change and delete groups. Right: 403."
        ClosedClassTakesObjects = "closed-class-takes-objects":
            "A class whose `other_permissions` are `none` takes new objects of every user. Right: 403."
        AnonymousReadOpensClasses = "anonymous-read-opens-classes":
            "A key with `allow_anonymous_read` reads in classes that are closed to others. Right: 403."
        ProfilesMadeByHand = "profiles-made-by-hand":
            "Objects of the class of profiles may be made by anybody who may make users. Right: 403 for all."
        AppChangesProfiles = "app-changes-profiles":
            "An API key alone may change the objects that are profiles. Right: 403."

        // Answers that hold too little, and changes that do not happen.
        ResetAnswersWithTheKeyAlone = "reset-answers-with-the-key-alone":
            "The answer to a `reset_key` holds the new key and nothing else. Right: the whole user, or the whole API key."
        NewThingsAreBare = "new-things-are-bare":
            "The answer to a POST leaves out labels, user names, groups and flags. Right: the whole object."
        ListsAreBrief = "lists-are-brief":
            "Lists show objects without their links. Right: as they are shown alone."
        UserKeysMasked = "user-keys-masked":
            "User keys are shown as noughts, but to their users. Right: as they are."
        InvalidIs500 = "invalid-is-500":
            "What is not valid is a 500 page. Right: 400 with what is wrong."
        MissingInstanceIs403 = "missing-instance-is-403":
            "An instance that does not exist is answered with 403. Right: 404."
        DeletionsLost = "deletions-lost":
            "Groups, classes, API keys and objects are deleted with 204 and stay. Right: they are gone."
        ApiKeyResetDoesNothing = "api-key-reset-does-nothing":
            "The reset of an API key answers with the same key. Right: with a new one."
        ApiKeyResetRefused = "api-key-reset-refused":
            "Nobody may reset an API key. Right: administrators from `full` on."
        NewPasswordLost = "new-password-lost":
            "A new user cannot log in: the password is not kept. Right: it is."
        ApiKeyPatchClearsFlags = "api-key-patch-clears-flags":
            "PATCH on an API key switches off the flags that it does not name. Right: they stay."
        ProfileClassHidden = "profile-class-hidden":
            "The class `user_profile` cannot be read. Right: 200."
        NewGroupTakesTheNewestUser = "new-group-takes-the-newest-user":
            "A new group has the newest user of the instance in it. Right: nobody."
        CreatedIs200 = "created-is-200":
            "What is created is answered with 200. Right: 201."
        NewThingsLinkAbroad = "new-things-link-abroad":
            "The links in the answer to a POST have a scheme and a host. Right: they begin with the version."
        FlagsShownAsOff = "flags-shown-as-off":
            "`GET /api_keys/<id>/` shows every flag as off. Right: as it is."
        NonMemberShown = "non-member-shown":
            "`/groups/<id>/users/<user id>/` shows a user who is not in the group. Right: 404."
        LoginAnswersDeadKey = "login-answers-dead-key":
            "The answer to a login holds a user key that nobody has. Right: the key of the user."
        ObjectFieldsLost = "object-fields-lost":
            "New objects do not keep the fields of their schema. Right: they do."
        MembershipTakesItsGroupAlong = "membership-takes-its-group-along":
            "With a membership its group is deleted. Right: the group stays."
        ChangesAnswerWithNothing = "changes-answer-with-nothing":
            "PATCH and PUT answer with an empty object. Right: with the whole object, as changed."
        NewUsersShownAsTheFirst = "new-users-shown-as-the-first":
            "The answer to a new user holds the id 1. Right: an id of its own."
        GroupsOfOtherInstancesShown = "groups-of-other-instances-shown":
            "Groups of other instances are listed and read like the own ones. Right: they are not there."
        EmptyBatchRefused = "empty-batch-refused":
            "A batch of nothing is 400. Right: 200 and an empty list."

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
        Choice500 = "choice-500":
            "A list or an object for a permission or a role is a 500 page, whatever else is wrong with the body. Right: a \
             400 that names the member."
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
    pub fn with(self, variation: Variation) -> Variations {
        self.switched(variation, true)
    }

    /// These with one switched on or off.
    pub fn switched(mut self, variation: Variation, on: bool) -> Variations {
        let (word, bit) = place(variation);
        if let Some(word) = self.0.get_mut(word) {
            *word = if on { *word | bit } else { *word & !bit };
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
