//! The resources: what each endpoint does once a caller has been let in.

mod absent;
mod account;
mod account_invitation;
mod administrator;
mod api_key;
mod batch;
mod class;
mod group;
mod index;
mod instance;
mod invitation;
mod login;
mod membership;
mod object;
mod object_input;
mod user;
mod user_key;
mod user_name;
mod view;

pub use absent::answer as absent;
pub use batch::run as batch;
pub use login::BACKENDS;

use http::Method;

use super::Core;
use super::answer::{Answer, Failure};
use super::caller::Caller;
use super::python;
use super::transport::Call;
use super::world::Instance;
use crate::api::Endpoint;

/// Answers a request that does not go through an instance.
pub fn outside(core: &Core, call: &Call<'_>, caller: &Caller) -> Result<Answer, Failure> {
    match (call.route.endpoint, verb(call)) {
        (Endpoint::Root, _) => index::root(call),
        (Endpoint::Links, _) => index::links(call),
        (Endpoint::AccountBackups, _) => index::account_backups(call),
        (Endpoint::Usage, _) => index::usage(call),
        (Endpoint::Absent(absent), _) => Err(self::absent(call, absent.resource)),
        (Endpoint::Account, Verb::Get) => account::show(core, call, caller),
        (Endpoint::Account, _) => account::change(core, call, caller),
        (Endpoint::AccountRegister, _) => account::register(core, call),
        (Endpoint::AccountAuth, _) => account::auth(core, call),
        (Endpoint::AccountSocialAuth, _) => login::social(call),
        (Endpoint::AccountResetKey, _) => account::reset_key(core, call, caller),
        (Endpoint::AccountPassword, _) => account::change_password(core, call, caller),
        (Endpoint::AccountPasswordSet, _) => account::set_password(call),
        (Endpoint::AccountPasswordReset, _) => account::lost_password(core, call),
        (Endpoint::AccountInvitations, _) => account_invitation::list(core, call, caller),
        (Endpoint::AccountInvitation, Verb::Delete) => account_invitation::decline(core, call, caller),
        (Endpoint::AccountInvitation, _) => account_invitation::show(core, call, caller),
        (Endpoint::AcceptInvitation, _) => account_invitation::accept(core, call, caller),
        (Endpoint::Instances, Verb::Get) => instance::list(core, call, caller),
        (Endpoint::Instances, _) => instance::create(core, call, caller),
        (Endpoint::Instance, Verb::Get) => instance::show(core, call, caller),
        (Endpoint::Instance, Verb::Delete) => instance::delete(core, call, caller),
        (Endpoint::Instance, _) => instance::change(core, call, caller),
        (Endpoint::InstanceRename, _) => instance::rename(core, call, caller),
        _ => Err(Failure::method_not_allowed(&call.method)),
    }
}

/// Answers a request that reads in an instance.
pub fn read(core: &Core, call: &Call<'_>, caller: &Caller, instance: &Instance) -> Result<Answer, Failure> {
    match call.route.endpoint {
        Endpoint::Absent(absent) => Err(self::absent(call, absent.resource)),
        Endpoint::Backups => index::backups(call, instance),
        Endpoint::Snippets => index::snippets(call, instance),
        Endpoint::Endpoints => index::endpoints(call, instance),
        Endpoint::PushNotifications => index::push_notifications(call, instance),
        Endpoint::GcmPushNotifications => index::push_service(call, instance, "gcm"),
        Endpoint::ApnsPushNotifications => index::push_service(call, instance, "apns"),
        Endpoint::Admins => administrator::list(core, call, instance),
        Endpoint::Admin => administrator::show(core, call, caller, instance),
        Endpoint::Invitations => invitation::list(core, call, instance),
        Endpoint::Invitation => invitation::show(core, call, instance),
        Endpoint::ApiKeys => api_key::list(call, caller, instance),
        Endpoint::ApiKey => api_key::show(call, caller, instance),
        Endpoint::CurrentUser => user::show_current(call, caller, instance),
        Endpoint::Login => login::login(call, instance),
        Endpoint::SocialLogin => login::social(call),
        Endpoint::Users => user::list(call, caller, instance),
        Endpoint::User => user::show(call, caller, instance),
        Endpoint::UserGroups => membership::groups_of_user(core, call, instance),
        Endpoint::UserGroup => membership::group_of_user(call, instance),
        Endpoint::Groups => group::list(call, instance),
        Endpoint::Group => group::show(call, instance),
        Endpoint::GroupUsers => membership::users_of_group(core, call, caller, instance),
        Endpoint::GroupUser => membership::user_of_group(call, caller, instance),
        Endpoint::Classes => class::list(call, caller, instance),
        Endpoint::Class => class::show(call, caller, instance),
        Endpoint::Objects => object::list(call, caller, instance),
        Endpoint::Object => object::show(call, caller, instance),
        _ => Err(Failure::method_not_allowed(&call.method)),
    }
}

/// Answers a request that changes something in an instance.
pub fn change(core: &Core, call: &Call<'_>, caller: &Caller, instance: &mut Instance) -> Result<Answer, Failure> {
    match (call.route.endpoint, verb(call)) {
        (Endpoint::Absent(absent), _) => Err(self::absent(call, absent.resource)),
        (Endpoint::Admin, Verb::Delete) => administrator::delete(core, call, caller, instance),
        (Endpoint::Admin, _) => administrator::change(core, call, caller, instance),
        (Endpoint::Invitations, _) => invitation::create(core, call, caller, instance),
        (Endpoint::Invitation, Verb::Delete) => invitation::delete(core, call, instance),
        (Endpoint::Invitation, _) => invitation::change(core, call, instance),
        (Endpoint::InvitationResend, _) => invitation::resend(call, instance),
        (Endpoint::ApiKeys, _) => api_key::create(core, call, instance),
        (Endpoint::ApiKey, Verb::Delete) => api_key::delete(core, call, instance),
        (Endpoint::ApiKey, _) => api_key::change(call, instance),
        (Endpoint::ApiKeyResetKey, _) => api_key::reset_key(core, call, instance),
        (Endpoint::CurrentUser, _) => user::change_current(core, call, caller, instance),
        (Endpoint::Users, _) => user::create(core, call, caller, instance),
        (Endpoint::User, Verb::Delete) => user::delete(core, call, caller, instance),
        (Endpoint::User, _) => user::change(core, call, caller, instance),
        (Endpoint::UserResetKey, _) => user_key::reset(core, call, caller, instance),
        (Endpoint::UserGroups, _) => membership::add_group_to_user(call, instance),
        (Endpoint::UserGroup | Endpoint::GroupUser, _) => membership::delete(call, instance),
        (Endpoint::Groups, _) => group::create(call, instance),
        (Endpoint::Group, Verb::Delete) => group::delete(core, call, instance),
        (Endpoint::Group, _) => group::change(call, instance),
        (Endpoint::GroupUsers, _) => membership::add_user_to_group(call, instance),
        (Endpoint::Classes, _) => class::create(core, call, instance),
        (Endpoint::Class, Verb::Delete) => class::delete(call, caller, instance),
        (Endpoint::Class, _) => class::change(core, call, caller, instance),
        (Endpoint::Objects, _) => object::create(core, call, caller, instance),
        (Endpoint::Object, Verb::Delete) => object::delete(call, caller, instance),
        (Endpoint::Object, _) => object::change(core, call, caller, instance),
        _ => Err(Failure::method_not_allowed(&call.method)),
    }
}

/// Whether a request changes something in its instance, and not only asks.
pub fn changes(call: &Call<'_>) -> bool {
    let writes = matches!(call.method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    match call.route.endpoint {
        Endpoint::Login | Endpoint::SocialLogin => false,
        _ => writes,
    }
}

/// The methods that resources tell apart. The routes have let no other one through.
#[derive(PartialEq, Eq)]
enum Verb {
    Get,
    Delete,
    Write,
}

fn verb(call: &Call<'_>) -> Verb {
    match call.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::DELETE => Verb::Delete,
        _ => Verb::Write,
    }
}

/// The id that stands in the path in the place of that name; `None` for what could be no id.
pub fn id_in_path(call: &Call<'_>, name: &str) -> Option<u32> {
    python::int(call.route.param(name)).and_then(|id| u32::try_from(id).ok())
}

/// The same id as the path spells it, for links that repeat it.
fn spelled_in_path(call: &Call<'_>, name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+');
    utf8_percent_encode(call.route.param(name), KEPT).to_string()
}
