//! The bodies of requests on the configurations.

use super::certificate;
use super::storage::{ApnsConfig, Environment, GcmConfig};
use crate::answer::Failure;
use crate::call::Call;
use crate::input::Input;
use crate::members::Member;

pub const API_KEY: Member = Member::optional("string", "Api key").max(40);
pub const NAME: Member = Member::optional("string", "Name").max(200);

const NO_FILE: &str = "The submitted data was not a file. Check the encoding type on the form.";

/// Changes the members that a body names; null is a value too.
pub fn change_gcm(call: &Call<'_>, config: &mut GcmConfig) -> Result<(), Failure> {
    let mut input = Input::from_call(call)?;
    let production = input.nullable_text("production_api_key", API_KEY);
    let development = input.nullable_text("development_api_key", API_KEY);
    input.finish()?;
    if let Some(key) = production {
        config.production_api_key = key;
    }
    if let Some(key) = development {
        config.development_api_key = key;
    }
    Ok(())
}

/// Changes the members that a body names; null is a value too.
pub fn change_apns(call: &Call<'_>, config: &mut ApnsConfig) -> Result<(), Failure> {
    let mut input = Input::from_call(call)?;
    let changes = Environment::ALL.map(|environment| {
        let member = |name: &str| format!("{}_{name}", environment.name());
        let name = input.nullable_text(&member("certificate_name"), NAME);
        let is_uploaded = certificate(&mut input, &member("certificate"));
        let bundle_identifier = input.nullable_text(&member("bundle_identifier"), NAME);
        (environment, name, is_uploaded, bundle_identifier)
    });
    input.finish()?;
    for (environment, name, is_uploaded, bundle_identifier) in changes {
        let certificate = config.certificate_mut(environment);
        certificate.is_uploaded |= is_uploaded;
        if let Some(name) = name {
            certificate.name = name;
        }
        if let Some(bundle_identifier) = bundle_identifier {
            certificate.bundle_identifier = bundle_identifier;
        }
    }
    Ok(())
}

/// Reads which certificates to remove.
pub fn removed(call: &Call<'_>) -> Result<[(Environment, bool); 2], Failure> {
    let mut input = Input::from_call(call)?;
    let removed = Environment::ALL.map(|environment| {
        (environment, input.boolean(&format!("{}_certificate", environment.name())).unwrap_or_default())
    });
    input.finish()?;
    Ok(removed)
}

/// Returns whether a request uploads a valid certificate.
fn certificate(input: &mut Input<'_>, member: &str) -> bool {
    let Some(upload) = input.upload(member) else {
        let _: Option<Option<()>> = input.value(member, false, |_| Err(NO_FILE.to_owned()));
        return false;
    };
    let reasons = certificate::reasons(upload);
    for reason in &reasons {
        input.reject(member, *reason);
    }
    reasons.is_empty()
}
