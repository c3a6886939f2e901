//! The views of the configurations.

use serde_json::{Map, Value, json};

use super::storage::{Environment, PushConfigs};
use crate::answer_schema::{AnswerSchema, closed, links};
use crate::call::Call;
use crate::resources::push::service::Service;
use crate::resources::view::LinkBase;
use crate::world::Instance;

/// The schema of the configuration of GCM.
pub static GCM: AnswerSchema = AnswerSchema::new("GcmConfig", || {
    let key = json!({ "type": ["string", "null"], "maxLength": 40 });
    closed(json!({ "production_api_key": key, "development_api_key": key, "links": links(&["self"], &[]) }), &[])
});

/// The schema of the configuration of APNS.
pub static APNS: AnswerSchema = AnswerSchema::new("ApnsConfig", || {
    let name = json!({ "type": ["string", "null"], "maxLength": 200 });
    let mut members = Map::new();
    for environment in Environment::ALL.map(Environment::name) {
        members.insert(format!("{environment}_certificate_name"), name.clone());
        members.insert(format!("{environment}_certificate"), json!({ "type": "boolean" }));
        members.insert(format!("{environment}_bundle_identifier"), name.clone());
        members.insert(format!("{environment}_expiration_date"), json!({ "type": "null" }));
    }
    members.insert("links".to_owned(), links(&["self", "remove_certificate"], &[]));
    closed(members.into(), &[])
});

/// Returns the configuration of the service in the path.
pub fn config(call: &Call<'_>, instance: &Instance, configs: &PushConfigs) -> Value {
    let service = Service::from_call(call);
    let own = format!("{}/push_notifications/{}/config/", LinkBase::new(call, instance), service.path());
    match service {
        Service::Gcm => json!({
            "production_api_key": configs.gcm.production_api_key,
            "development_api_key": configs.gcm.development_api_key,
            "links": { "self": own },
        }),
        Service::Apns => {
            let mut members = Map::new();
            for environment in Environment::ALL {
                let certificate = configs.apns.certificate(environment);
                let environment = environment.name();
                members.insert(format!("{environment}_certificate_name"), json!(certificate.name));
                members.insert(format!("{environment}_certificate"), json!(certificate.is_uploaded));
                members.insert(format!("{environment}_bundle_identifier"), json!(certificate.bundle_identifier));
                members.insert(format!("{environment}_expiration_date"), Value::Null);
            }
            let links = json!({ "self": own, "remove_certificate": format!("{own}remove_certificate/") });
            members.insert("links".to_owned(), links);
            members.into()
        }
    }
}
