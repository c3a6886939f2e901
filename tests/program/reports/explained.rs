//! Tests for `explain`.

use rstest::rstest;

use crate::binary::{output, stderr, stdout};

#[rstest]
#[case::a_rule_by_its_code("R95", &["rule reset-key/ends-the-old-user-key\n", "promised  After a reset the old", "  check     reset-key/the-old-user-key-is-dead\n"])]
#[case::a_rule_that_is_disputed("R101", &["disputed  the page: The cURL sample", "the deployment: An API key"])]
#[case::a_check(
    "reset-key/the-old-user-key-is-dead",
    &["R95", "GET /user/ as alice@revoked", "rests on  reset-key/witness", "notices   user-key-survives-reset", "status: 403\n"]
)]
#[case::a_cell("access/users/get/self", &["GET /users/ as self", "200, a list with self and without other"])]
#[case::a_leak_check("leak/user/reads", &["no response shows data that its principal must not see"])]
#[case::a_replay("replay/user/reads/in-the-query", &["the response is the same with the keys in the query"])]
fn what_is_promised_and_how_it_is_checked_can_be_asked_for(#[case] word: &str, #[case] said: &[&str]) {
    let explained = output(&["explain", word]);
    let text = stdout(&explained);
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    for part in said {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn what_cannot_be_explained_is_nearly_something_else() {
    let explained = output(&["explain", "reset-key/the-old-user-key-is-daed"]);
    assert_eq!(explained.status.code(), Some(4));
    assert!(
        stderr(&explained).contains("did you mean `reset-key/the-old-user-key-is-dead`?"),
        "{}",
        stderr(&explained)
    );
}
