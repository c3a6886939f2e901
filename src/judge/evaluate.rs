//! One assertion against one answer.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use super::Exchange;
use super::bindings::Bindings;
use super::excerpt::{BESIDE, COMPARED, excerpt};
use super::normalise::{Fresh, Normaliser, Shown, pretty};
use super::past::Past;
use crate::number::equal;
use crate::scenario::{Assertion, Expectation, ExpectedAnswer, Json, Locator, Reference};

/// What an assertion comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// It is true.
    Holds,
    /// It is not: why in one line, what was expected, what came.
    Broken { because: String, expected: String, actual: String },
    /// It cannot be said.
    Unjudged(String),
}

/// An answer, as it came and, where that is asked for, as it is shown.
pub struct Answer<'a> {
    exchange: &'a Exchange,
    bindings: &'a Bindings,
    past: &'a Past,
    /// The body, where it is JSON.
    body: Option<Value>,
    /// As it is shown, and the numbers after it.
    shown: OnceCell<(Shown, Fresh)>,
    /// Its beginning, as it is shown beside what is wrong with it.
    beginning: OnceCell<String>,
}

impl<'a> Answer<'a> {
    /// An answer that came after others, to be held against these values.
    pub fn new(exchange: &'a Exchange, bindings: &'a Bindings, past: &'a Past) -> Answer<'a> {
        let body = serde_json::from_slice(exchange.response.body()).ok();
        Answer { exchange, bindings, past, body, shown: OnceCell::new(), beginning: OnceCell::new() }
    }

    fn shown(&self) -> &Shown {
        let (shown, _) = self.shown.get_or_init(|| {
            let mut fresh = self.past.numbers(self.bindings);
            (Normaliser::of(self.exchange, self.bindings, &mut fresh).answer(&self.exchange.response), fresh)
        });
        shown
    }

    /// The numbers after it, where it was shown.
    pub fn numbers(self) -> Option<Fresh> {
        self.shown.into_inner().map(|(_, fresh)| fresh)
    }

    /// The whole answer, normalised.
    pub fn snapshot(&self) -> &str {
        &self.shown().text
    }

    /// What a locator finds: the value itself and as it is shown.
    pub fn saved(&self, at: &Locator) -> Option<(Value, Value)> {
        Some((at.find(self.body.as_ref()?)?, at.find(self.shown().body.as_ref()?)?))
    }

    /// What is wrong with it whatever is stated: it sends its user away from the target, or it is too large.
    pub fn wrong(&self) -> Option<Finding> {
        if let Some(why) = &self.exchange.too_large {
            return Some(self.beside(why, "an answer that is not too large"));
        }
        let host = self.exchange.astray.as_ref()?;
        Some(self.beside(Exchange::leads_astray(host), "an answer of the target itself"))
    }

    /// Whether the answer looks like the snapshot.
    pub fn compare_snapshot(&self, expected: &str) -> Finding {
        if self.snapshot() == expected.trim_end() {
            Finding::Holds
        } else {
            self.compared("the answer does not look like the snapshot", expected, self.snapshot())
        }
    }

    /// Whether any other assertion is true.
    pub fn evaluate(&self, assertion: &Assertion) -> Finding {
        match assertion {
            Assertion::Status(expected) => {
                let actual = self.exchange.response.status().as_u16();
                if actual == *expected {
                    return Finding::Holds;
                }
                self.beside(format!("the status is {actual}, not {expected}"), expected.to_string())
            }
            Assertion::Header { name, value } => {
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
                    _ => format!("the header {name} is another"),
                };
                self.compared(because, &value.to_string(), &self.redacted(&found.join("\n")))
            }
            Assertion::NoHeader(name) => {
                let found = self.header(name);
                if found.is_empty() {
                    return Finding::Holds;
                }
                let actual = self.redacted(&found.join("\n"));
                self.compared(format!("there is a header {name}"), &format!("no header {name}"), &actual)
            }
            Assertion::Absent(references) => self.absent(references),
            Assertion::Matches(None, pattern) => {
                if pattern.0.is_match(&self.text()) {
                    return Finding::Holds;
                }
                self.beside("the body does not match", pattern.0.as_str())
            }
            Assertion::Equals(at, json) => self.compare(at, json, |actual, expected| {
                if equal(actual, expected) { None } else { Some("the value is another".to_owned()) }
            }),
            Assertion::Differs(at, json) => self.compare(at, json, |actual, expected| {
                if equal(actual, expected) { Some("the value should be another".to_owned()) } else { None }
            }),
            Assertion::Only(at, json) => self.compare(at, json, |actual, expected| {
                let (Some(actual), Some(expected)) = (actual.as_array(), expected.as_array()) else {
                    return Some("the value is no list".to_owned());
                };
                let (more, less) = (surplus(actual, expected), surplus(expected, actual));
                match (more, less) {
                    (0, 0) => None,
                    (more, 0) => Some(format!("the list holds {more} more than it should")),
                    (0, less) => Some(format!("the list lacks {less}")),
                    (more, less) => Some(format!("the list holds {more} that it should not, and lacks {less}")),
                }
            }),
            Assertion::Contains(at, json) => self.compare(at, json, |actual, expected| {
                let (Some(actual), Some(expected)) = (actual.as_array(), expected.as_array()) else {
                    return Some("the value is no list".to_owned());
                };
                match surplus(expected, actual) {
                    0 => None,
                    less => Some(format!("the list lacks {less}")),
                }
            }),
            Assertion::Matches(Some(at), pattern) => self.locate(at, |actual, shown| match actual.as_str() {
                Some(text) if pattern.0.is_match(text) => Finding::Holds,
                Some(_) => self.found("the text does not match", pattern.0.as_str(), &shown()),
                None => self.found("the value is no text", pattern.0.as_str(), &shown()),
            }),
            Assertion::Count(at, expected) => self.locate(at, |actual, shown| {
                let count = actual.as_array().map(Vec::len).or_else(|| actual.as_object().map(serde_json::Map::len));
                match count {
                    Some(count) if count == *expected => Finding::Holds,
                    Some(count) => {
                        self.found(format!("there are {count}, not {expected}"), &expected.to_string(), &shown())
                    }
                    None => self.found("the value is no list and no object", &expected.to_string(), &shown()),
                }
            }),
            Assertion::Present(at, expected) => {
                let Some(body) = &self.body else { return self.no_json() };
                let found = at
                    .find(body)
                    .is_some_and(|found| at.is_singular() || found.as_array().is_some_and(|all| !all.is_empty()));
                if found == *expected {
                    return Finding::Holds;
                }
                let because = if found { format!("there is {at}") } else { format!("there is no {at}") };
                self.beside(because, if *expected { format!("{at}") } else { format!("no {at}") })
            }
            Assertion::Cell(expected) => self.cell(expected),
            Assertion::Snapshot(_) => Finding::Unjudged("a snapshot is compared with its file".to_owned()),
        }
    }

    /// Whether the answer is as a cell of the access table says, in one of its ways.
    fn cell(&self, expected: &Expectation) -> Finding {
        let misses = expected.answers.iter().map(|way| self.misses(way)).collect::<Vec<_>>();
        if misses.iter().any(Option::is_none) {
            return Finding::Holds;
        }
        // What is wrong beside the status says more than the status.
        let status = self.exchange.response.status().as_u16();
        let nearest = expected.answers.iter().position(|way| way.status == status);
        let because = match nearest.and_then(|nearest| misses.into_iter().nth(nearest).flatten()) {
            Some(because) => because,
            None => {
                let statuses = expected.answers.iter().map(|way| way.status.to_string()).collect::<Vec<_>>();
                format!("the status is {status}, not {}", statuses.join(" or "))
            }
        };
        self.beside(because, expected.to_string())
    }

    /// In what an answer differs from one way, if it does.
    fn misses(&self, way: &ExpectedAnswer) -> Option<String> {
        let status = self.exchange.response.status().as_u16();
        if status != way.status {
            return Some(format!("the status is {status}, not {}", way.status));
        }
        let member = |name: &str| self.body.as_ref().and_then(|body| body.get(name));
        if let Some(detail) = &way.detail
            && member("detail").and_then(Value::as_str) != Some(detail)
        {
            return Some(format!("`detail` is not {detail:?}"));
        }
        match (way.actions, member("actions").is_some()) {
            (Some(true), false) => return Some("there is no member `actions`".to_owned()),
            (Some(false), true) => return Some("there is a member `actions`".to_owned()),
            _ => {}
        }
        let rows = way.rows.as_ref()?;
        let Some(Value::Array(found)) = self.body.as_ref().and_then(|body| rows.at.find(body)) else {
            return Some("the answer is no list".to_owned());
        };
        let is_there =
            |row: &&Reference| self.bindings.get(row).is_some_and(|value| found.iter().any(|one| equal(one, value)));
        if let Some(row) = rows.hidden.iter().find(is_there) {
            return Some(format!("the list shows {row}"));
        }
        rows.shown.iter().find(|row| !is_there(row)).map(|row| format!("the list lacks {row}"))
    }

    fn header(&self, name: &str) -> Vec<String> {
        self.exchange
            .response
            .headers()
            .get_all(name)
            .iter()
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
            .collect()
    }

    fn no_json(&self) -> Finding {
        self.beside("the body is not JSON", "JSON")
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.response.body())
    }

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

    fn compare(&self, at: &Locator, expected: &Json, wrong: impl Fn(&Value, &Value) -> Option<String>) -> Finding {
        let Ok(value) = expected.resolve(|reference| self.bindings.get(reference)) else {
            return Finding::Unjudged("a value that it compares with was never saved".to_owned());
        };
        let named = || expected.resolve(|reference| self.bindings.shown(reference)).unwrap_or_default();
        self.locate(at, |actual, shown| match wrong(actual, &value) {
            None => Finding::Holds,
            Some(because) => self.compared(because, &pretty(&named()), &shown()),
        })
    }

    /// Texts are looked for everywhere, ignoring letter case, whole or as part of a longer text; identifiers where an
    /// identifier of their kind stands.
    fn absent(&self, references: &[Reference]) -> Finding {
        let mut everywhere = self.text().to_lowercase();
        if let Some(body) = &self.body {
            // What is written with escapes in the text is found here.
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

    fn compared(&self, because: impl Into<String>, expected: &str, actual: &str) -> Finding {
        broken(self.bindings, because, expected, actual)
    }

    /// What is wrong with what stands somewhere in the answer.
    fn found(&self, because: impl Into<String>, expected: &str, found: &str) -> Finding {
        let (expected, actual) = (expected.to_owned(), excerpt(found, BESIDE, self.bindings));
        Finding::Broken { because: because.into(), expected, actual }
    }

    /// What is wrong with the answer, which is shown beside it.
    pub(super) fn beside(&self, because: impl Into<String>, expected: impl Into<String>) -> Finding {
        let beginning = || excerpt(self.snapshot(), BESIDE, self.bindings);
        let actual = self.beginning.get_or_init(beginning).clone();
        Finding::Broken { because: because.into(), expected: expected.into(), actual }
    }

    fn redacted(&self, text: &str) -> String {
        Normaliser::new("", self.bindings, &mut Fresh::default()).text(text)
    }
}

/// How many elements of `these` find no partner of their own among `those`.
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

/// What was expected and what came, to be compared.
pub(super) fn broken(bindings: &Bindings, because: impl Into<String>, expected: &str, actual: &str) -> Finding {
    let [expected, actual] = [expected, actual].map(|text| excerpt(text, COMPARED, bindings));
    Finding::Broken { because: because.into(), expected, actual }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::bindings::{Kind, Scope};
    use crate::judge::tests::{alice, answer, scenario};
    use crate::scenario::Rows;
    use syncano_simulator::api::Resource;

    /// What an assertion, as it stands in a file, comes to with the answer to a read of users; `holds`, or why not.
    fn found(assertion: &str, exchange: &Exchange) -> String {
        let step =
            format!("  - {{name: one, as: account, send: GET /users/, checks: [{{id: one/check, {assertion}}}]}}\n");
        let (scenario, bindings, past) = (scenario(&step), alice(), Past::default());
        match Answer::new(exchange, &bindings, &past).evaluate(&scenario.steps[0].checks[0].assertion) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => format!("unjudged: {why}"),
        }
    }

    #[rstest]
    #[case("status: 200", "holds")]
    #[case("status: 404", "the status is 200, not 404")]
    #[case("header: 'Allow: POST'", "holds")]
    #[case("header: 'Allow: PUT'", "the header Allow is another")]
    #[case("header: 'Retry-After: 1'", "there is no header Retry-After")]
    #[case("no_header: Retry-After", "holds")]
    #[case("no_header: Allow", "there is a header Allow")]
    #[case("at: $.id, equals: '\"{{alice.id}}\"'", "holds")]
    #[case("at: $.id, equals: '8'", "the value is another")]
    #[case("at: $.id, equals: '\"{{bob.id}}\"'", "unjudged: a value that it compares with was never saved")]
    #[case("at: $.nothing, equals: '8'", "there is no $.nothing")]
    #[case("at: $.id, differs: '8'", "holds")]
    #[case("at: $.id, differs: '7'", "the value should be another")]
    #[case("at: $.nothing, differs: '8'", "there is no $.nothing")]
    #[case("at: $.list, only: '[2, 1, 2]'", "holds")]
    #[case("at: $.list, only: '[2, 1]'", "the list holds 1 more than it should")]
    #[case("at: $.list, only: '[1, 2, 2, 3, 3]'", "the list lacks 2")]
    #[case("at: $.list, only: '[1, 3, 3]'", "the list holds 2 that it should not, and lacks 2")]
    #[case("at: $.id, only: '[7]'", "the value is no list")]
    #[case("at: $.list, contains: '[2, 2]'", "holds")]
    #[case("at: $.list, contains: '[1, 1]'", "the list lacks 1")]
    #[case("at: $.id, contains: '[7]'", "the value is no list")]
    #[case("matches: 'name.*ANN'", "holds")]
    #[case("matches: ^name", "the body does not match")]
    #[case("at: $.name, matches: ^ANN", "holds")]
    #[case("at: $.name, matches: ^name", "the text does not match")]
    #[case("at: $.id, matches: '7'", "the value is no text")]
    #[case("at: $.list, count: 3", "holds")]
    #[case("at: $.list, count: 2", "there are 3, not 2")]
    #[case("at: $.object, count: 1", "holds")]
    #[case("at: $.id, count: 1", "the value is no list and no object")]
    #[case("at: $.id, present: true", "holds")]
    #[case("at: $.id, present: false", "there is $.id")]
    #[case("at: $.nothing, present: true", "there is no $.nothing")]
    #[case("at: $.nothing, present: false", "holds")]
    #[case("at: '$..b', present: true", "holds")]
    #[case("at: '$..b', present: false", "there is $..b")]
    #[case("at: '$..nothing', present: true", "there is no $..nothing")]
    #[case("at: '$..nothing', present: false", "holds")]
    fn an_assertion_holds_or_says_why_not(#[case] assertion: &str, #[case] expected: &str) {
        let body = r#"{"id": 7, "name": "ANN-4711", "list": [1, 2, 2], "object": {"b": 1}}"#;
        let mut exchange = answer(200, body);
        for method in ["GET", "POST"] {
            exchange.response.headers_mut().append("allow", method.parse().unwrap());
        }
        assert_eq!(found(assertion, &exchange), expected);
    }

    #[rstest]
    #[case("at: $.big, equals: '123456789012345678901234567890'", "holds")]
    #[case("at: $.big, equals: '123456789012345678901234567891'", "the value is another")]
    #[case("at: $.big, differs: '123456789012345678901234567891'", "holds")]
    #[case("at: $.fine, equals: '0.1234567890123456789'", "holds")]
    #[case("at: $.fine, equals: '0.1234567890123456780'", "the value is another")]
    #[case("at: $.price, equals: '1.1'", "holds")]
    #[case("at: $.price, equals: '11e-1'", "holds")]
    #[case("at: $.one, equals: '1.0'", "the value is another")]
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
    fn what_should_be_absent_is_looked_for_everywhere(
        #[case] assertion: &str,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        assert_eq!(found(assertion, &answer(200, body)), expected);
    }

    #[test]
    fn what_should_be_absent_is_looked_for_in_headers() {
        let mut exchange = answer(200, "{}");
        exchange.response.headers_mut().insert("x-who", "ANN-4711".parse().unwrap());
        assert_eq!(found("absent: [alice.username]", &exchange), "the answer holds alice.username");
    }

    #[rstest]
    #[case("at: $.id, equals: '7'")]
    #[case("at: $.id, present: false")]
    fn a_body_that_is_no_json_has_no_places(#[case] assertion: &str) {
        assert_eq!(found(assertion, &answer(200, "<p>7</p>")), "the body is not JSON");
    }

    fn status(status: u16) -> ExpectedAnswer {
        ExpectedAnswer { status, detail: None, rows: None, actions: None }
    }

    /// A list with alice and without the administrator.
    fn rows() -> Option<Rows> {
        let only = |reference: &str| vec![reference.parse::<Reference>().unwrap()];
        let at = "$.objects[*].id".to_owned().try_into().unwrap();
        Some(Rows { at, shown: only("alice.id"), hidden: only("account.id") })
    }

    #[rstest]
    #[case::as_it_should(vec![status(403)], 403, "", "holds")]
    #[case::another_status(vec![status(403)], 404, "", "the status is 404, not 403")]
    #[case::one_of_two(vec![status(200), status(403)], 403, "", "holds")]
    #[case::none_of_two(vec![status(200), status(403)], 404, "", "the status is 404, not 200 or 403")]
    #[case::the_text(vec![ExpectedAnswer { detail: Some("No.".to_owned()), ..status(403) }], 403, r#"{"detail": "No."}"#, "holds")]
    #[case::another_text(
        vec![status(200), ExpectedAnswer { detail: Some("No.".to_owned()), ..status(403) }], 403, r#"{"detail": "Yes."}"#, "`detail` is not \"No.\""
    )]
    #[case::fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, r#"{"actions": {}}"#, "holds")]
    #[case::no_fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, "{}", "there is no member `actions`")]
    #[case::none_to_be_written(vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, "{}", "holds")]
    #[case::some_to_be_written(
        vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, r#"{"actions": {}}"#, "there is a member `actions`"
    )]
    #[case::a_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#, "holds")]
    #[case::one_too_many(
        vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 1}]}"#, "the list shows account.id"
    )]
    #[case::one_is_lacking(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": []}"#, "the list lacks alice.id")]
    #[case::no_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, "", "the answer is no list")]
    fn a_cell_is_answered_in_one_of_its_ways(
        #[case] answers: Vec<ExpectedAnswer>,
        #[case] status: u16,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        let (mut bindings, past, exchange) = (alice(), Past::default(), answer(status, body));
        bindings.bind("account.id", json!(1), Kind::Id(Resource::Account, Scope::Own));
        let cell = Assertion::Cell(Arc::new(Expectation { answers }));
        let because = match Answer::new(&exchange, &bindings, &past).evaluate(&cell) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => why,
        };
        assert_eq!(because, expected);
    }

    #[test]
    fn what_is_found_is_shown_in_names() {
        let step = "  - {name: one, as: account, send: GET /users/, checks: [{id: one/check, at: '$.objects[*].id', only: '[\"{{alice.id}}\"]'}]}\n";
        let (scenario, bindings, past) = (scenario(step), alice(), Past::default());
        let exchange = answer(200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#);
        let finding = Answer::new(&exchange, &bindings, &past).evaluate(&scenario.steps[0].checks[0].assertion);
        let because = "the list holds 1 more than it should".to_owned();
        let expected = pretty(&json!(["<alice.id:int>"]));
        let actual = pretty(&json!(["<alice.id:int>", "<user-1.id:int>"]));
        assert_eq!(finding, Finding::Broken { because, expected, actual });
    }

    #[test]
    fn a_header_that_should_be_another_is_shown_in_names() {
        for check in ["header: 'Location: /here/'", "no_header: Location"] {
            let step =
                format!("  - {{name: one, as: account, send: GET /users/, checks: [{{id: one/check, {check}}}]}}\n");
            let (scenario, bindings, past) = (scenario(&step), alice(), Past::default());
            let mut exchange = answer(200, "");
            exchange.response.headers_mut().insert("location", "/users/7/?name=ann-4711".parse().unwrap());
            match Answer::new(&exchange, &bindings, &past).evaluate(&scenario.steps[0].checks[0].assertion) {
                Finding::Broken { actual, .. } => assert_eq!(actual, "/users/<alice.id>/?name=<alice.username>"),
                other => panic!("{check}: {other:?}"),
            }
        }
    }
}
