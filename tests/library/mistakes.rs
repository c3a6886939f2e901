//! Tests the errors for mistakes in scenario files.

use std::collections::BTreeMap;

use rstest::rstest;
use syncano_suite::{Diagnostic, SuiteFiles};

/// A valid scenario. Each case below changes one line of it.
const RIGHT: &str = r#"title: A user sees only herself
given:
  users: [alice, bob]
  groups:
    crew: [alice, bob]
steps:
  - name: the administrator sees both
    as: account
    send: GET /groups/{{crew.id}}/users/
    checks:
      - id: group-users/witness
        witness: true
        at: $.objects[*].user.id
        contains: '["{{bob.id}}"]'
  - name: alice sees herself
    as: alice
    send: GET /groups/{{crew.id}}/users/
    eventually: 2s
    checks:
      - id: group-users/nothing-of-bob
        rule: group-users/shows-only-the-caller
        absent: [bob.username]
"#;

const RULES: &str = r#"
["group-users/shows-only-the-caller"]
code = "R138"
statement = "A member of a group sees only herself in it."
level = "seed"
source = "the User Key page"
"#;

fn wrong(text: &str, rules: &str) -> Vec<String> {
    let scenarios =
        BTreeMap::from([("a/b.yaml".to_owned(), text.to_owned()), ("rules.toml".to_owned(), rules.to_owned())]);
    let diagnostics = match (SuiteFiles { folder: "scenarios".to_owned(), scenarios, ..SuiteFiles::default() }).read() {
        Ok(suite) => [suite.conflicts(), suite.gaps()].concat(),
        Err(diagnostics) => diagnostics,
    };
    diagnostics.iter().map(Diagnostic::to_string).collect()
}

#[test]
fn the_scenario_without_a_mistake_is_accepted() {
    assert_eq!(wrong(RIGHT, RULES), Vec::<String>::new());
}

#[rstest]
#[case::a_missing_member(
    "    as: account
",
    "",
    "9:5: the member `as` is missing"
)]
#[case::an_unknown_member(
    "    as: account",
    "    has: account",
    "8:5: unknown member \"has\" (valid members: name, as, send, via, headers, json, form, multipart, raw, save, eventually, waits_for_next, no_endpoint, checks)"
)]
#[case::a_misspelt_member(
    "        witness: true",
    "        witnes: true",
    "12:9: unknown member \"witnes\" (did you mean `witness`?)"
)]
#[case::a_duplicate_member(
    "    as: account",
    "    as: account\n    as: alice",
    "9:5: the member \"as\" occurs twice (keep one of the two)"
)]
#[case::an_anchor(
    "    as: account",
    "    as: &who account",
    "8:14: an anchor is not allowed here (write the value itself)"
)]
#[case::a_merge_key(
    "given:",
    "given:\n  <<: {}",
    "3:3: a merge key is not allowed here (write the members themselves)"
)]
#[case::an_alias("    as: account", "    as: *who", "8:9: alias references unknown anchor")]
#[case::a_tag("    as: account", "    as: !key account", "8:14: a tag is not allowed here (write the value itself)")]
#[case::not_a_boolean(
    "        witness: true",
    "        witness: yes",
    "12:18: this is neither `true` nor `false` (write `true` or `false`)"
)]
#[case::not_a_principal(
    "    as: account",
    "    as: Account",
    "8:9: \"Account\" is not a principal; write `anonymous`, `account`, `account:ROLE` (full, write, read or stranger), `api`, `api:KEY`, `foreign`, a user's name, `USER@KEY`, `USER@foreign`, `USER@revoked`, `account+USER`, `account:ROLE+USER` or `anonymous+USER`"
)]
#[case::an_unknown_user(
    "    as: alice",
    "    as: alise",
    "16:9: there is no user `alise` in this scenario (did you mean `alice`?)"
)]
#[case::an_object_of_no_class(
    "given:",
    "given:\n  classes: {post: {}}\n  objects: {poem: {class: posts, owner: zoe}}",
    "4:27: there is no class `posts` in this scenario (did you mean `post`?)"
)]
#[case::an_unknown_group_of_a_class(
    "given:",
    "given:\n  classes: {post: {group: staff}}",
    "3:27: there is no group `staff` in this scenario (add it under `given.groups`)"
)]
#[case::no_permission_of_a_class(
    "given:",
    "given:\n  classes: {post: {other_permissions: full}}",
    "3:39: \"full\" is not a valid word here (write one of none, read, create_objects)"
)]
#[case::an_unknown_api_key(
    "    as: alice",
    "    as: alice@ignoreacl",
    "16:9: there is no API key `ignoreacl` in this scenario (did you mean `ignore_acl`?)"
)]
#[case::no_key_was_revoked(
    "    as: alice",
    "    as: alice@revoked",
    "16:9: no earlier step has replaced the key of `alice` (save it where it is reset: `alice.user_key: $.user_key`)"
)]
#[case::no_other_instance(
    "    as: alice",
    "    as: foreign",
    "16:9: there is no other instance in this scenario (add it: `given: {foreign: {}}`)"
)]
#[case::an_unknown_reference(
    "absent: [bob.username]",
    "absent: [bobby.username]",
    "20:13: unknown name `bobby` (did you mean `bob`?)"
)]
#[case::an_unknown_member_of_a_user(
    "absent: [bob.username]",
    "absent: [bob.name]",
    "20:13: `bob.name` is not a value (write `bob.id` or `bob.username` or `bob.password` or `bob.user_key` or `bob.profile.id`)"
)]
#[case::an_unknown_rule(
    "rule: group-users/shows-only-the-caller",
    "rule: group-users/shows-only-the-callers",
    "20:13: there is no rule `group-users/shows-only-the-callers` (did you mean `group-users/shows-only-the-caller`?)"
)]
#[case::no_assertion(
    "        absent: [bob.username]\n",
    "",
    "20:13: the check asserts nothing (add one of `status`, `equals`, `only`, `absent`, ...)"
)]
#[case::two_assertions(
    "        absent: [bob.username]",
    "        absent: [bob.username]\n        status: 200",
    "20:13: the check asserts more than one thing: status, absent (write a check for each)"
)]
#[case::no_witness(
    "        witness: true\n",
    "",
    "19:13: `group-users/nothing-of-bob` is a negative check in a scenario without a witness (mark a check that sees the thing with `witness: true`)"
)]
#[case::a_witness_that_sees_nothing(
    "        absent: [bob.username]",
    "        absent: [bob.username]\n        witness: true",
    "20:13: a witness must show that something exists, which this check cannot (remove `witness`, or assert a visible value)"
)]
#[case::a_witness_that_always_passes(
    "contains: '[\"{{bob.id}}\"]'",
    "contains: '[]'",
    "11:13: a witness must show that something exists, which this check cannot (remove `witness`, or assert a visible value)"
)]
#[case::no_status(
    "absent: [bob.username]",
    "status: 999",
    "20:13: 999 is not a status (write a number from 100 to 599)"
)]
#[case::an_invalid_header_name(
    "absent: [bob.username]",
    "no_header: WWW Authenticate",
    "20:13: \"WWW Authenticate\" is not a valid header name (write letters, digits and `-`)"
)]
#[case::a_space_in_a_path(
    "GET /groups/{{crew.id}}/users/\n    checks",
    "GET /groups/{{crew.id}}/my users/\n    checks",
    "9:11: this path is not valid in a request (escape special characters: `%20` for a blank)"
)]
#[case::a_reserved_name_for_a_key(
    "  groups:",
    "  api_keys: {plain: [ignore_acl]}\n  groups:",
    "1:1: `plain` is reserved (give the API key another name)"
)]
#[case::a_duplicate_id(
    "      - id: group-users/nothing-of-bob",
    "      - id: group-users/witness",
    "20:13: the id `group-users/witness` is already used at scenarios/a/b.yaml:11:13 (ids must be unique in the suite)"
)]
#[case::no_id(
    "      - id: group-users/nothing-of-bob",
    "      - id: Bob",
    "20:13: \"Bob\" is not an id; write words of a-z, 0-9 and `-`, separated by slashes: `user/shows-the-caller`"
)]
#[case::invalid_json(
    "'[\"{{bob.id}}\"]'",
    "'[{{bob.id}}]'",
    "14:19: not JSON: key must be a string at line 1 column 3"
)]
#[case::invalid_jsonpath("at: $.objects[*].user.id", "at: $.objects[", "13:13: not a JSONPath; error at character 10")]
#[case::no_path(
    "send: GET /groups/{{crew.id}}/users/\n    checks",
    "send: GET groups/\n    checks",
    "9:11: a path must begin with `/` or with a reference"
)]
#[case::braces_not_closed(
    "GET /groups/{{crew.id}}/users/\n    checks",
    "GET /groups/{{crew.id/\n    checks",
    "9:11: `{{` without `}}`"
)]
#[case::eventually_not_on_get(
    "send: GET /groups/{{crew.id}}/users/\n    eventually",
    "send: POST /groups/{{crew.id}}/users/\n    eventually",
    "18:17: `eventually` repeats the request, which is allowed only for GET (move it to a GET step)"
)]
#[case::waiting_for_no_step(
    "    eventually: 2s",
    "    waits_for_next: true",
    "17:11: this step cannot wait for the next one: there is no next step (remove `waits_for_next`)"
)]
#[case::waiting_with_a_saved_value(
    "    as: account\n",
    "    as: account\n    waits_for_next: true\n    save: {page: $.next}\n",
    "11:11: this step cannot wait for the next one: the next step is sent before its values are known (remove `waits_for_next`)"
)]
#[case::waiting_not_on_get(
    "    as: account\n    send: GET",
    "    as: account\n    waits_for_next: true\n    send: POST",
    "10:11: this step cannot wait for the next one: only GET can wait (remove `waits_for_next`)"
)]
#[case::not_a_duration(
    "eventually: 2s",
    "eventually: soon",
    "18:17: \"soon\" is not a duration between 1ms and 60s; write `500ms` or `5s`"
)]
#[case::a_missing_snapshot(
    "absent: [bob.username]",
    "snapshot: as-alice",
    "20:13: there is no snapshot a/b/as-alice.snap (run `record` to create it)"
)]
#[case::a_reserved_name(
    "users: [alice, bob]",
    "users: [alice, bob, foreign]",
    "3:23: `foreign` is reserved (choose another name)"
)]
#[case::a_name_twice(
    "    crew: [alice, bob]",
    "    alice: [alice, bob]",
    "5:13: the name `alice` is already used (choose another name)"
)]
#[case::a_member_who_is_not_a_user(
    "    crew: [alice, bob]",
    "    crew: [alice, carol]",
    "5:19: `carol` is not a user of this scenario's own instance (add it under `given.users`)"
)]
#[case::two_bodies(
    "    eventually: 2s",
    "    json: '{}'\n    raw: x",
    "17:11: the step has more than one body (keep one of `json`, `form`, `multipart` and `raw`)"
)]
#[case::a_second_document(
    "        absent: [bob.username]
",
    "        absent: [bob.username]
---
title: x
",
    "24:1: a second document begins here (write one scenario per file)"
)]
#[case::invalid_yaml("    crew: [alice, bob]", "    crew: [alice, bob", "6:6: illegal placement of ':' indicator")]
fn each_mistake_is_reported_with_its_place(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    assert!(RIGHT.contains(from), "the case changes a line that is there");
    let found = wrong(&RIGHT.replacen(from, to, 1), RULES);
    let expected = format!("scenarios/a/b.yaml:{expected}");
    assert!(found.contains(&expected), "expected\n  {expected}\nfound\n  {}", found.join("\n  "));
}

#[rstest]
#[case::a_rule_without_a_check(
    "level = \"seed\"",
    "level = \"seed\"\nsource = \"s\"\n[\"x/y\"]\ncode = \"R1\"\nstatement = \"s\"\nlevel = \"seed\"",
    "no check names the rule `x/y`"
)]
#[case::an_excluded_rule_with_a_check(
    "level = \"seed\"",
    "level = \"seed\"\nexcluded = \"why\"",
    "is excluded, but has a check"
)]
#[case::no_level("level = \"seed\"", "level = \"sure\"", "scenarios/rules.toml:5:9: unknown variant `sure`")]
#[case::an_unknown_member(
    "level = \"seed\"",
    "level = \"seed\"\nlevle = 1",
    "scenarios/rules.toml:6:1: unknown field `levle`"
)]
fn mistakes_in_the_registry_are_reported(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let found = wrong(RIGHT, &RULES.replacen(from, to, 1));
    assert!(found.iter().any(|message| message.contains(expected)), "expected {expected}, found {found:?}");
}

#[test]
fn a_diagnostic_shows_the_line_and_the_fix() {
    let scenarios = BTreeMap::from([("a/b.yaml".to_owned(), RIGHT.replace("as: alice", "as: alise"))]);
    let wrong = SuiteFiles { folder: "scenarios".to_owned(), scenarios, ..SuiteFiles::default() }.read().unwrap_err();
    insta::assert_snapshot!(wrong[0].render(false), @r"
    error: there is no user `alise` in this scenario
      --> scenarios/a/b.yaml:16:9
       |
    16 |     as: alise
       |         ^^^^^
       |
       = help: did you mean `alice`?
    ");
}

/// A valid access table. Each case below changes one line of it.
const TABLE: &str = r#"
[given]
users = ["alice", "bob"]

[principals]
administrators = ["account", "account:read"]
users = ["alice", "api+unknown-user-key"]
everybody = ["administrators", "users", "anonymous"]

[keys]
"api+unknown-user-key" = { api_key = "{{api.key}}", user_key = "{{unknown.user_key}}" }

[errors]
"403 key" = "No such API Key."

[otherwise]
403 = ["rest"]

["users"]
path = "/users/"
json = '{"username": "{{unique.new}}"}'
rows.at = "$.objects[*].id"
rows.of = ["alice.id", "bob.id"]

["GET users"]
"200 all" = ["administrators"]
"200 alice" = ["alice"]

["OPTIONS users"]
"200 actions" = ["account"]
200 = ["alice", "account:read"]

["POST PUT PATCH users"]
"201 or 405" = ["account"]

["DELETE users"]
"403 key" = ["rest"]
"#;

fn wrong_table(text: &str) -> Vec<String> {
    let scenarios = BTreeMap::from([("access.toml".to_owned(), text.to_owned())]);
    match (SuiteFiles { folder: "scenarios".to_owned(), scenarios, ..SuiteFiles::default() }).read() {
        Ok(_) => Vec::new(),
        Err(diagnostics) => diagnostics.iter().map(Diagnostic::to_string).collect(),
    }
}

#[test]
fn the_access_table_without_a_mistake_is_accepted() {
    assert_eq!(wrong_table(TABLE), Vec::<String>::new());
}

#[rstest]
#[case::invalid_toml("[given]", "[given", "2:7: unclosed table, expected `]`")]
#[case::an_unknown_group(
    r#"everybody = ["administrators""#,
    r#"everybody = ["administrator""#,
    "8:14: `administrator` is neither a principal nor a group (did you mean `administrators`?)"
)]
#[case::a_group_with_a_reserved_name(
    "users = [\"alice\", \"api",
    "alice = [\"alice\", \"api",
    "7:1: `alice` is reserved (choose another name)"
)]
#[case::an_unlisted_caller(
    r#"["alice", "api+unknown-user-key"]"#,
    r#"["alice"]"#,
    "11:1: `api+unknown-user-key` is missing in the groups of `principals` (add it to a group, or remove it)"
)]
#[case::an_unknown_reference(
    "{{unknown.user_key}}",
    "{{bobby.user_key}}",
    "7:19: unknown name `bobby` (did you mean `bob`?)"
)]
#[case::an_unknown_row(
    r#"rows.of = ["alice.id", "bob.id"]"#,
    r#"rows.of = ["alice.id", "bob.key"]"#,
    "23:24: `bob.key` is not a value (write `bob.id` or `bob.username` or `bob.password` or `bob.user_key` or `bob.profile.id`)"
)]
#[case::an_unknown_member(
    "path = \"/users/\"",
    "path = \"/users/\"\nbody = \"{}\"",
    "21:1: unknown field `body`, expected one of `path`, `json`, `rows`, `shown_at`"
)]
#[case::no_such_endpoint(
    r#"["DELETE users"]"#,
    r#"["DELETE usres"]"#,
    "36:2: `usres` is neither a method nor an endpoint of this table (did you mean `users`?)"
)]
#[case::no_such_method(
    r#"["DELETE users"]"#,
    r#"["DELETES users"]"#,
    "36:2: `DELETES` is neither a method nor an endpoint of this table (did you mean `DELETE`?)"
)]
#[case::a_method_twice(
    r#"["DELETE users"]"#,
    r#"["DELETE PUT users"]"#,
    "36:2: PUT `users` already has a table in line 33 (remove it from one of the two)"
)]
#[case::a_method_that_is_missing(
    r#"["POST PUT PATCH users"]"#,
    r#"["POST PUT users"]"#,
    "19:2: no table states the outcome of PATCH users (add a table `[\"PATCH users\"]`, or name it in an existing one)"
)]
#[case::an_unknown_principal(
    r#""200 alice" = ["alice"]"#,
    r#""200 alice" = ["alcie"]"#,
    "27:16: `alcie` is neither a principal nor a group (did you mean `alice`?)"
)]
#[case::a_principal_twice(
    r#""200 alice" = ["alice"]"#,
    r#""200 alice" = ["alice", "account"]"#,
    "27:25: this table names `account` twice (give every caller one outcome)"
)]
#[case::a_principal_without_an_answer(
    r#"403 = ["rest"]"#,
    r#"403 = ["anonymous"]"#,
    "25:2: no outcome of GET users names `api+unknown-user-key` (name them in this table, or under `otherwise`)"
)]
#[case::no_outcome(
    r#""200 alice" = ["alice"]"#,
    r#""fine" = ["alice"]"#,
    "27:1: \"fine\" is not an outcome (write a status and an optional detail: `200 self`, `403 key`)"
)]
#[case::an_invalid_row(
    r#""200 alice" = ["alice"]"#,
    r#""200 carol" = ["alice"]"#,
    "27:1: `carol` is not a row of this list (name the rows that the list shows: alice, bob, all, nothing)"
)]
#[case::a_list_without_rows(
    r#""200 alice" = ["alice"]"#,
    r#"200 = ["alice"]"#,
    "27:1: the outcome does not name the rows of the list (name the rows that the list shows: alice, bob, all, nothing)"
)]
#[case::an_unknown_error(
    r#""403 key" = ["rest"]"#,
    r#""403 keys" = ["rest"]"#,
    "37:1: `403 keys` has no meaning for DELETE users (did you mean `403 key`?)"
)]
fn a_mistake_in_the_access_table_is_reported_with_its_place(
    #[case] right: &str,
    #[case] mistake: &str,
    #[case] told: &str,
) {
    assert!(TABLE.contains(right), "the case changes nothing");
    let wrong = wrong_table(&TABLE.replacen(right, mistake, 1));
    assert!(wrong.contains(&format!("scenarios/access.toml:{told}")), "{wrong:#?}");
}

#[test]
fn the_area_of_the_access_table_is_reserved() {
    let scenarios = BTreeMap::from([("access/users.yaml".to_owned(), RIGHT.to_owned())]);
    let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
    let told = suite.conflicts().iter().map(Diagnostic::to_string).collect::<String>();
    assert!(told.contains("`access/` is reserved for the access table"), "{told}");
}
