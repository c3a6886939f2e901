//! Writes a request as a curl command. Variables replace the keys and passwords of the scenario.

use crate::judge::Bindings;
use bytes::Bytes;
use http::Request;

/// Returns the command that sends this request to a base URL: `curl -X GET -H "X-API-KEY:
/// ${API_KEY}" "https://..."`. With `basic_login` it also sends the login at a server in front.
pub fn curl(base: &str, request: &Request<Bytes>, bindings: &Bindings, basic_login: bool) -> String {
    let mut line = format!("curl -i -X {}", request.method());
    if basic_login {
        line.push_str(" -u \"${SYNCANO_BASIC}\"");
    }
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        line.push_str(" -H ");
        quote(&format!("{}: {value}", header_name(name.as_str())), &mut line);
    }
    if !request.body().is_empty() {
        line.push_str(" --data-binary ");
        quote(&String::from_utf8_lossy(request.body()), &mut line);
    }
    line.push(' ');
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    quote(&format!("{base}{path}"), &mut line);
    without_secrets(line, bindings)
}

/// Returns the name of a header; the API documents the headers of keys in capitals.
fn header_name(name: &str) -> String {
    match name {
        "x-api-key" | "x-user-key" => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// Adds a text in double quotes.
fn quote(text: &str, line: &mut String) {
    line.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            line.push('\\');
        }
        line.push(c);
    }
    line.push('"');
}

/// Replaces each secret by a variable. No secret holds a character that quoting changes.
fn without_secrets(mut line: String, bindings: &Bindings) -> String {
    let mut secrets = bindings.secrets().filter(|(_, secret)| !secret.is_empty()).collect::<Vec<_>>();
    secrets.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.len()));
    for (reference, secret) in secrets {
        if line.contains(secret) {
            line = line.replace(secret, &format!("${{{}}}", variable(reference)));
        }
    }
    line
}

/// Returns the variable of a reference: `alice.user_key` becomes `ALICE_USER_KEY`.
pub fn variable(reference: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    reference.chars().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::ValueKind;
    use serde_json::json;

    #[test]
    fn variables_replace_keys_and_passwords_everywhere() {
        let key = "00112233445566778899aabbccddeeff00112233";
        let mut bindings = Bindings::default();
        bindings.bind("alice.user_key", json!(key), ValueKind::Key);
        bindings.bind("alice.password", json!("pw-4711"), ValueKind::Secret);
        let request = Request::builder()
            .method("PATCH")
            .uri(format!("/v1.1/instances/i/user/?user_key={key}"))
            .header("X-USER-KEY", key)
            .body(Bytes::from(r#"{"password":"pw-4711$"}"#))
            .unwrap();
        assert_eq!(
            curl("https://example.com", &request, &bindings, false),
            r#"curl -i -X PATCH -H "X-USER-KEY: ${ALICE_USER_KEY}" --data-binary "{\"password\":\"${ALICE_PASSWORD}\$\"}" "https://example.com/v1.1/instances/i/user/?user_key=${ALICE_USER_KEY}""#
        );
        let with_login = curl("https://example.com", &request, &bindings, true);
        assert!(with_login.starts_with(r#"curl -i -X PATCH -u "${SYNCANO_BASIC}" -H "#), "{with_login}");
    }
}
