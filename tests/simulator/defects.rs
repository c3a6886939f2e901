//! Defects: each spoils the answer to the last of a few requests, and nothing of it happens unless it is switched on.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use syncano_conformance::simulator::{Kind, Variation, Variations};

use crate::cast::{As, BASE, Cast, whole};

/// A defect, the status that is right and the one that it gives, and requests, the last of which is answered with them.
/// Where the two are the same, the defect shows in the rest of the answer.
type Row = (Variation, u16, u16, &'static [&'static str]);

/// A request is who asks, how, where, and with what body. Alice (1) and bob (2) are in the group crew (1), carol (3) and bob
/// in the group late (2). In the class `open` everybody may create objects, in `shown` everybody may read them, and `shut` is
/// for the crew alone. In `open`, alice has a private object (4), one that others may read (5), and one that others may
/// change (6). The API keys are numbered from 1: app, ignore_acl, user_create, group_create, anonymous_read. In another
/// instance, sulaco, there are the API key foreign and the user newt (1).
const ROWS: &[Row] = &[
    // What a user key leaves to be seen.
    (Variation::UsersListUnscoped, 200, 200, &["alice GET users/"]),
    (Variation::GroupsOfOthersShown, 403, 200, &["alice GET users/2/groups/"]),
    (Variation::UserDetailUnscoped, 404, 200, &["alice GET users/2/"]),
    (Variation::UserChangeUnscoped, 404, 200, &[r#"alice PATCH users/2/ {"username": "robert"}"#]),
    (Variation::OtherUserIs403, 404, 403, &["alice GET users/2/"]),
    (Variation::NotFoundNamesTheUser, 404, 404, &["alice GET users/2/"]),
    (Variation::FilterUnscoped, 200, 200, &["alice GET users/?username__startswith=b"]),
    (Variation::SecondPageUnscoped, 200, 200, &["alice GET users/?direction=1&last_pk=0"]),
    (Variation::UsersListEmptyForUsers, 200, 200, &["alice GET users/"]),
    (Variation::UsersListMissesTheNewest, 200, 200, &["owner GET users/"]),
    (Variation::UsersOfOtherInstancesListed, 200, 200, &["owner GET users/"]),
    (Variation::OwnGroupsListAll, 200, 200, &["alice GET users/1/groups/"]),
    (Variation::GroupWithoutTheUserShown, 404, 200, &["alice GET users/1/groups/2/"]),
    (Variation::GroupUsersUnscoped, 200, 200, &["alice GET groups/1/users/"]),
    (Variation::GroupUsersShownToNonMembers, 200, 200, &["alice GET groups/2/users/"]),
    (Variation::GroupUsersRefusedToNonMembers, 200, 403, &["alice GET groups/2/users/"]),
    (Variation::OtherMemberShown, 404, 200, &["alice GET groups/1/users/2/"]),
    (Variation::OwnMembershipHidden, 200, 404, &["alice GET groups/1/users/1/"]),
    (Variation::GroupsScoped, 200, 200, &["alice GET groups/"]),
    (Variation::GroupHiddenFromNonMembers, 200, 404, &["alice GET groups/2/"]),
    (Variation::ApiKeysListAll, 200, 200, &["app GET api_keys/"]),
    (Variation::OtherApiKeyShown, 404, 200, &["app GET api_keys/2/"]),
    (Variation::InstancesListAllToApps, 200, 200, &["app GET /v1.1/instances/"]),
    (Variation::InstancesListAllToAccounts, 200, 200, &["stranger GET /v1.1/instances/"]),
    // `/user/`.
    (Variation::AccountKeyOnUser, 403, 200, &["owner+alice GET user/"]),
    (Variation::UserKeyAloneOnUser, 403, 200, &["nobody+alice GET user/"]),
    (Variation::IgnoreAclOnUser, 403, 200, &["ignore_acl GET user/"]),
    (Variation::UserDeleteAllowed, 405, 204, &["alice DELETE user/"]),
    (Variation::UserShowsTheFirst, 200, 200, &["bob GET user/"]),
    (Variation::UserChosenInQuery, 200, 200, &["alice GET user/?id=2"]),
    (Variation::UserChosenInBody, 200, 200, &[r#"alice PATCH user/ {"id": 2}"#]),
    (Variation::UserKeyWritable, 200, 200, &[r#"alice PATCH user/ {"user_key": "{unknown}"}"#]),
    (Variation::PutMayLeaveOut, 400, 200, &[r#"alice PUT user/ {"username": "ellen"}"#]),
    (Variation::PatchNeedsPassword, 200, 400, &[r#"alice PATCH user/ {"username": "ellen"}"#]),
    (
        Variation::PatchForgetsPassword,
        200,
        401,
        &[
            r#"alice PATCH user/ {"username": "ellen"}"#,
            r#"app POST user/auth/ {"username": "ellen", "password": "pw-alice"}"#,
        ],
    ),
    (Variation::NameChangeLost, 200, 200, &[r#"alice PATCH user/ {"username": "ellen"}"#, "alice GET user/"]),
    (
        Variation::PasswordChangeLost,
        200,
        401,
        &[
            r#"alice PATCH user/ {"password": "new"}"#,
            r#"app POST user/auth/ {"username": "alice", "password": "new"}"#,
        ],
    ),
    (
        Variation::ProfileChangeLost,
        200,
        200,
        &[r#"alice PATCH users/1/ {"profile": {"other_permissions": "read"}}"#, "alice GET users/1/"],
    ),
    // `reset_key`.
    (Variation::UserKeySurvivesReset, 403, 200, &["owner POST users/1/reset_key/", "alice GET user/"]),
    (Variation::OwnResetRefused, 200, 403, &["alice POST users/1/reset_key/"]),
    (Variation::ResetUnscoped, 404, 200, &["alice POST users/2/reset_key/"]),
    (Variation::ResetOfTheFirstUser, 200, 200, &["owner POST users/2/reset_key/"]),
    (Variation::ResetReturnsOldKey, 200, 200, &["owner POST users/1/reset_key/"]),
    (Variation::ResetNotStored, 403, 200, &["owner POST users/1/reset_key/", "alice GET user/"]),
    (Variation::ResetDoesNothing, 200, 200, &["owner POST users/1/reset_key/"]),
    (Variation::ResetGivesOneKeyTwice, 200, 200, &["owner POST users/1/reset_key/", "owner POST users/1/reset_key/"]),
    (Variation::ResetEndsTheKeysOfOthers, 200, 403, &["owner POST users/1/reset_key/", "bob GET user/"]),
    (
        Variation::ResetChangesPassword,
        200,
        401,
        &["owner POST users/1/reset_key/", r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#],
    ),
    (Variation::ResetEndsMemberships, 200, 200, &["owner POST users/1/reset_key/", "owner GET users/1/groups/"]),
    (Variation::ResetByGet, 405, 200, &["owner GET users/1/reset_key/"]),
    // Login.
    (
        Variation::LoginNeedsNoKey,
        403,
        200,
        &[r#"nobody POST user/auth/ {"username": "alice", "password": "pw-alice"}"#],
    ),
    (
        Variation::LoginRefusedToAccounts,
        200,
        403,
        &[r#"owner POST user/auth/ {"username": "bob", "password": "pw-bob"}"#],
    ),
    (Variation::LoginIgnoresPassword, 401, 200, &[r#"app POST user/auth/ {"username": "alice", "password": "wrong"}"#]),
    (
        Variation::LoginPasswordCaseIgnored,
        401,
        200,
        &[r#"app POST user/auth/ {"username": "alice", "password": "PW-alice"}"#],
    ),
    (
        Variation::LoginNameCaseMatters,
        200,
        401,
        &[r#"app POST user/auth/ {"username": "Alice", "password": "pw-alice"}"#],
    ),
    (
        Variation::LoginFindsOtherInstances,
        401,
        200,
        &[r#"app POST user/auth/ {"username": "newt", "password": "pw-newt"}"#],
    ),
    (Variation::LoginShowsTheCaller, 200, 200, &[r#"alice POST user/auth/ {"username": "bob", "password": "pw-bob"}"#]),
    (
        Variation::LoginChangesKey,
        200,
        200,
        &[
            r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#,
            r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#,
        ],
    ),
    (
        Variation::LoginReturnsOldKey,
        200,
        200,
        &["owner POST users/1/reset_key/", r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#],
    ),
    (Variation::FailedLoginIs403, 401, 403, &[r#"app POST user/auth/ {"username": "alice", "password": "wrong"}"#]),
    (
        Variation::FailedLoginShowsPassword,
        401,
        401,
        &[r#"app POST user/auth/ {"username": "alice", "password": "wrong"}"#],
    ),
    (
        Variation::WrongNameToldAsPassword,
        401,
        401,
        &[r#"app POST user/auth/ {"username": "nobody", "password": "pw"}"#],
    ),
    (Variation::LoginWithoutFieldIs401, 400, 401, &[r#"app POST user/auth/ {"username": "alice"}"#]),
    // What has ended, and goes on.
    (
        Variation::OldNameLogsIn,
        401,
        200,
        &[
            r#"owner PATCH users/1/ {"username": "ellen"}"#,
            r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#,
        ],
    ),
    (
        Variation::OldPasswordLogsIn,
        401,
        200,
        &[
            r#"owner PATCH users/1/ {"password": "new"}"#,
            r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#,
        ],
    ),
    (Variation::DeletedUserStays, 404, 200, &["owner DELETE users/1/", "owner GET users/1/"]),
    (Variation::DeletedUsersKeySurvives, 403, 404, &["owner DELETE users/1/", "alice GET user/"]),
    (
        Variation::DeletedNameStaysTaken,
        201,
        400,
        &["owner DELETE users/1/", r#"owner POST users/ {"username": "alice", "password": "x"}"#],
    ),
    (Variation::DeletedUserStaysInGroups, 200, 200, &["owner DELETE users/1/", "owner GET groups/1/users/"]),
    (Variation::DeletedGroupStaysWithMembers, 200, 200, &["owner DELETE groups/1/", "alice GET users/1/groups/"]),
    (
        Variation::MembershipSurvivesWithTheUser,
        200,
        200,
        &["owner DELETE groups/1/users/1/", "alice GET users/1/groups/"],
    ),
    (Variation::GroupTakesItsUsersAlong, 200, 404, &["owner DELETE groups/1/", "owner GET users/1/"]),
    (Variation::ObjectsOutliveTheirOwner, 404, 200, &["owner DELETE users/1/", "owner GET classes/open/objects/5/"]),
    (Variation::DeletedApiKeySurvives, 403, 200, &["owner DELETE api_keys/1/", "app GET groups/"]),
    (Variation::ApiKeySurvivesReset, 403, 200, &["owner POST api_keys/1/reset_key/", "app GET groups/"]),
    (Variation::ApiKeyResetEndsUserKeys, 200, 403, &["owner POST api_keys/2/reset_key/", "alice GET user/"]),
    (Variation::FlagsCached, 200, 403, &[r#"owner PATCH api_keys/1/ {"ignore_acl": true}"#, "app GET users/"]),
    // Keys.
    (Variation::QueryKeyWins, 200, 200, &["alice GET user/?user_key={bob}"]),
    (Variation::BadKeyRescued, 403, 200, &["app+garbage GET user/?user_key={alice}"]),
    (Variation::QueryKeysIgnored, 200, 403, &["nobody GET user/?api_key={app}&user_key={alice}"]),
    (Variation::ShortNamesIgnored, 200, 403, &["nobody GET user/?apikey={app}&userkey={alice}"]),
    (Variation::AuthorizationIgnored, 200, 403, &["token:app+alice GET user/"]),
    (Variation::BodyKeysIgnored, 200, 403, &[r#"nobody PATCH user/ {"_api_key": "{app}", "_user_key": "{alice}"}"#]),
    (Variation::MissingKeyIs401, 403, 401, &["nobody GET users/"]),
    (Variation::BadKeyIs401, 403, 401, &["unknown GET users/"]),
    (Variation::BadKeyToldAsMissingRight, 403, 403, &["unknown GET users/"]),
    (Variation::RefusalsChallenge, 403, 403, &["nobody GET users/"]),
    (Variation::UserKeysInCapitals, 200, 200, &["alice GET user/"]),
    (Variation::UnknownUserKeyRefused, 200, 403, &["app+unknown GET groups/"]),
    (Variation::UserKeyAsApiKey, 403, 200, &["alice+nobody GET user/"]),
    (Variation::ForeignApiKeyAccepted, 403, 200, &["foreign GET groups/"]),
    (Variation::ForeignUserKeyAccepted, 403, 200, &["app+newt GET user/"]),
    (Variation::UserKeysEndOdd, 200, 200, &["alice GET user/"]),
    // Names and passwords of users.
    (Variation::UserNameOf65Accepted, 400, 201, &[r#"owner POST users/ {"username": "{65}", "password": "x"}"#]),
    (Variation::UserNameOf64Refused, 201, 400, &[r#"owner POST users/ {"username": "{64}", "password": "x"}"#]),
    (Variation::BlankNamesAccepted, 400, 201, &[r#"owner POST users/ {"username": "", "password": "x"}"#]),
    (Variation::SpaceInNameRefused, 201, 400, &[r#"owner POST users/ {"username": "a b", "password": "x"}"#]),
    (Variation::PasswordMayBeLeftOut, 400, 201, &[r#"owner POST users/ {"username": "dave"}"#]),
    (Variation::TakenNameAccepted, 400, 201, &[r#"owner POST users/ {"username": "alice", "password": "x"}"#]),
    (Variation::TakenNameAcceptedOnChange, 400, 200, &[r#"alice PATCH user/ {"username": "bob"}"#]),
    (Variation::UserNamesCaseSensitive, 400, 201, &[r#"owner POST users/ {"username": "Alice", "password": "x"}"#]),
    (Variation::TakenNameShowsItsUser, 400, 400, &[r#"owner POST users/ {"username": "alice", "password": "x"}"#]),
    (
        Variation::NewUserTakesTheCallersKey,
        200,
        200,
        &[r#"user_create+alice POST users/ {"username": "dave", "password": "x"}"#, "alice GET user/"],
    ),
    // Groups, memberships and API keys.
    (
        Variation::GroupLimitMissing,
        400,
        201,
        &["33* owner POST groups/ {}", r#"33* owner POST users/1/groups/ {"group": {n}}"#],
    ),
    (
        Variation::GroupLimitIs31,
        201,
        400,
        &["32* owner POST groups/ {}", r#"32* owner POST users/1/groups/ {"group": {n}}"#],
    ),
    (Variation::DoubleMembershipAccepted, 400, 201, &[r#"owner POST groups/1/users/ {"user": 1}"#]),
    (Variation::UnknownMemberIs404, 400, 404, &[r#"owner POST groups/1/users/ {"user": 99}"#]),
    (Variation::LabelOf65Accepted, 400, 201, &[r#"owner POST groups/ {"label": "{65}"}"#]),
    (Variation::GroupChangeLost, 200, 200, &[r#"owner PATCH groups/1/ {"label": "new"}"#]),
    (Variation::NewApiKeyHasFlag, 201, 201, &["owner POST api_keys/ {}"]),
    (Variation::FlagsNotEchoed, 201, 201, &[r#"owner POST api_keys/ {"ignore_acl": true}"#]),
    // Which error wins, and how it is told.
    (Variation::KeyBeforeInstance, 404, 403, &["unknown GET /v1.1/instances/nowhere/users/"]),
    (Variation::PermissionBeforeParent, 404, 403, &["nobody GET users/99/groups/"]),
    (Variation::MethodBeforePermission, 403, 405, &["nobody DELETE users/"]),
    (Variation::ObjectBeforePermission, 403, 404, &["app GET users/99/"]),
    (Variation::BodyBeforePermission, 403, 400, &["app POST users/ {}"]),
    (Variation::BadBodyIs500, 400, 500, &["owner POST users/ {"]),
    (Variation::ErrorsAreTexts, 404, 404, &["owner GET users/99/"]),
    (Variation::UnknownUserIs403, 404, 403, &["owner GET users/99/"]),
    (Variation::OddIdIs500, 404, 500, &["owner GET users/x/"]),
    (Variation::UnknownMethodIs404, 405, 404, &["owner DELETE users/"]),
    // What must not be shown.
    (Variation::PasswordShown, 200, 200, &["alice GET user/"]),
    (Variation::GroupsShowKeysOfMembers, 200, 200, &["app GET groups/"]),
    (Variation::InstanceShowsOwnersKey, 200, 200, &["app GET /v1.1/instances/nostromo/"]),
    (Variation::LinksCarryKeys, 200, 200, &["nobody GET users/?api_key={app}&user_key={alice}&page_size=1"]),
    // The form of answers.
    (Variation::UserWithoutKey, 200, 200, &["alice GET user/"]),
    (Variation::LoginWithoutKey, 200, 200, &[r#"app POST user/auth/ {"username": "alice", "password": "pw-alice"}"#]),
    (Variation::ResetWithoutKey, 200, 200, &["owner POST users/1/reset_key/"]),
    (Variation::UsersWithoutProfile, 200, 200, &["alice GET user/"]),
    (Variation::UsersWithoutGroups, 200, 200, &["alice GET user/"]),
    (Variation::AppsShownAsFull, 200, 200, &["app GET /v1.1/instances/nostromo/"]),
    (Variation::IdsAreTexts, 200, 200, &["alice GET user/"]),
    (Variation::TimesWithoutFraction, 200, 200, &["alice GET user/"]),
    (Variation::LinksOfV1, 200, 200, &["alice GET user/"]),
    (Variation::V1LinksOfV11, 200, 200, &["alice GET /v1/instances/nostromo/user/"]),
    (Variation::LinksAbsolute, 200, 200, &["alice GET user/"]),
    (Variation::UserCreatedByAppIs200, 201, 200, &[r#"user_create POST users/ {"username": "dave", "password": "x"}"#]),
    (Variation::DeleteIs200, 204, 200, &["owner DELETE groups/1/"]),
    (Variation::FormsRefused, 201, 415, &["owner POST users/ username=dave&password=x"]),
    (
        Variation::UnknownPermissionAccepted,
        400,
        201,
        &[r#"owner POST users/ {"username": "dave", "password": "x", "profile": {"group_permissions": "all"}}"#],
    ),
    // Lists.
    (Variation::ListsWithoutPrev, 200, 200, &["owner GET users/"]),
    (Variation::ListsDescend, 200, 200, &["owner GET users/"]),
    (Variation::PagesSkip, 200, 200, &["owner GET users/?page_size=1&direction=1&last_pk=1"]),
    (Variation::PagesRepeat, 200, 200, &["owner GET users/?page_size=1&direction=1&last_pk=1"]),
    (Variation::PageHoldsOneMore, 200, 200, &["owner GET users/?page_size=1"]),
    (Variation::PageSizeIgnored, 200, 200, &["owner GET users/?page_size=1"]),
    (Variation::PageSizeUnchecked, 400, 200, &["owner GET users/?page_size=x"]),
    (Variation::NextMissing, 200, 200, &["owner GET users/?page_size=1"]),
    (Variation::NextOnEveryPage, 200, 200, &["owner GET users/"]),
    (Variation::PrevMissing, 200, 200, &["owner GET users/?direction=1&last_pk=1"]),
    (Variation::FieldsIgnored, 200, 200, &["owner GET users/?fields=id"]),
    (Variation::ExcludedFieldsIgnored, 200, 200, &["owner GET users/?excluded_fields=user_key"]),
    (Variation::FilterIgnored, 200, 200, &["owner GET users/?username__startswith=a"]),
    // What users and apps may change.
    (Variation::AppCreatesUsers, 403, 201, &[r#"app POST users/ {"username": "dave", "password": "x"}"#]),
    (Variation::UserDeletesHimself, 403, 204, &["alice DELETE users/1/"]),
    (Variation::UserJoinsGroups, 403, 201, &[r#"alice POST groups/2/users/ {"user": 1}"#]),
    (Variation::UserLeavesGroups, 403, 204, &["alice DELETE users/1/groups/1/"]),
    (Variation::AppCreatesGroups, 403, 201, &[r#"app POST groups/ {"label": "new"}"#]),
    (Variation::UserChangesGroups, 403, 200, &[r#"alice PATCH groups/1/ {"label": "hers"}"#]),
    (Variation::GroupsShownWithoutKey, 403, 200, &["nobody GET groups/"]),
    (Variation::AppChangesApiKeys, 403, 200, &["app POST api_keys/2/reset_key/"]),
    (Variation::AppChangesInstance, 403, 200, &[r#"app PATCH /v1.1/instances/nostromo/ {"description": "mine"}"#]),
    (Variation::AppReadsAccount, 403, 200, &["app GET /v1.1/account/"]),
    (Variation::ScriptsOpenToUsers, 403, 404, &["alice GET snippets/scripts/"]),
    (Variation::InvitationsOpenToUsers, 403, 200, &["alice GET invitations/"]),
    // Flags of API keys.
    (Variation::UserCreateTooLittle, 201, 403, &[r#"user_create POST users/ {"username": "dave", "password": "x"}"#]),
    (Variation::UserCreateListsUsers, 403, 200, &["user_create GET users/"]),
    (Variation::UserCreateDeletesUsers, 403, 204, &["user_create DELETE users/1/"]),
    (Variation::UserCreateResetsKeys, 403, 200, &["user_create POST users/1/reset_key/"]),
    (Variation::GroupCreateTooLittle, 201, 403, &[r#"group_create POST groups/ {"label": "new"}"#]),
    (Variation::GroupCreateChangesGroups, 403, 204, &["group_create DELETE groups/1/"]),
    (Variation::IgnoreAclTooLittle, 200, 403, &["ignore_acl GET users/"]),
    (Variation::IgnoreAclResetRefused, 200, 403, &["ignore_acl POST users/1/reset_key/"]),
    (Variation::AnonymousReadTooLittle, 200, 403, &["anonymous_read GET classes/open/objects/"]),
    (Variation::AnonymousReadWrites, 403, 201, &["anonymous_read POST classes/open/objects/ {}"]),
    // Roles of administrators.
    (Variation::ReaderChangesUsers, 403, 200, &[r#"read PATCH users/1/ {"username": "ellen"}"#]),
    (Variation::WriterManagesApiKeys, 403, 200, &["write GET api_keys/"]),
    (Variation::StrangerReadsUsers, 403, 200, &["stranger GET users/1/"]),
    (Variation::FullDeletesInstance, 403, 204, &["full DELETE /v1.1/instances/nostromo/"]),
    // Classes and data objects.
    (Variation::AppChangesClasses, 403, 204, &["app DELETE classes/open/"]),
    (Variation::ClosedClassOpen, 403, 200, &["carol GET classes/shut/objects/"]),
    (Variation::ReadableClassTakesObjects, 403, 201, &["alice POST classes/shown/objects/ {}"]),
    (Variation::OwnProfileLocked, 200, 403, &["alice PATCH classes/user_profile/objects/1/ {}"]),
    (Variation::HiddenClassesShown, 404, 200, &["app GET classes/shut/"]),
    (Variation::ClassIgnoresItsGroup, 200, 403, &["alice GET classes/shut/objects/"]),
    (Variation::ClassesBeginClosed, 201, 201, &[r#"owner POST classes/ {"name": "new"}"#]),
    (Variation::ProfileClassDeletable, 403, 204, &["owner DELETE classes/user_profile/"]),
    (Variation::ProfileDeletable, 403, 204, &["owner DELETE classes/user_profile/objects/1/"]),
    (Variation::ObjectOwnerNotForced, 201, 201, &[r#"alice POST classes/open/objects/ {"owner": 2}"#]),
    (Variation::PrivateObjectsListed, 200, 200, &["bob GET classes/open/objects/"]),
    (Variation::PrivateObjectShown, 404, 200, &["bob GET classes/open/objects/4/"]),
    (Variation::ReadSufficesToWrite, 403, 200, &["bob PATCH classes/open/objects/5/ {}"]),
    (Variation::WriteSufficesToDelete, 403, 204, &["bob DELETE classes/open/objects/6/"]),
    (
        Variation::GroupPermissionForEverybody,
        404,
        200,
        &[
            r#"alice POST classes/open/objects/ {"group": 1, "group_permissions": "read"}"#,
            "carol GET classes/open/objects/7/",
        ],
    ),
    (Variation::ForeignGroupAccepted, 400, 201, &[r#"alice POST classes/open/objects/ {"group": 2}"#]),
    (Variation::RevisionIgnored, 400, 200, &[r#"alice PATCH classes/open/objects/4/ {"expected_revision": 9}"#]),
    (
        Variation::RevisionStays,
        200,
        200,
        &[
            r#"owner PATCH classes/open/ {"schema": [{"name": "title", "type": "string"}]}"#,
            r#"alice PATCH classes/open/objects/4/ {"title": "x"}"#,
        ],
    ),
    (Variation::AnonymousReadShowsAll, 200, 200, &["anonymous_read GET classes/open/objects/"]),
    (Variation::IgnoreAclScopedByUser, 200, 200, &["ignore_acl+bob GET classes/open/objects/"]),
    // Batches.
    (
        Variation::BatchForgetsUserKey,
        200,
        200,
        &[r#"alice POST batch/ {"requests": [{"method": "GET", "path": "{base}user/"}]}"#],
    ),
    (
        Variation::BatchIgnoresAcl,
        200,
        200,
        &[r#"alice POST batch/ {"requests": [{"method": "GET", "path": "{base}users/"}]}"#],
    ),
    (
        Variation::BatchFailsAsAWhole,
        200,
        400,
        &[r#"alice POST batch/ {"requests": [{"method": "GET", "path": "{base}users/2/"}]}"#],
    ),
    (
        Variation::BatchAnswersBackwards,
        200,
        200,
        &[
            r#"alice POST batch/ {"requests": [{"method": "GET", "path": "{base}user/"}, {"method": "GET", "path": "{base}groups/"}]}"#,
        ],
    ),
    (Variation::BatchLimitMissing, 400, 200, &[r#"alice POST batch/ {"requests": [{51 requests}]}"#]),
    (
        Variation::BatchCrossesInstances,
        400,
        200,
        &[r#"alice POST batch/ {"requests": [{"method": "GET", "path": "/v1.1/instances/sulaco/groups/"}]}"#],
    ),
    (Variation::UserKeyNarrowsAccounts, 200, 200, &["owner+alice GET users/"]),
    // The whole of it.
    (Variation::EverythingIsRefused, 200, 403, &["alice GET groups/"]),
    (Variation::EveryListIsEmpty, 200, 200, &["owner GET users/"]),
];

/// An answer, all of it.
#[derive(Debug, PartialEq)]
struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

#[test]
fn a_defect_spoils_an_answer_when_it_is_on() {
    for (variation, right_status, spoilt_status, requests) in ROWS {
        let right = answer(Variations::none(), requests);
        let spoilt = answer(Variations::none().with(*variation), requests);
        let statuses = (right.status.as_u16(), spoilt.status.as_u16());
        assert_eq!(statuses, (*right_status, *spoilt_status), "{variation}: {right:#?}\n{spoilt:#?}");
        assert_ne!(right, spoilt, "{variation}");
    }
}

/// Where a defect spoils more than it says, what notices it need not have noticed the defect.
#[test]
fn an_account_key_that_opens_user_sees_everybody_elsewhere() {
    let asked = &["owner+alice GET users/"];
    let opens = Variations::none().with(Variation::AccountKeyOnUser);
    assert_eq!(answer(opens, asked), answer(Variations::none(), asked));
}

/// That each and every defect shows is what the selftest of the suite is for.
#[test]
fn the_table_goes_through_the_defects_in_their_order() {
    let defects = Variation::ALL.iter().filter(|variation| variation.kind() == Kind::Defect);
    let shown: Vec<&Variation> = ROWS.iter().map(|(variation, ..)| variation).collect();
    let known = defects.filter(|defect| shown.contains(defect)).collect::<Vec<_>>();
    assert_eq!(shown, known);
}

/// What a world with these variations answers to the last of some requests.
fn answer(variations: Variations, requests: &[&str]) -> Got {
    let world = World::new(variations);
    let (last, before) = requests.split_last().expect("a request");
    for request in before {
        world.ask(request);
    }
    world.ask(last)
}

/// The instance of the cast, with more in it.
struct World {
    cast: Cast,
    /// Keys by the name of whom they belong to.
    keys: Vec<(&'static str, Value)>,
}

impl World {
    fn new(variations: Variations) -> World {
        let cast = Cast::with(variations);
        let make = |path: &str, body: Value| cast.post(cast.owner(), path, body).body;
        let key = |flag: &str| make("api_keys/", json!({(flag): true}))["api_key"].clone();
        let [user_create, group_create, anonymous_read] =
            ["allow_user_create", "allow_group_create", "allow_anonymous_read"].map(key);
        let carol = make("users/", json!({"username": "carol", "password": "pw-carol"}));
        make("groups/", json!({"label": "late"}));
        for user in [2, 3] {
            make("groups/2/users/", json!({"user": user}));
        }
        make("classes/", json!({"name": "open"}));
        make("classes/", json!({"name": "shown", "other_permissions": "read"}));
        make("classes/", json!({"name": "shut", "other_permissions": "none", "group": 1}));
        for permission in ["none", "read", "write"] {
            cast.post(cast.alice(), "classes/open/objects/", json!({"other_permissions": permission}));
        }
        let administrator = |role: &str| {
            let email = format!("{role}@example.com");
            let invitation = make("invitations/", json!({"email": email, "role": role}))["key"].clone();
            let mut account = json!({"email": email, "password": "secret"});
            if !invitation.is_null() {
                account["invitation_key"] = invitation;
            }
            cast.post(As::default(), "/v1.1/account/register/", account).body["account_key"].clone()
        };
        let [full, write, read, stranger] = ["full", "write", "read", "stranger"].map(administrator);
        make("/v1.1/instances/", json!({"name": "sulaco"}));
        let foreign = make("/v1.1/instances/sulaco/api_keys/", json!({}));
        let newt = make("/v1.1/instances/sulaco/users/", json!({"username": "newt", "password": "pw-newt"}));
        let keys = vec![
            ("owner", json!(cast.account)),
            ("full", full),
            ("write", write),
            ("read", read),
            ("stranger", stranger),
            ("app", json!(cast.api)),
            ("ignore_acl", json!(cast.ignore_acl)),
            ("user_create", user_create),
            ("group_create", group_create),
            ("anonymous_read", anonymous_read),
            ("alice", cast.alice["user_key"].clone()),
            ("bob", cast.bob["user_key"].clone()),
            ("carol", carol["user_key"].clone()),
            ("unknown", json!("0".repeat(40))),
            ("garbage", json!("garbage")),
            ("foreign", foreign["api_key"].clone()),
            ("newt", newt["user_key"].clone()),
        ];
        World { cast, keys }
    }

    /// The answer to a request in words: `alice PATCH user/ {"username": "ellen"}`. A user alone goes through the app,
    /// `ignore_acl+alice` through another key, `token:app` has the key in `Authorization`; `{alice}` stands for her key. What
    /// begins with `33*` is sent as often, with the number in the place of `{n}`.
    fn ask(&self, request: &str) -> Got {
        let Some((times, request)) = request.split_once("* ") else { return self.send(request) };
        let times: usize = times.parse().expect("a number");
        (1..times).for_each(|n| drop(self.send(&request.replace("{n}", &n.to_string()))));
        self.send(&request.replace("{n}", &times.to_string()))
    }

    fn send(&self, request: &str) -> Got {
        let with_key = |text: String, (name, key): &(&str, Value)| {
            text.replace(&format!("{{{name}}}"), key.as_str().unwrap_or_default())
        };
        let item = json!({"method": "GET", "path": whole("groups/")}).to_string();
        let request = self.keys.iter().fold(request.to_owned(), with_key);
        let request = request.replace("{64}", &"x".repeat(64)).replace("{65}", &"x".repeat(65));
        let request = request.replace("{base}", BASE);
        let request = request.replace("{51 requests}", &vec![item; 51].join(", "));
        let mut words = request.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (who, method, path, body) = (word(), word(), whole(word()), word().to_owned());

        let key = |name| self.keys.iter().find(|(known, _)| *known == name).and_then(|(_, key)| key.as_str());
        let (api, user) = match who.split_once('+') {
            Some((api, user)) => (api, key(user)),
            None if ["alice", "bob", "carol"].contains(&who) => ("app", key(who)),
            None => (who, None),
        };
        let mut sent = Request::builder().method(method).uri(path);
        sent = match (api.strip_prefix("token:"), key(api)) {
            (Some(api), _) => sent.header("Authorization", format!("Token {}", key(api).unwrap_or_default())),
            (None, Some(key)) => sent.header("X-API-KEY", key),
            (None, None) => sent,
        };
        if let Some(key) = user {
            sent = sent.header("X-USER-KEY", key);
        }
        let is_form = !body.starts_with('{');
        sent =
            sent.header("Content-Type", if is_form { "application/x-www-form-urlencoded" } else { "application/json" });
        let answer = self.cast.simulator.handle(sent.body(Bytes::from(body)).expect("a request"));
        Got { status: answer.status(), headers: answer.headers().clone(), body: answer.into_body() }
    }
}
