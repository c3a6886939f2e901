//! Writes one check as a shell script. The script creates the world, sends the requests, prints the
//! expected and the actual result, cleans up, and exits with the verdict.
//!
//! The requests come from a [`DryRun`]. Functions in the prelude judge the answers. Everything that
//! depends on the deployment is a variable, so the script contains no key.

mod path;

use std::fmt::Write;

use http::Request;
use serde_json::Value;

use crate::harness::{DryRun, Mark, Origin, RunError, instances_named};
use crate::judge::{ALTERED, Bindings, ValueKind};
use crate::shell::octal;
use syncano_simulator::api::Resource;
use syncano_simulator::visible::{self, is_hidden};
use syncano_suite::{Assertion, Check, Expectation, Json, Locator, Reference, Scenario, Step, Suite};

const PRELUDE: &str = include_str!("prelude.sh");

/// The error for a check without a script.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The check cannot be written as a script.
    #[error("cannot write a script for `{check}`: {why}")]
    Check {
        /// The id of the check.
        check: String,
        /// The reason.
        why: String,
    },
    /// The dry run failed.
    #[error("the dry run of the scenario failed: {0}")]
    DryRun(#[from] RunError),
}

/// Returns the script of a check of this scenario.
pub async fn script(suite: &Suite, scenario: &Scenario, check: &str) -> Result<String, ScriptError> {
    let dry_run = DryRun::new(scenario).await?;
    let writer = Writer { suite, scenario, check, dry_run: &dry_run };
    writer.script().map_err(|why| ScriptError::Check { check: check.to_owned(), why })
}

struct Writer<'a> {
    suite: &'a Suite,
    scenario: &'a Scenario,
    check: &'a str,
    dry_run: &'a DryRun,
}

impl Writer<'_> {
    fn script(&self) -> Result<String, String> {
        let last = self.scenario.steps.iter().rposition(|step| step.checks.iter().any(|check| self.is_included(check)));
        let steps = self.scenario.steps.iter().zip(&self.dry_run.steps).take(last.map_or(0, |last| last + 1));
        let steps = steps.collect::<Vec<_>>();
        if steps.iter().any(|(step, _)| step.waits_for_next) {
            return Err("a step waits for the next one, which a script cannot do".to_owned());
        }
        let steps = steps.into_iter().map(|(step, (request, bindings))| self.step(step, request, bindings));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let world = self.dry_run.world.iter().map(|request| self.request("make", request)).collect::<Vec<_>>();
        let all = [world.concat(), steps.concat()].concat();
        let used = Used(&all);
        let mut out = self.head();
        out.push_str(PRELUDE);
        out.push_str("\n# --- the world ----------------------------------------------------------------\n\n");
        self.names(&used, &mut out);
        out.push_str("trap clean_up EXIT\ntrap 'exit 130' HUP INT TERM\n\n");
        for (number, request) in world.iter().enumerate() {
            out.push_str(&self.owned(self.dry_run.world.get(number)));
            line(&mut out, request);
            self.bring(&used, &mut out, |origin| match origin {
                Origin::World(of, pointer) if *of == number => {
                    let at = format!("${}", pointer.replace('/', "."));
                    Some((true, path::jq(&at)?, at))
                }
                _ => None,
            });
        }
        out.push_str("\n# --- the scenario -------------------------------------------------------------\n");
        for (number, step) in steps.iter().enumerate() {
            out.push_str(step);
            self.bring(&used, &mut out, |origin| match origin {
                Origin::Step(of, at) if *of == number => {
                    Some((at.is_singular(), path::jq(&at.to_string())?, at.to_string()))
                }
                _ => None,
            });
        }
        out.push_str("\nverdict\n");
        let references = self.scenario.steps.iter().flat_map(Step::references);
        if references.into_iter().any(|reference| reference.as_str().contains(ALTERED)) {
            return Err("a step sends a key with an altered digit, which a script cannot make".to_owned());
        }
        match out.contains("saved-mark-") || out.contains("email-mark-") {
            true => Err("a value of an answer is sent in a form that the shell cannot write".to_owned()),
            false => Ok(out),
        }
    }

    fn head(&self) -> String {
        let mut out = String::from("#!/bin/sh\n");
        // A line break would end the comment.
        let line = |out: &mut String, text: &str| line(out, &visible::line(text));
        line(&mut out, &format!("# Check {}", self.check));
        let rule = self.scenario.checks().find(|(_, check)| check.id.as_str() == self.check);
        let rule =
            rule.and_then(|(_, check)| check.rule.as_ref()).and_then(|name| self.suite.rules.get_key_value(name));
        if let Some((name, rule)) = rule {
            line(&mut out, &format!("# Rule {name} ({}, {}): {}", rule.code, rule.level, rule.statement));
        }
        line(&mut out, &format!("# Scenario {}: {}", self.scenario.name, self.scenario.title));
        out.push_str(
            "#\n# Written by `syncano-conformance repro`. It creates an instance, shows what a deployment does, and\n\
             # deletes the instance. It needs curl and jq.\n",
        );
        if self.dry_run.world.iter().any(|request| request.uri().path().ends_with("/account/register/")) {
            out.push_str("# It registers accounts, which the API cannot delete.\n");
        }
        out.push_str(
            "#\n\
             #   SYNCANO_ACCOUNT_KEY=... sh SCRIPT https://api.example.com\n#\n\
             # If a server in front of the API asks for a login, put user:password into\n\
             # SYNCANO_BASIC.\n#\n\
             # Exit codes: 0 pass, 1 fail, 7 untestable, 8 resources left behind,\n\
             # 2 wrong usage.\n\nset -u\n\n\
             URL=${1:-${SYNCANO_URL:-}}\nURL=${URL%/}\nURL=${URL%/v1.1}\nURL=${URL%/v1}\n\n",
        );
        out
    }

    /// Writes the names and keys that the script generates.
    fn names(&self, used: &Used<'_>, out: &mut String) {
        out.push_str("ROOT=/v1.1\nRUN=r$(word 7)\nkeys=$SYNCANO_ACCOUNT_KEY\n");
        for Mark { variable, origin, .. } in self.dry_run.marks.iter().filter(|mark| used.has(&mark.variable)) {
            match origin {
                Origin::Word => line(out, &format!("{variable}=w$(word 23)")),
                Origin::UnknownKey(last) => line(out, &format!("{variable}=$(digits 39){last}")),
                _ => {}
            }
        }
    }

    /// Writes the variables for the used values of an answer. `place` returns where an origin is in
    /// this answer: whether it is a single place, the place in jq, and its name.
    fn bring(&self, used: &Used<'_>, out: &mut String, place: impl Fn(&Origin) -> Option<(bool, String, String)>) {
        for Mark { variable, origin, text } in &self.dry_run.marks {
            // Cleanup uses the keys of all accounts, which may have created instances.
            let is_account = variable.starts_with("ACCOUNT_") && variable.ends_with("_KEY");
            let Some((single, jq, shown)) = place(origin) else { continue };
            let forms =
                FORMS.iter().filter(|(suffix, ..)| used.has(&format!("{variable}{suffix}"))).collect::<Vec<_>>();
            if !used.has(variable) && forms.is_empty() && !is_account {
                continue;
            }
            line(out, &format!("bring {single} '{jq}' {}", literal(&shown)));
            match origin {
                Origin::World(..) if is_number(text) => line(out, "number"),
                Origin::World(..) => line(out, "token"),
                _ => {}
            }
            for (suffix, seen, value) in forms {
                out.push_str(seen);
                line(out, &format!("{variable}{suffix}={value}"));
            }
            line(out, &format!("{variable}=$(text)"));
            if is_account {
                line(out, &format!("keys=\"$keys ${{{variable}}}\""));
            }
        }
    }

    fn step(&self, step: &Step, request: &Request<bytes::Bytes>, bindings: &Bindings) -> Result<String, String> {
        let mut text = String::new();
        let out = &mut text;
        if let Some((_, at)) = step.save.iter().find(|(_, at)| path::jq(&at.to_string()).is_none()) {
            return Err(format!("it saves a value at {at}, which jq cannot express"));
        }
        let title = format!("{}: {} {} as {}", step.name, step.method, step.path, step.principal);
        line(out, &format!("\nprintf '%s\\n' {}", literal(&title)));
        out.push_str(&self.owned(Some(request)));
        let ask = self.request("ask", request);
        match step.eventually {
            None => line(out, &ask),
            Some(patience) => {
                let conditions = step.checks.iter().filter_map(|check| self.assertion(&check.assertion, bindings).ok());
                let conditions = conditions.collect::<Vec<_>>();
                let holds = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" && ") };
                line(out, &format!("tries={}", patience.as_secs().max(1)));
                line(out, &format!("while {ask}"));
                line(out, &format!("  ! {{ {holds}; }} && [ \"$tries\" -gt 0 ]"));
                line(out, "do\n  tries=$((tries - 1))\n  sleep 1\ndone");
            }
        }
        for check in step.checks.iter().filter(|check| self.is_included(check)) {
            let id = check.id.as_str();
            let command = self.judge_command(check, bindings, out);
            match (self.is_requested(check), command) {
                (true, Ok(command)) => {
                    let rests = if check.assertion.is_negative() { "yes" } else { "no" };
                    line(out, &format!("check {id} {rests} {command}"));
                }
                (false, Ok(command)) => line(out, &format!("witness {id} {command}")),
                (true, Err(why)) => return Err(why),
                (false, Err(why)) => line(out, &format!("# The witness {id} is missing: {}", visible::line(&why))),
            }
        }
        Ok(text)
    }

    /// Returns whether a check is the requested one, or a part of it.
    fn is_requested(&self, check: &Check) -> bool {
        check.id.as_str().strip_prefix(self.check).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns whether the script contains a check: the requested one, or a witness.
    fn is_included(&self, check: &Check) -> bool {
        self.is_requested(check) || check.witness
    }

    /// Returns a shell command that judges the answer. Writes the function that it needs.
    fn judge_command(&self, check: &Check, bindings: &Bindings, out: &mut String) -> Result<String, String> {
        match &check.assertion {
            Assertion::AccessCase(expected) => {
                let name = "as_expected";
                let answers = self.access_case(expected, bindings)?;
                line(out, &format!("{name}() {{"));
                line(out, &format!("  {answers}\n  right=$?"));
                line(out, &format!("  expected={}", literal(&expected.to_string())));
                line(out, "  actual=\"status $status, $(cat \"$work/body\")\"\n  return \"$right\"\n}");
                Ok(name.to_owned())
            }
            assertion => self.assertion(assertion, bindings),
        }
    }

    fn access_case(&self, expected: &Expectation, bindings: &Bindings) -> Result<String, String> {
        let answers = expected.answers.iter().map(|answer| {
            let mut all = vec![format!("is_status {}", answer.status)];
            if let Some(detail) = &answer.detail {
                all.push(self.is("equals", "$.detail", true, &Value::from(detail.as_str()))?);
            }
            if let Some(actions) = answer.actions {
                all.push(self.is("present", "$.actions", true, &Value::from(actions))?);
            }
            if let Some(rows) = &answer.rows {
                let values =
                    |rows: &[Reference]| rows.iter().filter_map(|row| bindings.get(row).cloned()).collect::<Value>();
                let at = rows.at.to_string();
                all.push(self.is("contains", &at, rows.at.is_singular(), &values(&rows.shown))?);
                all.push(self.is("without", &at, rows.at.is_singular(), &values(&rows.hidden))?);
            }
            Ok(format!("{{ {}; }}", all.join(" && ")))
        });
        Ok(answers.collect::<Result<Vec<_>, String>>()?.join(" || "))
    }

    /// Returns a shell command that evaluates an assertion.
    fn assertion(&self, assertion: &Assertion, bindings: &Bindings) -> Result<String, String> {
        let json = |how: &str, at: &Locator, json: &Json| {
            let value = json.resolve(|reference| bindings.get(reference)).map_err(|unbound| unbound.to_string())?;
            self.is(how, &at.to_string(), at.is_singular(), &value)
        };
        let plain = |how: &str, at: &Locator, value: Value| self.is(how, &at.to_string(), at.is_singular(), &value);
        match assertion {
            Assertion::Status(status) => Ok(format!("is_status {status}")),
            Assertion::Header { name, value } => {
                let value =
                    value.resolve(|reference| bindings.get(reference)).map_err(|unbound| unbound.to_string())?;
                Ok(format!("has_header {} {}", literal(name), self.quoted(&value, TextContext::Text)))
            }
            Assertion::NoHeader(name) => Ok(format!("has_no_header {}", literal(name))),
            Assertion::Equals(at, expected) => json("equals", at, expected),
            Assertion::Differs(at, expected) => json("differs", at, expected),
            Assertion::Only(at, expected) => json("only", at, expected),
            Assertion::Contains(at, expected) => json("contains", at, expected),
            Assertion::Matches(Some(at), pattern) => plain("matches", at, Value::from(pattern.0.as_str())),
            Assertion::Matches(None, pattern) => Ok(format!("matches {}", literal(pattern.0.as_str()))),
            Assertion::Count(at, count) => plain("count", at, Value::from(*count)),
            Assertion::Present(at, present) => plain("present", at, Value::from(*present)),
            Assertion::Absent(references) => {
                let absent = references.iter().map(|reference| self.absent(reference, bindings));
                let absent = absent.collect::<Result<Vec<_>, _>>()?;
                Ok(format!("holds_none_of {}", absent.join(" ")))
            }
            Assertion::Snapshot(_) => Err("it compares the whole answer with a snapshot".to_owned()),
            Assertion::AccessCase(expected) => self.access_case(expected, bindings),
        }
    }

    /// Returns the name and the text of a value that must be absent. A number may have many
    /// meanings, so the script looks for a link with it.
    fn absent(&self, reference: &Reference, bindings: &Bindings) -> Result<String, String> {
        let bound = bindings.iter().find(|(name, _)| *name == reference.as_str()).map(|(_, bound)| bound);
        let bound = bound.ok_or_else(|| format!("`{reference}` has no value"))?;
        match (&bound.value, bound.kind) {
            (Value::String(text), _) => Ok(format!("{reference} {}", self.quoted(text, TextContext::Text))),
            (value, ValueKind::Id(resource, _)) => {
                let collection = match resource {
                    Resource::ApiKey => "api_keys",
                    Resource::User => "users",
                    Resource::Group => "groups",
                    Resource::Object => "objects",
                    Resource::Change => "history",
                    Resource::Account | Resource::Instance => "admins",
                };
                Ok(format!("{reference} {}", self.quoted(&format!("/{collection}/{value}/"), TextContext::Text)))
            }
            _ => Err(format!("`{reference}` is neither a text nor an identifier")),
        }
    }

    fn is(&self, how: &str, at: &str, single: bool, value: &Value) -> Result<String, String> {
        let jq = path::jq(at).ok_or_else(|| format!("it looks at {at}, which jq cannot express"))?;
        Ok(format!("is {how} {single} '{jq}' {} {}", literal(at), self.quoted(&value.to_string(), TextContext::Json)))
    }

    /// Returns a request as arguments of curl, after one of the functions that send.
    fn request(&self, function: &str, request: &Request<bytes::Bytes>) -> String {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let mut line = format!("{function} {} {}", request.method(), self.quoted(path, TextContext::Path));
        let body = String::from_utf8_lossy(request.body());
        for (name, value) in request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            let _ = write!(line, " \\\n  -H {}", self.quoted(&header, TextContext::Text));
        }
        if !body.is_empty() {
            // curl would add a content type of its own.
            if !request.headers().contains_key(http::header::CONTENT_TYPE) {
                line.push_str(" \\\n  -H 'content-type:'");
            }
            let content_type = request.headers().get(http::header::CONTENT_TYPE);
            let is_json = content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
            let context = if is_json { TextContext::Json } else { TextContext::Text };
            let _ = write!(line, " \\\n  --data-binary {}", self.quoted(&body, context));
        }
        line
    }

    /// Writes the names of the instances that a request creates, because only those are deleted.
    fn owned(&self, request: Option<&Request<bytes::Bytes>>) -> String {
        let Some(request) = request.filter(|request| request.method() == http::Method::POST) else {
            return String::new();
        };
        let path = request.uri().path();
        let names = instances_named(path, request.body()).into_iter().filter(|name| name.contains(&self.dry_run.run));
        names.map(|name| format!("names=\"$names \"{}\n", self.quoted(&name, TextContext::Text))).collect()
    }

    /// Quotes a text in double quotes, with variables in the place of marks. Values of answers are
    /// escaped as the context needs.
    fn quoted(&self, text: &str, context: TextContext) -> String {
        let mut marks = self.dry_run.marks.iter().collect::<Vec<_>>();
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.text.len()));
        let mut escaped = String::new();
        for c in text.chars() {
            match c {
                '"' | '\\' | '$' | '`' => escaped.extend(['\\', c]),
                c if is_hidden(c) && !matches!(c, '\n' | '\t') => escaped.push_str(&printed(c)),
                c => escaped.push(c),
            }
        }
        for Mark { text, variable, origin } in marks {
            let is_safe = match origin {
                Origin::World(..) => is_number(text) || context == TextContext::Json,
                Origin::Step(..) => false,
                _ => true,
            };
            if !is_safe {
                escaped = context.insert(&escaped, text, variable);
            }
            escaped = escaped.replace(text, &format!("${{{variable}}}"));
        }
        format!("\"{}\"", escaped.replace(&self.dry_run.run, "${RUN}"))
    }
}

/// The context of a text, which decides how a value of an answer is escaped in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextContext {
    /// In a path with its query.
    Path,
    /// In JSON.
    Json,
    /// In a header, or in a body of another format. The script sends no control characters in
    /// headers.
    Text,
}

/// The forms of a value: the suffix of its variable, the function that validates it, and its
/// expression.
const FORMS: [(&str, &str, &str); 5] = [
    ("_JSON", "", "$value"),
    ("_INNER", "", "$(inner)"),
    ("_PART", "", "$(part)"),
    ("_SEGMENT", "segment\n", "$(part)"),
    ("_LINK", "link\n", "$value_text"),
];

impl TextContext {
    /// Replaces a mark in a quoted text by the variable for this context.
    fn insert(self, quoted: &str, mark: &str, variable: &str) -> String {
        match self {
            TextContext::Text => quoted.to_owned(),
            TextContext::Json => quoted
                .replace(&format!("\\\"{mark}\\\""), &format!("${{{variable}_JSON}}"))
                .replace(mark, &format!("${{{variable}_INNER}}")),
            TextContext::Path => {
                let (link, rest) = match quoted.strip_prefix(mark) {
                    Some(rest) => (format!("${{{variable}_LINK}}"), rest),
                    None => (String::new(), quoted),
                };
                let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
                let path = path.replace(mark, &format!("${{{variable}_SEGMENT}}"));
                format!("{link}{path}{}", query.replace(mark, &format!("${{{variable}_PART}}")))
            }
        }
    }
}

/// The text of a script, to find the variables that it uses.
struct Used<'t>(&'t str);

impl Used<'_> {
    fn has(&self, variable: &str) -> bool {
        self.0.contains(&format!("${{{variable}}}"))
    }
}

/// Quotes a text in single quotes.
fn literal(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => literal.push_str(r"'\''"),
            c if is_hidden(c) && !matches!(c, '\n' | '\t') => literal.push_str(&format!("'\"{}\"'", printed(c))),
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

/// Returns a hidden character as an expression in double quotes.
fn printed(c: char) -> String {
    format!("$(printf '{}')", octal(c))
}

/// Returns whether a mark represents a number.
fn is_number(mark: &str) -> bool {
    mark.bytes().all(|byte| byte.is_ascii_digit())
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::alone(TextContext::Path, "/m-1-", "${X_LINK}")]
    #[case::in_the_query(TextContext::Path, "/v1/users/?a=/m-1-", "/v1/users/?a=${X_PART}")]
    #[case::in_the_path(TextContext::Path, "/v1/users//m-1-/", "/v1/users/${X_SEGMENT}/")]
    #[case::whole(TextContext::Json, r#"{\"a\":\"/m-1-\"}"#, r#"{\"a\":${X_JSON}}"#)]
    #[case::a_part(TextContext::Json, r#"{\"a\":\"b/m-1-\"}"#, r#"{\"a\":\"b${X_INNER}\"}"#)]
    #[case::a_header(TextContext::Text, "a: /m-1-", "a: /m-1-")]
    fn a_value_is_quoted_for_its_context(#[case] context: TextContext, #[case] quoted: &str, #[case] written: &str) {
        assert_eq!(context.insert(quoted, "/m-1-", "X"), written);
    }

    #[test]
    fn invisible_characters_are_escaped_in_a_script() {
        assert_eq!(literal("it's\u{202e}x\n"), r#"'it'\''s'"$(printf '\342\200\256')"'x'"#.replace("x'", "x\n'"));
    }
}
