//! Evaluates one assertion against one answer.

use serde_json::Value;

use super::answer::Answer;
use super::compare::ValueComparison;
use super::finding::Finding;
use super::locate::is_no_match;
use syncano_suite::file::Pattern;
use syncano_suite::{Assertion, Locator, Text};

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
            Assertion::Equals(at, json) => self.compare(at, json, ValueComparison::Equals),
            Assertion::Differs(at, json) => self.compare(at, json, ValueComparison::Differs),
            Assertion::Only(at, json) => self.compare(at, json, ValueComparison::Only),
            Assertion::Contains(at, json) => self.compare(at, json, ValueComparison::Contains),
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
        self.wrong_status(format!("the status is {actual}, not {expected}"), expected.to_string())
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
        self.compared(&because, &value.to_string(), &self.renamed(&found.join("\n")))
    }

    fn has_no_header(&self, name: &str) -> Finding {
        let found = self.header(name);
        if found.is_empty() {
            return Finding::Holds;
        }
        let actual = self.renamed(&found.join("\n"));
        self.compared(&format!("there is a header {name}"), &format!("no header {name}"), &actual)
    }

    /// Judges whether a text matches; without a locator, the whole body.
    fn matches(&self, at: Option<&Locator>, pattern: &Pattern) -> Finding {
        let Pattern(pattern) = pattern;
        match at {
            None if pattern.is_match(&self.text()) => Finding::Holds,
            None => self.beside(&format!("the body does not match; it {}", self.in_brief()), pattern.as_str()),
            Some(at) => self.locate(at, pattern.as_str(), |actual| match actual.as_str() {
                Some(text) if pattern.is_match(text) => None,
                Some(_) => Some(format!("the text at {at} does not match")),
                None => Some(format!("the value at {at} is not a text")),
            }),
        }
    }

    fn count(&self, at: &Locator, expected: usize) -> Finding {
        self.locate(at, &expected.to_string(), |actual| {
            let count = actual.as_array().map(Vec::len).or_else(|| actual.as_object().map(serde_json::Map::len));
            match count {
                Some(count) if count == expected => None,
                Some(count) => Some(format!("{at} holds {count}, not {expected}")),
                None => Some(format!("the value at {at} is neither a list nor an object")),
            }
        })
    }

    fn present(&self, at: &Locator, expected: bool) -> Finding {
        let Some(body) = &self.body else { return self.no_json() };
        let is_there = |found: &Value| !is_no_match(at, found);
        match at.find(body).filter(is_there) {
            Some(_) if expected => Finding::Holds,
            Some(_) => self.found(&format!("a value is at {at}"), &format!("no {at}"), &self.shown_text(at)),
            None if expected => self.nothing_at(at, at.to_string()),
            None => Finding::Holds,
        }
    }

    /// Judges the value at a locator. `wrong` returns the reason, if the value is wrong.
    fn locate(&self, at: &Locator, expected: &str, wrong: impl Fn(&Value) -> Option<String>) -> Finding {
        let actual = match self.located(at, || expected.to_owned()) {
            Ok(actual) => actual,
            Err(nothing) => return nothing,
        };
        match wrong(&actual) {
            None => Finding::Holds,
            Some(_) if is_no_match(at, &actual) => self.nothing_at(at, expected),
            Some(because) => self.found(&because, expected, &self.shown_text(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::exchange::Exchange;
    use crate::judge::history::History;
    use crate::judge::normalise::pretty;
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

    const BODY_SHOWN: &str = r#"{"id":"<alice.id:int>","name":"ANN-4711","list":[1,2,2],"object":{"b":1}}"#;

    #[rstest]
    #[case("status: 200", "holds")]
    #[case("status: 404", "the status is 200, not 404")]
    #[case("header: 'Allow: POST'", "holds")]
    #[case("header: 'Allow: PUT'", "200: the header Allow has another value")]
    #[case("header: 'Retry-After: 1'", "200: there is no header Retry-After")]
    #[case("no_header: Retry-After", "holds")]
    #[case("no_header: Allow", "200: there is a header Allow")]
    #[case("at: $.id, equals: '\"{{alice.id}}\"'", "holds")]
    #[case("at: $.id, equals: '8'", "200: $.id is <alice.id>, not 8")]
    #[case("at: $.id, equals: '\"{{bob.id}}\"'", "unjudged: a value to compare with was not saved")]
    #[case("at: $.nothing, equals: '8'", &format!("200: nothing is at $.nothing; the answer is `{BODY_SHOWN}`"))]
    #[case("at: $.id, differs: '8'", "holds")]
    #[case("at: $.id, differs: '7'", "200: $.id should not be 7")]
    #[case("at: $.nothing, differs: '8'", &format!("200: nothing is at $.nothing; the answer is `{BODY_SHOWN}`"))]
    #[case("at: $.list, only: '[2, 1, 2]'", "holds")]
    #[case("at: $.list, only: '[2, 1]'", "200: the list also holds 2")]
    #[case("at: $.list, only: '[1, 2, 2, 3, 3]'", "200: the list lacks 3 and 3")]
    #[case("at: $.list, only: '[1, 3, 3]'", "200: the list also holds 2 and 2, and lacks 3 and 3")]
    #[case("at: $.list, equals: '[1, 2]'", "200: the list also holds 2")]
    #[case("at: $.list, equals: '[2, 1, 2]'", "200: the order of the list differs")]
    #[case("at: $.object, equals: '{}'", "200: the value at $.object differs in \"b\"")]
    #[case("at: $.object, equals: '7'", "200: the value at $.object differs")]
    #[case("at: $.id, only: '[7]'", "200: the value at $.id is not a list")]
    #[case("at: $.list, contains: '[2, 2]'", "holds")]
    #[case("at: $.list, contains: '[1, 1]'", "200: the list lacks 1")]
    #[case("at: $.id, contains: '[7]'", "200: the value at $.id is not a list")]
    #[case("matches: 'name.*ANN'", "holds")]
    #[case("matches: ^name", &format!("200: the body does not match; it is `{BODY_SHOWN}`"))]
    #[case("at: $.name, matches: ^ANN", "holds")]
    #[case("at: $.name, matches: ^name", "200: the text at $.name does not match")]
    #[case("at: $.id, matches: '7'", "200: the value at $.id is not a text")]
    #[case("at: $.list, count: 3", "holds")]
    #[case("at: $.list, count: 2", "200: $.list holds 3, not 2")]
    #[case("at: $.object, count: 1", "holds")]
    #[case("at: $.id, count: 1", "200: the value at $.id is neither a list nor an object")]
    #[case("at: $.id, present: true", "holds")]
    #[case("at: $.id, present: false", "200: a value is at $.id")]
    #[case("at: $.nothing, present: true", &format!("200: nothing is at $.nothing; the answer is `{BODY_SHOWN}`"))]
    #[case("at: $.nothing, present: false", "holds")]
    #[case("at: '$..b', present: true", "holds")]
    #[case("at: '$..b', present: false", "200: a value is at $..b")]
    #[case("at: '$..nothing', present: true", &format!("200: nothing is at $..nothing; the answer is `{BODY_SHOWN}`"))]
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
    #[case(
        "at: $.big, equals: '123456789012345678901234567891'",
        "200: $.big is 123456789012345678901234567890, not 123456789012345678901234567891"
    )]
    #[case("at: $.big, differs: '123456789012345678901234567891'", "holds")]
    #[case("at: $.fine, equals: '0.1234567890123456789'", "holds")]
    #[case(
        "at: $.fine, equals: '0.1234567890123456780'",
        "200: $.fine is 0.1234567890123456789, not 0.1234567890123456780"
    )]
    #[case("at: $.price, equals: '1.1'", "holds")]
    #[case("at: $.price, equals: '11e-1'", "holds")]
    #[case("at: $.one, equals: '1.0'", "200: $.one is 1, not 1.0")]
    #[case("at: $.list, only: '[1.10, 9007199254740993]'", "holds")]
    #[case("at: $.list, contains: '[9007199254740992]'", "200: the list lacks 9007199254740992")]
    fn numbers_are_compared_to_the_last_digit(#[case] assertion: &str, #[case] expected: &str) {
        let body = r#"{
            "big": 123456789012345678901234567890, "fine": 0.1234567890123456789, "price": 1.10, "one": 1,
            "list": [9007199254740993, 1.1]
        }"#;
        assert_eq!(found(assertion, &answer(200, body)), expected);
    }

    #[rstest]
    #[case("absent: [alice.username]", r#"{"label": "of ANN-4711s"}"#, "200: alice.username is at $.label")]
    #[case("absent: [alice.username]", r#"{"ann-4711": 1}"#, "200: alice.username is the name of a member of $")]
    #[case("absent: [alice.username]", r#"{"label": "ann\u002d4711"}"#, "200: alice.username is at $.label")]
    #[case("absent: [alice.username]", "<p>ann-4711</p>", "200: alice.username is in the body")]
    #[case("absent: [alice.username]", r#"{"label": "ann-47"}"#, "holds")]
    #[case("absent: [alice.user_key, alice.username]", "ann-4711", "200: alice.username is in the body")]
    #[case("absent: [alice.id]", r#"{"id": 7}"#, "200: alice.id is at $.id")]
    #[case("absent: [alice.id]", r#"{"owner": "7"}"#, "200: alice.id is at $.owner")]
    #[case("absent: [alice.id]", r#"{"link": "/users/7/"}"#, "200: alice.id is at $.link")]
    #[case("absent: [alice.id]", r#"{"page_size": 7, "group": 7}"#, "holds")]
    #[case(
        "absent: [alice.id]",
        r#"[{"code": 200, "content": {"objects": [{"id": 8}, {"id": 7, "links": {"self": "/users/0/"}}]}}]"#,
        "200: alice.id is at $[0].content.objects[1].id"
    )]
    #[case(
        "absent: [alice.id]",
        r#"{"id": 7, "user": 7, "links": {"self": "/users/7/"}}"#,
        "200: alice.id is at $.id, and 2 more places"
    )]
    #[case("absent: [alice.username]", r#"{"a b": 1, "c d": ["ann-4711"]}"#, "200: alice.username is at $[\"c d\"][0]")]
    #[case("absent: [bob.id]", "{}", "unjudged: `bob.id` has no value")]
    fn absent_values_are_searched_in_the_whole_body(
        #[case] assertion: &str,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        assert_eq!(found(assertion, &answer(200, body)), expected);
    }

    #[test]
    fn what_should_be_absent_is_shown_with_its_neighbours_and_nothing_else() {
        let step = "  - {name: one, as: account, send: GET /users/, checks: [{id: one/check, absent: [alice.id]}]}\n";
        let (scenario, bindings, history) = (scenario(step), alice(), History::default());
        let exchange = answer(200, r#"{"objects": [{"id": 7, "username": "bob", "profile": {"note": "private"}}]}"#);
        let finding = Answer::new(&exchange, &bindings, &history).evaluate(&scenario.steps[0].checks[0].assertion);
        let because = "200: alice.id is at $.objects[0].id".to_owned();
        let actual = "$.objects[0].id: \"<alice.id:int>\"\n  beside username, profile".to_owned();
        assert_eq!(finding, Finding::Broken { because, expected: "no alice.id".to_owned(), actual });
    }

    #[test]
    fn absent_values_are_searched_in_headers() {
        let mut exchange = answer(200, "{}");
        exchange.response.headers_mut().insert("x-who", "ANN-4711".parse().unwrap());
        assert_eq!(found("absent: [alice.username]", &exchange), "200: alice.username is in the header x-who");
    }

    #[rstest]
    #[case("at: $.id, equals: '7'")]
    #[case("at: $.id, present: false")]
    fn a_body_that_is_not_json_has_no_values_at_paths(#[case] assertion: &str) {
        assert_eq!(found(assertion, &answer(200, "<p>7</p>")), "200: the answer is not JSON; it is `<p>7</p>`");
    }

    #[test]
    fn a_server_error_and_an_empty_list_do_not_read_alike() {
        let only = "at: '$.objects[*].id', only: '[\"{{alice.id}}\"]'";
        let page = format!("<h1>Server Error</h1>\n{}", "<p>Sorry.</p>".repeat(20));
        let expected = [
            (500, page.as_str(), "500: the answer is not JSON; it begins with `<h1>Server Error</h1> <p>Sorry.</p>"),
            (500, r#"{"detail": "No."}"#, "500: nothing is at $.objects[*].id; the answer is `{\"detail\":\"No.\"}`"),
            (200, r#"{"objects": []}"#, "200: nothing is at $.objects[*].id; the answer is `{\"objects\":[]}`"),
            (200, "", "200: the answer is not JSON; it is empty"),
        ];
        for (status, body, beginning) in expected {
            let because = found(only, &answer(status, body.to_owned()));
            assert!(because.starts_with(beginning) && because.len() < 150 && !because.contains('\n'), "{because}");
        }
    }

    #[test]
    fn found_values_are_shown_as_references() {
        let step = "  - {name: one, as: account, send: GET /users/, checks: [{id: one/check, at: '$.objects[*].id', only: '[\"{{alice.id}}\"]'}]}\n";
        let (scenario, bindings, history) = (scenario(step), alice(), History::default());
        let exchange = answer(200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#);
        let finding = Answer::new(&exchange, &bindings, &history).evaluate(&scenario.steps[0].checks[0].assertion);
        let because = "200: the list also holds <user-1.id>".to_owned();
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
