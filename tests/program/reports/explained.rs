//! Tests for `explain`.

use rstest::rstest;

use crate::binary::{output, stderr, stdout};

#[rstest]
#[case::a_rule_by_its_code("R95", &["rule reset-key/ends-the-old-user-key\n", "promised  After a reset the old", "  check     reset-key/the-old-user-key-is-invalid\n"])]
#[case::a_rule_that_is_disputed("R101", &["disputed  the page: The cURL sample", "the deployment: An API key"])]
#[case::a_check(
    "reset-key/the-old-user-key-is-invalid",
    &["R95", "GET /user/ as alice@revoked", "rests on  reset-key/witness", "notices   user-key-survives-reset", "status: 403\n"]
)]
#[case::an_access_case("access/users/get/self", &["GET /users/ as self", "200, a list with self and without other"])]
#[case::a_code_in_another_case("r95", &["rule reset-key/ends-the-old-user-key\n"])]
#[case::an_area("reset-key", &["area reset-key\n", "scenario  reset-key/by-the-user: ", "rule      reset-key/returns-a-new-user-key (R94, seed)"])]
#[case::the_access_table("access", &["area access\n", "endpoint  access/users: /users/"])]
#[case::a_scenario("reset-key/by-the-user", &["scenario reset-key/by-the-user\n", "check     reset-key/by-the-user-witness: equals"])]
#[case::a_file("scenarios/reset-key/by-the-user.yaml", &["scenario reset-key/by-the-user\n"])]
#[case::an_endpoint("access/users", &["endpoint access/users\n", "access/users/get/self: 200, a list with self"])]
#[case::a_defect("User-Key-Survives-Reset", &["defect user-key-survives-reset\n", "reset-key/the-old-user-key-is-invalid", "`run --defects user-key-survives-reset`"])]
#[case::a_verdict("flaky", &["verdict flaky\n", "only after a retry"])]
#[case::a_last_part("the-old-user-key-is-invalid", &["check reset-key/the-old-user-key-is-invalid\n"])]
#[case::a_last_part_of_a_rule("Returns-A-New-User-Key", &["rule reset-key/returns-a-new-user-key\n", "R94"])]
#[case::a_leak_check("leak/user/reads", &["no response shows data that its principal must not see"])]
#[case::a_built_in_check("sane/headers/user/reads", &["S12", "sane", "no API may do otherwise"])]
#[case::a_quirk("admins-open", &["quirk admins-open", "sane/administrators-need-a-key", "run --quirks admins-open"])]
#[case::a_replay("replay/user/reads/in-the-query", &["the response is the same with the keys in the query"])]
fn explain_shows_a_promise_and_its_checks(#[case] word: &str, #[case] said: &[&str]) {
    let explained = output(&["explain", word]);
    let text = stdout(&explained);
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    for part in said {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[rstest]
#[case::a_check("reset-key/the-old-user-key-is-inavlid", "did you mean `reset-key/the-old-user-key-is-invalid`?")]
#[case::a_last_part("the-old-user-key-is-inavlid", "did you mean `the-old-user-key-is-invalid`?")]
#[case::an_area("reset-kye", "did you mean `reset-key`?")]
#[case::a_defect("user-key-survives-rest", "did you mean `user-key-survives-reset`?")]
#[case::a_verdict("untestabel", "did you mean `untestable`?")]
#[case::an_ambiguous_part("witness", "the last part of")]
#[case::no_similar_name("qqqqqq", "`list` lists the areas")]
fn explain_suggests_a_similar_name_for_an_unknown_one(#[case] word: &str, #[case] said: &str) {
    let explained = output(&["explain", word]);
    assert_eq!(explained.status.code(), Some(4));
    assert!(stderr(&explained).contains(said), "{}", stderr(&explained));
}

#[test]
fn explain_shows_a_rule_and_a_check_with_the_same_name() {
    let explained = output(&["explain", "reset-key/answers-with-the-user"]);
    let text = stdout(&explained);
    for kind in ["rule ", "check "] {
        assert!(text.contains(&format!("{kind}reset-key/answers-with-the-user\n")), "{text}");
    }
}
