//! Evaluates one assertion against one answer.

use serde_json::Value;

use super::answer::Answer;
use super::finding::Finding;
use super::normalise::pretty;
use syncano_suite::file::Pattern;
use syncano_suite::number::equal;
use syncano_suite::{Assertion, Json, Locator, Reference, Text};

impl Answer<'_> {
    /// Compares the answer with a snapshot.
    pub fn compare_snapshot(&self, expected: &str) -> Finding {
        if self.snapshot() == expected.trim_end() {
            Finding::Holds
        } else {
            self.compared("the answer does not look like the snapshot", expected, self.snapshot())
        }
    }

    /// Evaluates any other assertion.
    pub fn evaluate(&self, assertion: &Assertion) -> Finding {
        match assertion {
            Assertion::Status(expected) => self.status(*expected),
            Assertion::Header { name, value } => self.has_header(name, value),
            Assertion::NoHeader(name) => self.has_no_header(name),
            Assertion::Equals(at, json) => self.compare(at, json, equals),
            Assertion::Differs(at, json) => self.compare(at, json, differs),
            Assertion::Only(at, json) => self.compare(at, json, holds_only),
            Assertion::Contains(at, json) => self.compare(at, json, contains),
            Assertion::Matches(at, pattern) => self.matches(at.as_ref(), pattern),
            Assertion::Count(at, expected) => self.count(at, *expected),
            Assertion::Present(at, expected) => self.present(at, *expected),
            Assertion::Absent(references) => self.absent(references),
            Assertion::AccessCase(expected) => self.access_case(expected),
            Assertion::Snapshot(_) => Finding::Unjudged("a snapshot is compared with its file".to_owned()),
        }
    }

    fn status(&self, expected: u16) -> Finding {
        let actual = self.exchange.response.status().as_u16();
        if actual == expected {
            return Finding::Holds;
        }
        self.beside(format!("the status is {actual}, not {expected}"), expected.to_string())
    }

    fn has_header(&self, name: &str, value: &Text) -> Finding {
        let found = self.header(name);
        let expected = match value.resolve(|reference| self.bindings.get(reference)) {
            Ok(expected) => expected,
            Err(unbound) => return Finding::Unjudged(unbound.to_string()),
        };
        if found.contains(&expected) {
            return Finding::Holds;
        }
        let because = match found.as_slice() {
            [] => format!("there is no header {name}"),
            _ => format!("the header {name} has another value"),
        };
        self.compared(because, &value.to_string(), &self.renamed(&found.join("\n")))
    }

    fn has_no_header(&self, name: &str) -> Finding {
        let found = self.header(name);
        if found.is_empty() {
            return Finding::Holds;
        }
        let actual = self.renamed(&found.join("\n"));
        self.compared(format!("there is a header {name}"), &format!("no header {name}"), &actual)
    }

    /// Judges whether a text matches; without a locator, the whole body.
    fn matches(&self, at: Option<&Locator>, pattern: &Pattern) -> Finding {
        let Pattern(pattern) = pattern;
        match at {
            None if pattern.is_match(&self.text()) => Finding::Holds,
            None => self.beside("the body does not match", pattern.as_str()),
            Some(at) => self.locate(at, |actual, shown| match actual.as_str() {
                Some(text) if pattern.is_match(text) => Finding::Holds,
                Some(_) => self.found("the text does not match", pattern.as_str(), &shown()),
                None => self.found("the value is not a text", pattern.as_str(), &shown()),
            }),
        }
    }

    fn count(&self, at: &Locator, expected: usize) -> Finding {
        self.locate(at, |actual, shown| {
            let count = actual.as_array().map(Vec::len).or_else(|| actual.as_object().map(serde_json::Map::len));
            let because = match count {
                Some(count) if count == expected => return Finding::Holds,
                Some(count) => format!("there are {count}, not {expected}"),
                None => "the value is neither a list nor an object".to_owned(),
            };
            self.found(because, &expected.to_string(), &shown())
        })
    }

    fn present(&self, at: &Locator, expected: bool) -> Finding {
        let Some(body) = &self.body else { return self.no_json() };
        let is_there = |found: Value| at.is_singular() || found.as_array().is_some_and(|all| !all.is_empty());
        let found = at.find(body).is_some_and(is_there);
        if found == expected {
            return Finding::Holds;
        }
        let because = if found { format!("there is {at}") } else { format!("there is no {at}") };
        self.beside(because, if expected { format!("{at}") } else { format!("no {at}") })
    }

    fn no_json(&self) -> Finding {
        self.beside("the body is not JSON", "JSON")
    }

    /// Judges the value at a locator.
    fn locate(&self, at: &Locator, judge: impl Fn(&Value, &dyn Fn() -> String) -> Finding) -> Finding {
        let Some(body) = &self.body else { return self.no_json() };
        let shown = || {
            let shown = self.shown().body.as_ref().and_then(|shown| at.find(shown));
            shown.map_or_else(|| self.snapshot().to_owned(), |shown| pretty(&shown))
        };
        match at.find(body) {
            Some(actual) => judge(&actual, &shown),
            None => self.beside(format!("there is no {at}"), at.to_string()),
        }
    }

    /// Compares the value at a locator with another value.
    fn compare(&self, at: &Locator, expected: &Json, wrong: impl Fn(&Value, &Value) -> Option<String>) -> Finding {
        let Ok(value) = expected.resolve(|reference| self.bindings.get(reference)) else {
            return Finding::Unjudged("a value to compare with was not saved".to_owned());
        };
        let named = || expected.resolve(|reference| self.bindings.shown(reference)).unwrap_or_default();
        self.locate(at, |actual, shown| match wrong(actual, &value) {
            None => Finding::Holds,
            Some(because) => self.compared(because, &pretty(&named()), &shown()),
        })
    }

    /// Judges that values are absent. Texts are searched everywhere, ignoring case and inside
    /// longer texts; identifiers only in places of their kind.
    fn absent(&self, references: &[Reference]) -> Finding {
        let mut everywhere = self.text().to_lowercase();
        if let Some(body) = &self.body {
            // The parsed body has no escapes, which could hide a value in the text.
            everywhere.push_str(&body.to_string().to_lowercase());
        }
        for value in self.exchange.response.headers().values() {
            everywhere.push('\n');
            everywhere.push_str(&String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        }
        for reference in references {
            let Some((_, bound)) = self.bindings.iter().find(|(name, _)| *name == reference.as_str()) else {
                return Finding::Unjudged(format!("`{reference}` has no value"));
            };
            let found = match (&bound.value, &bound.shown) {
                (Value::String(text), _) => everywhere.contains(&text.to_lowercase()),
                (Value::Number(_), Value::String(name)) => {
                    [":int>", ":text>", ">"].iter().any(|end| self.snapshot().contains(&name.replace(":int>", end)))
                }
                _ => return Finding::Unjudged(format!("`{reference}` is neither a text nor an identifier")),
            };
            if found {
                return self.beside(format!("the answer holds {reference}"), format!("no {reference}"));
            }
        }
        Finding::Holds
    }
}

fn equals(actual: &Value, expected: &Value) -> Option<String> {
    if equal(actual, expected) { None } else { Some("the value differs".to_owned()) }
}

fn differs(actual: &Value, expected: &Value) -> Option<String> {
    if equal(actual, expected) { Some("the value should differ".to_owned()) } else { None }
}

fn holds_only(actual: &Value, expected: &Value) -> Option<String> {
    let (Some(actual), Some(expected)) = (actual.as_array(), expected.as_array()) else {
        return Some("the value is not a list".to_owned());
    };
    match (surplus(actual, expected), surplus(expected, actual)) {
        (0, 0) => None,
        (more, 0) => Some(format!("the list holds {more} more than it should")),
        (0, less) => Some(format!("the list lacks {less}")),
        (more, less) => Some(format!("the list holds {more} that it should not, and lacks {less}")),
    }
}

fn contains(actual: &Value, expected: &Value) -> Option<String> {
    let (Some(actual), Some(expected)) = (actual.as_array(), expected.as_array()) else {
        return Some("the value is not a list".to_owned());
    };
    match surplus(expected, actual) {
        0 => None,
        less => Some(format!("the list lacks {less}")),
    }
}

/// Returns the number of elements of `these` that have no partner of their own in `those`.
fn surplus(these: &[Value], those: &[Value]) -> usize {
    let mut free = those.iter().collect::<Vec<_>>();
    these
        .iter()
        .filter(|this| match free.iter().position(|that| equal(that, this)) {
            Some(found) => {
                free.swap_remove(found);
                false
            }
            None => true,
        })
        .count()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::exchange::Exchange;
    use crate::judge::history::History;
    use crate::judge::testing::{alice, answer, scenario};

    /// Evaluates an assertion of a scenario file on the answer to a read of users; returns `holds`,
    /// or the reason.
    fn found(assertion: &str, exchange: &Exchange) -> String {
        let step =
            format!("  - {{name: one, as: account, send: GET /users/, checks: [{{id: one/check, {assertion}}}]}}\n");
        let (scenario, bindings, history) = (scenario(&step), alice(), History::default());
        match Answer::new(exchange, &bindings, &history).evaluate(&scenario.steps[0].checks[0].assertion) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => format!("unjudged: {why}"),
        }
    }

    #[rstest]
    #[case("status: 200", "holds")]
    #[case("status: 404", "the status is 200, not 404")]
    #[case("header: 'Allow: POST'", "holds")]
    #[case("header: 'Allow: PUT'", "the header Allow has another value")]
    #[case("header: 'Retry-After: 1'", "there is no header Retry-After")]
    #[case("no_header: Retry-After", "holds")]
    #[case("no_header: Allow", "there is a header Allow")]
    #[case("at: $.id, equals: '\"{{alice.id}}\"'", "holds")]
    #[case("at: $.id, equals: '8'", "the value differs")]
    #[case("at: $.id, equals: '\"{{bob.id}}\"'", "unjudged: a value to compare with was not saved")]
    #[case("at: $.nothing, equals: '8'", "there is no $.nothing")]
    #[case("at: $.id, differs: '8'", "holds")]
    #[case("at: $.id, differs: '7'", "the value should differ")]
    #[case("at: $.nothing, differs: '8'", "there is no $.nothing")]
    #[case("at: $.list, only: '[2, 1, 2]'", "holds")]
    #[case("at: $.list, only: '[2, 1]'", "the list holds 1 more than it should")]
    #[case("at: $.list, only: '[1, 2, 2, 3, 3]'", "the list lacks 2")]
    #[case("at: $.list, only: '[1, 3, 3]'", "the list holds 2 that it should not, and lacks 2")]
    #[case("at: $.id, only: '[7]'", "the value is not a list")]
    #[case("at: $.list, contains: '[2, 2]'", "holds")]
    #[case("at: $.list, contains: '[1, 1]'", "the list lacks 1")]
    #[case("at: $.id, contains: '[7]'", "the value is not a list")]
    #[case("matches: 'name.*ANN'", "holds")]
    #[case("matches: ^name", "the body does not match")]
    #[case("at: $.name, matches: ^ANN", "holds")]
    #[case("at: $.name, matches: ^name", "the text does not match")]
    #[case("at: $.id, matches: '7'", "the value is not a text")]
    #[case("at: $.list, count: 3", "holds")]
    #[case("at: $.list, count: 2", "there are 3, not 2")]
    #[case("at: $.object, count: 1", "holds")]
    #[case("at: $.id, count: 1", "the value is neither a list nor an object")]
    #[case("at: $.id, present: true", "holds")]
    #[case("at: $.id, present: false", "there is $.id")]
    #[case("at: $.nothing, present: true", "there is no $.nothing")]
    #[case("at: $.nothing, present: false", "holds")]
    #[case("at: '$..b', present: true", "holds")]
    #[case("at: '$..b', present: false", "there is $..b")]
    #[case("at: '$..nothing', present: true", "there is no $..nothing")]
    #[case("at: '$..nothing', present: false", "holds")]
    fn an_assertion_holds_or_reports_the_reason(#[case] assertion: &str, #[case] expected: &str) {
        let body = r#"{"id": 7, "name": "ANN-4711", "list": [1, 2, 2], "object": {"b": 1}}"#;
        let mut exchange = answer(200, body);
        for method in ["GET", "POST"] {
            exchange.response.headers_mut().append("allow", method.parse().unwrap());
        }
        assert_eq!(found(assertion, &exchange), expected);
    }

    #[rstest]
    #[case("at: $.big, equals: '123456789012345678901234567890'", "holds")]
    #[case("at: $.big, equals: '123456789012345678901234567891'", "the value differs")]
    #[case("at: $.big, differs: '123456789012345678901234567891'", "holds")]
    #[case("at: $.fine, equals: '0.1234567890123456789'", "holds")]
    #[case("at: $.fine, equals: '0.1234567890123456780'", "the value differs")]
    #[case("at: $.price, equals: '1.1'", "holds")]
    #[case("at: $.price, equals: '11e-1'", "holds")]
    #[case("at: $.one, equals: '1.0'", "the value differs")]
    #[case("at: $.list, only: '[1.10, 9007199254740993]'", "holds")]
    #[case("at: $.list, contains: '[9007199254740992]'", "the list lacks 1")]
    fn numbers_are_compared_to_the_last_digit(#[case] assertion: &str, #[case] expected: &str) {
        let body = r#"{
            "big": 123456789012345678901234567890, "fine": 0.1234567890123456789, "price": 1.10, "one": 1,
            "list": [9007199254740993, 1.1]
        }"#;
        assert_eq!(found(assertion, &answer(200, body)), expected);
    }

    #[rstest]
    #[case("absent: [alice.username]", r#"{"label": "of ANN-4711s"}"#, "the answer holds alice.username")]
    #[case("absent: [alice.username]", r#"{"ann-4711": 1}"#, "the answer holds alice.username")]
    #[case("absent: [alice.username]", r#"{"label": "ann\u002d4711"}"#, "the answer holds alice.username")]
    #[case("absent: [alice.username]", "<p>ann-4711</p>", "the answer holds alice.username")]
    #[case("absent: [alice.username]", r#"{"label": "ann-47"}"#, "holds")]
    #[case("absent: [alice.user_key, alice.username]", "ann-4711", "the answer holds alice.username")]
    #[case("absent: [alice.id]", r#"{"id": 7}"#, "the answer holds alice.id")]
    #[case("absent: [alice.id]", r#"{"owner": "7"}"#, "the answer holds alice.id")]
    #[case("absent: [alice.id]", r#"{"link": "/users/7/"}"#, "the answer holds alice.id")]
    #[case("absent: [alice.id]", r#"{"page_size": 7, "group": 7}"#, "holds")]
    #[case("absent: [bob.id]", "{}", "unjudged: `bob.id` has no value")]
    fn absent_values_are_searched_in_the_whole_body(
        #[case] assertion: &str,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        assert_eq!(found(assertion, &answer(200, body)), expected);
    }

    #[test]
    fn absent_values_are_searched_in_headers() {
        let mut exchange = answer(200, "{}");
        exchange.response.headers_mut().insert("x-who", "ANN-4711".parse().unwrap());
        assert_eq!(found("absent: [alice.username]", &exchange), "the answer holds alice.username");
    }

    #[rstest]
    #[case("at: $.id, equals: '7'")]
    #[case("at: $.id, present: false")]
    fn a_body_that_is_not_json_has_no_values_at_paths(#[case] assertion: &str) {
        assert_eq!(found(assertion, &answer(200, "<p>7</p>")), "the body is not JSON");
    }

    #[test]
    fn found_values_are_shown_as_references() {
        let step = "  - {name: one, as: account, send: GET /users/, checks: [{id: one/check, at: '$.objects[*].id', only: '[\"{{alice.id}}\"]'}]}\n";
        let (scenario, bindings, history) = (scenario(step), alice(), History::default());
        let exchange = answer(200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#);
        let finding = Answer::new(&exchange, &bindings, &history).evaluate(&scenario.steps[0].checks[0].assertion);
        let because = "the list holds 1 more than it should".to_owned();
        let expected = pretty(&json!(["<alice.id:int>"]));
        let actual = pretty(&json!(["<alice.id:int>", "<user-1.id:int>"]));
        assert_eq!(finding, Finding::Broken { because, expected, actual });
    }

    #[test]
    fn a_wrong_header_is_shown_with_references() {
        for check in ["header: 'Location: /here/'", "no_header: Location"] {
            let step =
                format!("  - {{name: one, as: account, send: GET /users/, checks: [{{id: one/check, {check}}}]}}\n");
            let (scenario, bindings, history) = (scenario(&step), alice(), History::default());
            let mut exchange = answer(200, "");
            exchange.response.headers_mut().insert("location", "/users/7/?name=ann-4711".parse().unwrap());
            match Answer::new(&exchange, &bindings, &history).evaluate(&scenario.steps[0].checks[0].assertion) {
                Finding::Broken { actual, .. } => assert_eq!(actual, "/users/<alice.id>/?name=<alice.username>"),
                other => panic!("{check}: {other:?}"),
            }
        }
    }
}
