//! A suite that is limited to levels.

use syncano_suite::{BuiltInCheck, Level, Suite, SuiteFiles};

const RULES: &str = r#"
["a/seed"]
code = "A1"
statement = "One."
level = "seed"
source = "the page"

["a/observed"]
code = "A2"
statement = "Two."
level = "observed"
source = "seen"
"#;

const SCENARIO: &str = r#"
title: A test
given:
  users: [alice]
  classes: {post: {}}
  objects: {poem: {class: post}}
steps:
  - {name: witness, as: account, send: "GET /users/{{alice.id}}/", checks: [{id: a/witness, witness: true, at: $.id, present: true}]}
  - {name: poem, as: account, send: "GET /classes/{{post.name}}/objects/{{poem.id}}/", checks: [{id: a/poem, witness: true, at: $.id, present: true}]}
  - {name: rejected, as: alice, send: DELETE /groups/1/, checks: [{id: a/rejected, rule: a/observed, status: 403}]}
  - {name: read, as: alice, send: GET /groups/, checks: [{id: a/read, rule: a/observed, status: 200}]}
  - {name: made, as: account, send: POST /groups/, json: '{"label": "x"}', checks: [{id: a/made, rule: a/observed, status: 201}]}
  - {name: kept, as: account, send: GET /groups/, save: {page: $.next}}
  - {name: not used, as: account, send: GET /groups/, save: {other: $.next}}
  - name: both
    as: alice
    send: GET /user/?page={{page}}
    checks:
      - {id: a/seed, rule: a/seed, status: 200}
      - {id: a/observed, rule: a/observed, at: $.id, present: true}
      - {id: a/helps, at: $.id, present: true}
  - {name: last, as: account, send: "DELETE /users/{{alice.id}}/", checks: [{id: a/last, rule: a/observed, status: 204}]}
"#;

fn at(levels: &[Level]) -> Suite {
    let other = SCENARIO.replace("rule: a/seed, ", "").replace("id: a/", "id: b/");
    let files = [("a/one.yaml", SCENARIO), ("b/two.yaml", &other), ("rules.toml", RULES)];
    let scenarios = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let suite = SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap();
    suite.at_levels(&levels.iter().copied().collect())
}

#[test]
fn a_level_keeps_its_checks_and_their_dependencies() {
    let suite = at(&[Level::Seed]);
    let [scenario] = suite.scenarios.as_slice() else { panic!("{:?}", suite.scenarios) };
    let steps = scenario.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>();
    assert_eq!(steps, ["witness", "made", "kept", "both"]);
    let checks = scenario.checks().map(|(_, check)| check.id.as_str()).collect::<Vec<_>>();
    assert_eq!(checks, ["a/witness", "a/seed", "a/helps"]);
    assert_eq!(scenario.built_in, [BuiltInCheck::Leak]);
    assert!(scenario.given.classes.is_empty() && scenario.given.objects.is_empty());
    assert_eq!(scenario.given.users.len(), 1);
    assert!(suite.conflicts().is_empty());
}

#[test]
fn no_level_keeps_everything_and_a_level_without_checks_keeps_nothing() {
    let whole = at(&[]);
    assert_eq!(whole.scenarios.iter().map(|scenario| scenario.steps.len()).collect::<Vec<_>>(), [9, 9]);
    assert!(at(&[Level::Public]).scenarios.is_empty());
    assert_eq!(at(&[Level::Seed, Level::Observed]).scenarios.len(), 2);
}
