//! The configuration of each service: the API keys of GCM, and the certificates of APNS. Only
//! administrators see it.

mod certificate;
mod handlers;
mod input;
pub mod storage;
mod view;

use serde_json::json;

use crate::access::from_write;
use crate::endpoint_spec::EndpointSpec;
use crate::endpoints::{EndpointRow, Handler, Operation, get, patch, post, put};
use crate::members::{Member, Members, links};
use input::{API_KEY, NAME};

const GCM: Members = &[("production_api_key", API_KEY), ("development_api_key", API_KEY), links(&[("self", "config")])];

const APNS: Members = &[
    ("production_certificate_name", NAME),
    ("production_certificate", Member::optional("file upload", "Production certificate")),
    ("production_bundle_identifier", NAME),
    ("production_expiration_date", Member::shown("datetime", "Production expiration date")),
    ("development_certificate_name", NAME),
    ("development_certificate", Member::optional("file upload", "Development certificate")),
    ("development_bundle_identifier", NAME),
    ("development_expiration_date", Member::shown("datetime", "Development expiration date")),
    links(&[("self", "config"), ("remove_certificate", "certificate")]),
];

const REMOVED: Members = &[
    ("production_certificate", Member::optional("boolean", "Production certificate")),
    ("development_certificate", Member::optional("boolean", "Development certificate")),
];

static OPERATIONS: [Operation; 3] = [
    get("Returns the configuration of the service", Handler::Reads(handlers::show)),
    put("Changes the configuration; missing members keep their values", Handler::Changes(handlers::change)),
    patch("Changes the configuration; missing members keep their values", Handler::Changes(handlers::change)),
];

/// The endpoints of the configurations.
pub static ROWS: &[EndpointRow] = &[
    EndpointSpec {
        title: "Gcm Config",
        takes: Some(("PUT", |_| GCM)),
        selects: false,
        tag: "push notifications",
        shows: &view::GCM,
        keeps: Some(&storage::PUSH_CONFIGS),
        example: Some(|| json!({ "development_api_key": "key-of-the-project" })),
        ..EndpointSpec::single(
            "GcmConfig",
            "/{version}/instances/{instance}/push_notifications/gcm/config/",
            from_write,
        )
    }
    .operations(&OPERATIONS),
    EndpointSpec {
        title: "Apns Config",
        takes: Some(("PUT", |_| APNS)),
        selects: false,
        tag: "push notifications",
        shows: &view::APNS,
        example: Some(|| json!({ "development_bundle_identifier": "com.example.app" })),
        ..EndpointSpec::single(
            "ApnsConfig",
            "/{version}/instances/{instance}/push_notifications/apns/config/",
            from_write,
        )
    }
    .operations(&OPERATIONS),
    EndpointSpec {
        title: "Apns Config",
        takes: Some(("POST", |_| REMOVED)),
        selects: false,
        tag: "push notifications",
        shows: &view::APNS,
        example: Some(|| json!({ "development_certificate": true })),
        ..EndpointSpec::single(
            "ApnsConfigRemoveCertificate",
            "/{version}/instances/{instance}/push_notifications/apns/config/remove_certificate/",
            from_write,
        )
    }
    .operations(&[post("Removes certificates", Handler::Changes(handlers::remove_certificates))]),
];
