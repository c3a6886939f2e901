//! Evaluates the expectation of an access case.

use serde_json::Value;

use super::answer::Answer;
use super::compare::also_and_lacks;
use super::finding::Finding;
use syncano_suite::number::equal;
use syncano_suite::{Expectation, ExpectedAnswer, Reference};

/// How an answer differs from an expected one.
enum Difference {
    /// In the status.
    Status,
    /// In the body; with the reason.
    Answer(String),
    /// In the rows of a list; with the reason, and the list.
    Rows(String, String),
}

impl Answer<'_> {
    /// Judges whether the answer is one of the expected ones.
    pub(super) fn access_case(&self, expected: &Expectation) -> Finding {
        let differences = expected.answers.iter().map(|one| self.difference(one)).collect::<Vec<_>>();
        if differences.iter().any(Option::is_none) {
            return Finding::Holds;
        }
        // A difference beside the status says more than the status.
        let status = self.exchange.response.status().as_u16();
        let nearest = expected.answers.iter().position(|one| one.status == status);
        match nearest.and_then(|nearest| differences.into_iter().nth(nearest).flatten()) {
            Some(Difference::Rows(because, list)) => self.found(&because, &expected.to_string(), &list),
            Some(Difference::Answer(because)) => self.beside(&because, expected.to_string()),
            Some(Difference::Status) | None => {
                let statuses = expected.answers.iter().map(|one| one.status.to_string()).collect::<Vec<_>>();
                let because = format!("the status is {status}, not {}", statuses.join(" or "));
                self.wrong_status(because, expected.to_string())
            }
        }
    }

    /// Returns the first difference from an expected answer.
    fn difference(&self, expected: &ExpectedAnswer) -> Option<Difference> {
        if self.exchange.response.status() != expected.status {
            return Some(Difference::Status);
        }
        self.difference_in_body(expected).map(Difference::Answer).or_else(|| self.difference_in_rows(expected))
    }

    fn difference_in_body(&self, expected: &ExpectedAnswer) -> Option<String> {
        let member = |name: &str| self.body.as_ref().and_then(|body| body.get(name));
        if let Some(detail) = &expected.detail
            && member("detail").and_then(Value::as_str) != Some(detail)
        {
            return Some(format!("`detail` is not {detail:?}"));
        }
        match (expected.actions, member("actions").is_some()) {
            (Some(true), false) => Some("there is no member `actions`".to_owned()),
            (Some(false), true) => Some("there is a member `actions`".to_owned()),
            _ => None,
        }
    }

    /// Returns the rows that a list shows and should not, and those that it lacks, with the list.
    fn difference_in_rows(&self, expected: &ExpectedAnswer) -> Option<Difference> {
        let rows = expected.rows.as_ref()?;
        let Some(Value::Array(found)) = self.body.as_ref().and_then(|body| rows.at.find(body)) else {
            return Some(Difference::Answer(format!("the answer is not a list; it {}", self.in_brief())));
        };
        let is_there =
            |row: &&Reference| self.bindings.get(row).is_some_and(|value| found.iter().any(|one| equal(one, value)));
        let name = |row: &Reference| format!("<{row}>");
        let more = rows.hidden.iter().filter(is_there).map(name).collect::<Vec<_>>();
        let less = rows.shown.iter().filter(|row| !is_there(row)).map(name).collect::<Vec<_>>();
        if more.is_empty() && less.is_empty() {
            return None;
        }
        if found.is_empty() {
            let because = format!("nothing is at {}; the answer {}", rows.at, self.in_brief());
            return Some(Difference::Answer(because));
        }
        Some(Difference::Rows(also_and_lacks(&more, &less), self.shown_text(&rows.at)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::judge::bindings::{Scope, ValueKind};
    use crate::judge::history::History;
    use crate::judge::testing::{alice, answer};
    use syncano_simulator::api::Resource;
    use syncano_suite::{Assertion, Rows};

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
    #[case::a_match(vec![status(403)], 403, "", "holds")]
    #[case::another_status(vec![status(403)], 404, "", "the status is 404, not 403")]
    #[case::one_of_two(vec![status(200), status(403)], 403, "", "holds")]
    #[case::none_of_two(vec![status(200), status(403)], 404, "", "the status is 404, not 200 or 403")]
    #[case::the_text(vec![ExpectedAnswer { detail: Some("No.".to_owned()), ..status(403) }], 403, r#"{"detail": "No."}"#, "holds")]
    #[case::another_text(
        vec![status(200), ExpectedAnswer { detail: Some("No.".to_owned()), ..status(403) }], 403, r#"{"detail": "Yes."}"#, "403: `detail` is not \"No.\""
    )]
    #[case::fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, r#"{"actions": {}}"#, "holds")]
    #[case::no_fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, "{}", "200: there is no member `actions`")]
    #[case::no_writable_fields(vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, "{}", "holds")]
    #[case::writable_fields(
        vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, r#"{"actions": {}}"#, "200: there is a member `actions`"
    )]
    #[case::a_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#, "holds")]
    #[case::one_too_many(
        vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 1}]}"#, "200: the list also holds <account.id>"
    )]
    #[case::a_missing_row(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 9}]}"#, "200: the list lacks <alice.id>")]
    #[case::an_empty_list(
        vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": []}"#,
        "200: nothing is at $.objects[*].id; the answer is `{\"objects\":[]}`"
    )]
    #[case::both(
        vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 1}]}"#,
        "200: the list also holds <account.id>, and lacks <alice.id>"
    )]
    #[case::no_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, "", "200: the answer is not a list; it is empty")]
    fn an_access_case_is_answered_in_one_of_the_expected_ways(
        #[case] answers: Vec<ExpectedAnswer>,
        #[case] status: u16,
        #[case] body: &'static str,
        #[case] expected: &str,
    ) {
        let (mut bindings, history, exchange) = (alice(), History::default(), answer(status, body));
        bindings.bind("account.id", json!(1), ValueKind::Id(Resource::Account, Scope::Own));
        let case = Assertion::AccessCase(Arc::new(Expectation { answers }));
        let because = match Answer::new(&exchange, &bindings, &history).evaluate(&case) {
            Finding::Holds => "holds".to_owned(),
            Finding::Broken { because, .. } => because,
            Finding::Unjudged(why) => why,
        };
        assert_eq!(because, expected);
    }
}
