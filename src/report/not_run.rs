//! What a run left out, in one sentence that names the options which would run it.

use std::collections::BTreeMap;

use super::wording::{count, thousands};
use crate::harness::{Access, Started};

/// Returns what was not run, or nothing if everything was: `5,248 access cases that write (--access-table full); 474 checks
/// need administrators of other roles (--more-accounts)`. `skipped` holds the number of checks by reason.
pub fn not_run(started: Option<&Started>, skipped: &BTreeMap<String, usize>) -> Option<String> {
    let left_out = started.filter(|started| started.access_cases_not_run > 0);
    let access = left_out.map(|Started { access, access_cases_not_run, .. }| {
        let which = if *access == Access::ReadOnly { " that write" } else { "" };
        format!("{}{which} (--access-table full)", count(*access_cases_not_run, "access case", "access cases"))
    });
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (reason, number) in skipped {
        *reasons.entry(in_short(reason)).or_default() += number;
    }
    let mut reasons = reasons.into_iter().collect::<Vec<_>>();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let parts = access.into_iter().chain(reasons.into_iter().map(|(reason, number)| of_reason(reason, number)));
    let parts = parts.collect::<Vec<_>>();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Returns a reason without the place where it applies and without its explanation.
fn in_short(reason: &str) -> &str {
    let reason = reason.split(": ").next().unwrap_or(reason);
    [", and ", ", which "]
        .into_iter()
        .filter_map(|end| Some(reason.split_once(end)?.0))
        .min_by_key(|part| part.len())
        .unwrap_or(reason)
}

fn of_reason(reason: &str, number: usize) -> String {
    match reason.strip_prefix("it needs ") {
        Some(what) => format!("{} {what}", count(number, "check needs", "checks need")),
        None => format!("{} {}: {reason}", thousands(number), if number == 1 { "check" } else { "checks" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(access: Access, access_cases_not_run: usize) -> Started {
        let mut started: Started = serde_json::from_value(serde_json::json!({
            "target": "t", "api_version": "v1.1", "run": "r", "began": "2026-01-01T00:00:00Z", "access": "full",
            "declared": 1, "declared_disputed": 0
        }))
        .unwrap();
        (started.access, started.access_cases_not_run) = (access, access_cases_not_run);
        started
    }

    #[test]
    fn what_was_left_out_is_named_with_the_option_that_runs_it() {
        let reasons = [
            ("it needs an administrator's key: a group is made for it", 3),
            ("it needs an administrator's key: step 2 (GET /x/) asks as account", 2),
            ("it needs administrators of other roles (--more-accounts), and the run may register none", 474),
            ("the run was ended before", 1),
        ];
        let skipped = reasons.into_iter().map(|(reason, number)| (reason.to_owned(), number)).collect();
        assert_eq!(
            not_run(Some(&started(Access::ReadOnly, 5248)), &skipped).unwrap(),
            "5,248 access cases that write (--access-table full); \
             474 checks need administrators of other roles (--more-accounts); \
             5 checks need an administrator's key; 1 check: the run was ended before"
        );
        let none = BTreeMap::new();
        assert_eq!(not_run(Some(&started(Access::Off, 1)), &none).unwrap(), "1 access case (--access-table full)");
        assert_eq!(not_run(Some(&started(Access::Full, 0)), &none), None);
    }
}
