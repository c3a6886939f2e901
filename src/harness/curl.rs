//! A request as a line for the shell. The keys and passwords of the scenario stand in it as variables.

use crate::judge::Bindings;
use bytes::Bytes;
use http::Request;

/// The line that sends this request to a base URL: `curl -X GET -H "X-API-KEY: $API_KEY" "https://..."`.
pub fn curl(base: &str, request: &Request<Bytes>, bindings: &Bindings) -> String {
    let mut line = format!("curl -i -X {}", request.method());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        line.push_str(&format!(" -H {}", quoted(&format!("{}: {value}", header_name(name.as_str())), bindings)));
    }
    if !request.body().is_empty() {
        let body = String::from_utf8_lossy(request.body());
        line.push_str(&format!(" --data-binary {}", quoted(&body, bindings)));
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    line.push_str(&format!(" {}", quoted(&format!("{base}{path}"), bindings)));
    line
}

/// The two headers of keys are documented in capitals.
fn header_name(name: &str) -> String {
    match name {
        "x-api-key" | "x-user-key" => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// In double quotes, with each secret as a variable.
fn quoted(text: &str, bindings: &Bindings) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    let mut secrets = bindings.secrets().filter(|(_, secret)| !secret.is_empty()).collect::<Vec<_>>();
    secrets.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.len()));
    for (reference, secret) in secrets {
        out = out.replace(secret, &format!("${{{}}}", variable(reference)));
    }
    out
}

/// `alice.user_key` becomes `ALICE_USER_KEY`.
fn variable(reference: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    reference.chars().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Kind;
    use serde_json::json;

    #[test]
    fn keys_and_passwords_stand_as_variables_wherever_they_are() {
        let key = "00112233445566778899aabbccddeeff00112233";
        let mut bindings = Bindings::default();
        bindings.bind("alice.user_key", json!(key), Kind::Key);
        bindings.bind("alice.password", json!("pw-4711"), Kind::Secret);
        let request = Request::builder()
            .method("PATCH")
            .uri(format!("/v1.1/instances/i/user/?user_key={key}"))
            .header("X-USER-KEY", key)
            .body(Bytes::from(r#"{"password":"pw-4711$"}"#))
            .unwrap();
        assert_eq!(
            curl("https://example.com", &request, &bindings),
            r#"curl -i -X PATCH -H "X-USER-KEY: ${ALICE_USER_KEY}" --data-binary "{\"password\":\"${ALICE_PASSWORD}\$\"}" "https://example.com/v1.1/instances/i/user/?user_key=${ALICE_USER_KEY}""#
        );
    }
}
