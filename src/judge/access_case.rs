//! Evaluates the expectation of an access case.

use serde_json::Value;

use super::answer::Answer;
use super::finding::Finding;
use syncano_suite::number::equal;
use syncano_suite::{Expectation, ExpectedAnswer, Reference};

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
        let because = match nearest.and_then(|nearest| differences.into_iter().nth(nearest).flatten()) {
            Some(because) => because,
            None => {
                let statuses = expected.answers.iter().map(|one| one.status.to_string()).collect::<Vec<_>>();
                format!("the status is {status}, not {}", statuses.join(" or "))
            }
        };
        self.beside(because, expected.to_string())
    }

    /// Returns the first difference from an expected answer.
    fn difference(&self, expected: &ExpectedAnswer) -> Option<String> {
        let status = self.exchange.response.status().as_u16();
        if status != expected.status {
            return Some(format!("the status is {status}, not {}", expected.status));
        }
        let member = |name: &str| self.body.as_ref().and_then(|body| body.get(name));
        if let Some(detail) = &expected.detail
            && member("detail").and_then(Value::as_str) != Some(detail)
        {
            return Some(format!("`detail` is not {detail:?}"));
        }
        match (expected.actions, member("actions").is_some()) {
            (Some(true), false) => return Some("there is no member `actions`".to_owned()),
            (Some(false), true) => return Some("there is a member `actions`".to_owned()),
            _ => {}
        }
        let rows = expected.rows.as_ref()?;
        let Some(Value::Array(found)) = self.body.as_ref().and_then(|body| rows.at.find(body)) else {
            return Some("the answer is not a list".to_owned());
        };
        let is_there =
            |row: &&Reference| self.bindings.get(row).is_some_and(|value| found.iter().any(|one| equal(one, value)));
        if let Some(row) = rows.hidden.iter().find(is_there) {
            return Some(format!("the list shows {row}"));
        }
        rows.shown.iter().find(|row| !is_there(row)).map(|row| format!("the list lacks {row}"))
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
        vec![status(200), ExpectedAnswer { detail: Some("No.".to_owned()), ..status(403) }], 403, r#"{"detail": "Yes."}"#, "`detail` is not \"No.\""
    )]
    #[case::fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, r#"{"actions": {}}"#, "holds")]
    #[case::no_fields(vec![ExpectedAnswer { actions: Some(true), ..status(200) }], 200, "{}", "there is no member `actions`")]
    #[case::no_writable_fields(vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, "{}", "holds")]
    #[case::writable_fields(
        vec![ExpectedAnswer { actions: Some(false), ..status(200) }], 200, r#"{"actions": {}}"#, "there is a member `actions`"
    )]
    #[case::a_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 9}]}"#, "holds")]
    #[case::one_too_many(
        vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": [{"id": 7}, {"id": 1}]}"#, "the list shows account.id"
    )]
    #[case::a_missing_row(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, r#"{"objects": []}"#, "the list lacks alice.id")]
    #[case::no_list(vec![ExpectedAnswer { rows: rows(), ..status(200) }], 200, "", "the answer is not a list")]
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
