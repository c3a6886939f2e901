//! Builds the request of a step from the values of its scenario. Pure.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Request, Uri};
use serde_json::{Map, Value};

use crate::judge::{Bindings, FOREIGN_KEY, home_reference};
use syncano_suite::file::{ApiKeyWay, UserKeyWay};
use syncano_suite::{KeySlot, PLAIN, Principal, Role, Step, StepBody, Text, Unbound};

/// The separator of the fields of a multipart body, too long to occur in a field by chance.
const BOUNDARY: &str = "syncano-conformance-c0f1a7e2d94b";

/// The reason why a step cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// An earlier step did not save a value.
    #[error("{0}, because no earlier step has saved it")]
    Unbound(#[from] Unbound),
    /// The values of the scenario do not form a valid request.
    #[error("{0}")]
    Impossible(String),
}

/// Returns the request of a step; its URI is a path.
pub fn build(step: &Step, bindings: &Bindings) -> Result<Request<Bytes>, StepError> {
    let keys = PrincipalKeys::new(&step.principal, bindings)?;
    let mut path = full_path(&step.path, bindings)?;
    let mut headers = Vec::new();
    let mut members = Vec::new();
    if let Some(key) = keys.api_key {
        match step.via.api_key {
            ApiKeyWay::Header => headers.push((HeaderName::from_static("x-api-key"), key.to_owned())),
            ApiKeyWay::Query => add_query(&mut path, "api_key", key),
            ApiKeyWay::QueryAlias => add_query(&mut path, "apikey", key),
            ApiKeyWay::Authorization => headers.push((AUTHORIZATION, format!("Token {key}"))),
            ApiKeyWay::Body => members.push(("_api_key", key)),
        }
    }
    if let Some(key) = keys.user_key {
        match step.via.user_key {
            UserKeyWay::Header => headers.push((HeaderName::from_static("x-user-key"), key.to_owned())),
            UserKeyWay::Query => add_query(&mut path, "user_key", key),
            UserKeyWay::QueryAlias => add_query(&mut path, "userkey", key),
            UserKeyWay::Body => members.push(("_user_key", key)),
        }
    }
    let (content_type, body) = body(&step.body, &members, bindings)?;
    if let Some(content_type) = content_type {
        headers.push((CONTENT_TYPE, content_type));
    }
    let uri: Uri = path.parse().map_err(|error| StepError::Impossible(format!("the path cannot be sent: {error}")))?;
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = step.method.clone();
    *request.uri_mut() = uri;
    for (name, value) in &step.headers {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| StepError::Impossible(format!("{name:?} is not a name of a header")))?;
        headers.push((name, resolve(value, bindings)?));
    }
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value)
            .map_err(|_| StepError::Impossible(format!("the value of the header {name} cannot be sent")))?;
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

/// The keys that a principal sends.
struct PrincipalKeys<'b> {
    api_key: Option<&'b str>,
    user_key: Option<&'b str>,
}

impl<'b> PrincipalKeys<'b> {
    /// Returns the keys of a principal. A missing value is an error, because without the key the
    /// request would have another caller.
    fn new(principal: &Principal, bindings: &'b Bindings) -> Result<PrincipalKeys<'b>, StepError> {
        let text = |reference: &str| {
            let missing = || StepError::Impossible(format!("the key `{reference}` of `{principal}` has no value"));
            bindings.text(reference).filter(|key| !key.is_empty()).ok_or_else(missing)
        };
        let api_key = match (&principal.key, &principal.user) {
            (KeySlot::Nothing, _) | (KeySlot::OfTheUser, None) => None,
            (KeySlot::Account, _) => Some(text("account.key")?),
            (KeySlot::ExtraAccount(role), _) => Some(text(&account_reference(*role, "key"))?),
            (KeySlot::Api(name), _) => Some(text(&api_key_reference(name.as_str()))?),
            (KeySlot::Foreign, _) => Some(text(FOREIGN_KEY)?),
            (KeySlot::OfTheUser, Some(slot)) => Some(text(text(&home_reference(slot.user.as_str()))?)?),
        };
        let user_key = match &principal.user {
            None => None,
            Some(slot) if slot.revoked => Some(text(&Bindings::revoked(slot.user.as_str()))?),
            Some(slot) => Some(text(&format!("{}.user_key", slot.user))?),
        };
        Ok(PrincipalKeys { api_key, user_key })
    }
}

/// Returns the reference of an API key by its name.
pub fn api_key_reference(name: &str) -> String {
    if name == PLAIN { "api.key".to_owned() } else { format!("api:{name}.key") }
}

/// Returns the reference of a value of an extra account: `account:read.key`.
pub fn account_reference(role: Role, member: &str) -> String {
    format!("account:{}.{member}", role.name())
}

/// Returns the full path of a step. A path that begins with `/` and no version is below the
/// scenario's instance.
fn full_path(path: &Text, bindings: &Bindings) -> Result<String, StepError> {
    let resolved = resolve(path, bindings)?;
    let instance = bindings.text("instance.path").filter(|_| path.is_below_instance());
    let path = format!("{}{resolved}", instance.unwrap_or_default());
    // An answer can hold the URL of a file on another server. Nothing is sent for it.
    let below_host = path.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|slash| rest.get(slash..)));
    let is_of_target = |path: &str| ["/v1/", "/v1.1/", "/media/"].iter().any(|begin| path.starts_with(begin));
    match below_host.is_none_or(is_of_target) {
        true => Ok(path),
        false => Err(StepError::Impossible("the URL is one of another server".to_owned())),
    }
}

fn resolve(text: &Text, bindings: &Bindings) -> Result<String, Unbound> {
    text.resolve(|reference| bindings.get(reference))
}

/// Adds a parameter to the query of a path.
pub fn add_query(path: &mut String, name: &str, value: &str) {
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str(name);
    path.push('=');
    path.push_str(value);
}

/// Returns the content type and the bytes of a body, with the keys that are sent in it.
fn body(body: &StepBody, keys: &[(&str, &str)], bindings: &Bindings) -> Result<(Option<String>, Vec<u8>), StepError> {
    let json = |value: &Value| (Some("application/json".to_owned()), value.to_string().into_bytes());
    let resolved = |fields: &indexmap::IndexMap<String, Text>| {
        fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), resolve(value, bindings)?)))
            .collect::<Result<Vec<_>, Unbound>>()
    };
    Ok(match body {
        StepBody::Empty if keys.is_empty() => (None, Vec::new()),
        StepBody::Empty => json(&with_keys(Value::Object(Map::new()), keys)?),
        StepBody::Json(template) => json(&with_keys(template.resolve(|reference| bindings.get(reference))?, keys)?),
        StepBody::Form(fields) => {
            let mut fields = resolved(fields)?;
            fields.extend(keys.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned())));
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            (Some("application/x-www-form-urlencoded".to_owned()), text.into_bytes())
        }
        StepBody::Multipart(fields) => {
            let mut text = String::new();
            for (name, value) in resolved(fields)? {
                text.push_str(&format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                ));
            }
            text.push_str(&format!("--{BOUNDARY}--\r\n"));
            (Some(format!("multipart/form-data; boundary={BOUNDARY}")), text.into_bytes())
        }
        StepBody::Raw(text) => (None, resolve(text, bindings)?.into_bytes()),
    })
}

fn with_keys(mut value: Value, keys: &[(&str, &str)]) -> Result<Value, StepError> {
    match value.as_object_mut() {
        Some(members) => {
            members.extend(keys.iter().map(|(name, key)| ((*name).to_owned(), Value::from(*key))));
            Ok(value)
        }
        None if keys.is_empty() => Ok(value),
        None => Err(StepError::Impossible("keys cannot be sent in a JSON body that is not an object".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_a_missing_value_once() {
        let text: Text = "/groups/{{crew}}/".parse().unwrap();
        let error = full_path(&text, &Bindings::default()).unwrap_err();
        assert_eq!(error.to_string(), "`crew` has no value, because no earlier step has saved it");
    }
}
