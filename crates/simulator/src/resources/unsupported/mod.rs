//! Resources of the platform that the simulator does not support.
//!
//! Their access rules are known, so callers without access are rejected as on the platform. GET on
//! a list returns an empty list; everything else is 404 with the name of the missing resource.

use http::StatusCode;

use crate::access::{May, any_account, backups, everyone, from_full, from_write, no_one, traces};
use crate::answer::Failure;
use crate::api::Version;
use crate::call::Call;
use crate::endpoint_spec::{EndpointKind, EndpointSpec, Parent};
use crate::endpoints::{EndpointRow, Handler, HandlerResult, Operation, Success, Verb};
use crate::paging::Paging;

/// The endpoints of these resources. The parameter of an object is named `id`, that of its parent
/// `parent`.
pub static ROWS: &[EndpointRow] = &[
    action("/{version}/account/resend_email/", "e-mails", everyone),
    action("/{version}/account/activate/", "e-mails", everyone),
    action("/{version}/account/password/reset/confirm/", "e-mails", everyone),
    list_only("/{version}/backups/full/", "backups", any_account),
    removable("/{version}/backups/full/{id}/", "backups", any_account),
    read_only("/{version}/backups/partial/", "backups", no_one),
    removable("/{version}/backups/partial/{id}/", "backups", no_one),
    list_only("/{version}/usage/hourly/", "usage statistics", any_account),
    list_only("/{version}/usage/daily/", "usage statistics", any_account),
    list("/{version}/instances/{instance}/codeboxes/", "scripts", from_write).only_in(Version::V1),
    read_only("/{version}/instances/{instance}/codeboxes/runtimes/", "scripts", from_write).only_in(Version::V1),
    item("/{version}/instances/{instance}/codeboxes/{id}/", "scripts", from_write).only_in(Version::V1),
    action("/{version}/instances/{instance}/codeboxes/{id}/run/", "scripts", from_write).only_in(Version::V1),
    read_only("/{version}/instances/{instance}/codeboxes/{parent}/traces/", "scripts", traces)
        .only_in(Version::V1)
        .below(Parent::Missing("Script")),
    read_only("/{version}/instances/{instance}/codeboxes/{parent}/traces/{id}/", "scripts", traces)
        .only_in(Version::V1)
        .below(Parent::Missing("Script")),
    list("/{version}/instances/{instance}/snippets/scripts/", "scripts", from_write).only_in(Version::V1_1),
    read_only("/{version}/instances/{instance}/snippets/scripts/runtimes/", "scripts", from_write)
        .only_in(Version::V1_1),
    item("/{version}/instances/{instance}/snippets/scripts/{id}/", "scripts", from_write).only_in(Version::V1_1),
    action("/{version}/instances/{instance}/snippets/scripts/{id}/run/", "scripts", from_write).only_in(Version::V1_1),
    read_only("/{version}/instances/{instance}/snippets/scripts/{parent}/traces/", "scripts", traces)
        .only_in(Version::V1_1)
        .below(Parent::Missing("Script")),
    list("/{version}/instances/{instance}/schedules/", "schedules", from_write),
    item("/{version}/instances/{instance}/schedules/{id}/", "schedules", from_write),
    read_only("/{version}/instances/{instance}/schedules/{parent}/traces/", "schedules", traces)
        .below(Parent::Missing("Schedule")),
    read_only("/{version}/instances/{instance}/schedules/{parent}/traces/{id}/", "schedules", traces)
        .below(Parent::Missing("Schedule")),
    list("/{version}/instances/{instance}/triggers/", "triggers", from_write),
    item("/{version}/instances/{instance}/triggers/{id}/", "triggers", from_write),
    read_only("/{version}/instances/{instance}/triggers/{parent}/traces/", "triggers", traces)
        .below(Parent::Missing("Trigger")),
    read_only("/{version}/instances/{instance}/triggers/{parent}/traces/{id}/", "triggers", traces)
        .below(Parent::Missing("Trigger")),
    list("/{version}/instances/{instance}/webhooks/", "script endpoints", from_write).only_in(Version::V1),
    item("/{version}/instances/{instance}/webhooks/{id}/", "script endpoints", from_write).only_in(Version::V1),
    run("/{version}/instances/{instance}/webhooks/{id}/run/", "script endpoints", from_write).only_in(Version::V1),
    action("/{version}/instances/{instance}/webhooks/{id}/reset_link/", "script endpoints", from_write)
        .only_in(Version::V1),
    read_only("/{version}/instances/{instance}/webhooks/{parent}/traces/", "script endpoints", traces)
        .only_in(Version::V1)
        .below(Parent::Missing("Script Endpoint")),
    read_only("/{version}/instances/{instance}/webhooks/{parent}/traces/{id}/", "script endpoints", traces)
        .only_in(Version::V1)
        .below(Parent::Missing("Script Endpoint")),
    list("/{version}/instances/{instance}/endpoints/scripts/", "script endpoints", from_write).only_in(Version::V1_1),
    item("/{version}/instances/{instance}/endpoints/scripts/{id}/", "script endpoints", from_write)
        .only_in(Version::V1_1),
    run("/{version}/instances/{instance}/endpoints/scripts/{id}/run/", "script endpoints", from_write)
        .only_in(Version::V1_1),
    action("/{version}/instances/{instance}/endpoints/scripts/{id}/reset_link/", "script endpoints", from_write)
        .only_in(Version::V1_1),
    list("/{version}/instances/{instance}/hosting/", "hosting", from_full).only_in(Version::V1_1),
    item("/{version}/instances/{instance}/hosting/{id}/", "hosting", from_full).only_in(Version::V1_1),
    action("/{version}/instances/{instance}/hosting/{id}/set_default/", "hosting", from_full).only_in(Version::V1_1),
    action("/{version}/instances/{instance}/hosting/{id}/enable_ssl/", "hosting", from_full).only_in(Version::V1_1),
    list("/{version}/instances/{instance}/hosting/{parent}/files/", "hosting", from_full)
        .only_in(Version::V1_1)
        .below(Parent::Missing("Hosting")),
    item("/{version}/instances/{instance}/hosting/{parent}/files/{id}/", "hosting", from_full)
        .only_in(Version::V1_1)
        .below(Parent::Missing("Hosting")),
    list("/{version}/instances/{instance}/backups/full/", "backups", backups),
    removable("/{version}/instances/{instance}/backups/full/{id}/", "backups", backups),
    list("/{version}/instances/{instance}/backups/partial/", "backups", no_one),
    removable("/{version}/instances/{instance}/backups/partial/{id}/", "backups", no_one),
    list("/{version}/instances/{instance}/restores/", "backups", backups),
    read_only("/{version}/instances/{instance}/restores/{id}/", "backups", backups),
];

const fn list(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::List, template, missing, may).operations(&LIST)
}

const fn list_only(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::ListOnly, template, missing, may).operations(&LIST_ONLY)
}

const fn read_only(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::Item, template, missing, may).operations(&READ_ONLY)
}

const fn item(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::Item, template, missing, may).operations(&ITEM)
}

const fn removable(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::Item, template, missing, may).operations(&REMOVABLE)
}

const fn action(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::Item, template, missing, may).operations(&ACTION)
}

const fn run(template: &'static str, missing: &'static str, may: May) -> EndpointRow {
    row(EndpointKind::Item, template, missing, may).operations(&RUN)
}

const fn row(kind: EndpointKind, template: &'static str, missing: &'static str, may: May) -> EndpointSpec {
    EndpointSpec { kind, missing: Some(missing), tag: "not simulated", ..EndpointSpec::item("", template, "id", may) }
}

impl EndpointRow {
    /// Limits the endpoint to one version.
    const fn only_in(self, version: Version) -> EndpointRow {
        EndpointRow { spec: EndpointSpec { only_in: Some(version), ..self.spec }, ..self }
    }

    /// Sets the parent of the endpoint.
    const fn below(self, parent: Parent) -> EndpointRow {
        EndpointRow { spec: EndpointSpec { parent, ..self.spec }, ..self }
    }
}

static LIST: [Operation; 2] = [operation(Verb::Get, EMPTY), operation(Verb::Post, MISSING)];
static LIST_ONLY: [Operation; 1] = [operation(Verb::Get, EMPTY)];
static READ_ONLY: [Operation; 1] = [operation(Verb::Get, MISSING)];
static ITEM: [Operation; 4] = [
    operation(Verb::Get, MISSING),
    operation(Verb::Put, MISSING),
    operation(Verb::Patch, MISSING),
    operation(Verb::Delete, MISSING),
];
static REMOVABLE: [Operation; 2] = [operation(Verb::Get, MISSING), operation(Verb::Delete, MISSING)];
static ACTION: [Operation; 1] = [operation(Verb::Post, MISSING)];
static RUN: [Operation; 2] = [operation(Verb::Get, MISSING), operation(Verb::Post, MISSING)];

const MISSING: Handler = Handler::Anywhere(missing);
const EMPTY: Handler = Handler::Anywhere(nothing);

const fn operation(verb: Verb, handler: Handler) -> Operation {
    Operation { verb, handler, summary: "Not simulated", note: None, success: Success::Never }
}

/// Rejects a request with 404 and the name of the missing resource.
pub fn missing(call: &Call<'_>) -> HandlerResult {
    let what = call.route.spec.missing.unwrap_or_default();
    Err(Failure::detail(StatusCode::NOT_FOUND, format!("The simulator has no {what}.")))
}

/// Returns an empty list.
fn nothing(call: &Call<'_>) -> HandlerResult {
    let page = Paging::from_call(call)?.page(call, std::iter::empty::<u32>(), |id| *id, |id| id);
    call.show(StatusCode::OK, &page)
}
