//! The last line of a run: the outcome, the target and the number of checks.

use std::time::Duration;

use super::summary::{RunOutcome, Summary};
use super::wording::{count, duration, target_in_words, thousands};
use crate::judge::Verdict;

/// Returns the last line of a run on a target: `PASSED on the built-in simulator: 11,597 checks (1.5 s)`.
pub fn verdict_line(target: &str, summary: &Summary, strict: bool, elapsed: Duration) -> String {
    let outcome = summary.outcome(strict);
    let word = match outcome {
        RunOutcome::Interrupted => "INTERRUPTED",
        RunOutcome::NotSetUp => "NOT SET UP",
        RunOutcome::NothingRan => "NOTHING RAN",
        RunOutcome::Failed => "FAILED",
        RunOutcome::Incomplete => "INCOMPLETE",
        RunOutcome::Stale => "STALE",
        RunOutcome::LeftBehind => "NOT CLEANED UP",
        RunOutcome::Passed => "PASSED",
    };
    let counts = counts(outcome, summary, strict);
    format!("{word} on {}: {counts} ({})", target_in_words(target), duration(elapsed))
}

/// Returns what decided the outcome, in numbers.
fn counts(outcome: RunOutcome, summary: &Summary, strict: bool) -> String {
    let of = |verdict| summary.of(verdict);
    let checks = |number| count(number, "check", "checks");
    let executed = checks(summary.executed);
    let (failed, errors) = (of(Verdict::Fail), of(Verdict::Error));
    match outcome {
        RunOutcome::Interrupted => {
            // A check that was stopped half-way is untestable.
            let ran = summary.executed.saturating_sub(of(Verdict::Untestable));
            let ran = format!("{} of {} ran", thousands(ran), checks(summary.selected));
            listed(&ran, &[(failed, "failed"), (errors, "could not be judged")])
        }
        RunOutcome::NotSetUp => format!("none of {} could be judged", checks(summary.selected)),
        RunOutcome::NothingRan => format!("{} skipped", checks(of(Verdict::Skip))),
        RunOutcome::Failed if failed == 0 => format!("{} of {executed} could not be judged", thousands(errors)),
        RunOutcome::Failed => {
            let failed = format!("{} of {executed} failed", thousands(failed));
            listed(&failed, &[(errors, "could not be judged")])
        }
        RunOutcome::Incomplete if strict => listed(
            &executed,
            &[(of(Verdict::Untestable), "untestable"), (of(Verdict::Skip), "skipped"), (of(Verdict::Flaky), "flaky")],
        ),
        RunOutcome::Incomplete => format!("{} of {executed} untestable", thousands(of(Verdict::Untestable))),
        RunOutcome::Stale => {
            let stale = count(summary.stale, "divergence or snapshot", "divergences or snapshots");
            format!("{executed}, {stale} to remove or review")
        }
        RunOutcome::LeftBehind => {
            format!("{executed} passed, {} left behind", count(summary.left_behind, "resource", "resources"))
        }
        RunOutcome::Passed if summary.executed == 0 => "no check but those of disputed rules".to_owned(),
        RunOutcome::Passed => {
            listed(&executed, &[(of(Verdict::Known), "known to differ"), (of(Verdict::Flaky), "flaky")])
        }
    }
}

/// Adds the counts that are not zero: `866 checks, 3 known to differ`.
fn listed(first: &str, others: &[(usize, &str)]) -> String {
    let others = others.iter().filter(|(number, _)| *number > 0);
    let others = others.map(|(number, what)| format!(", {} {what}", thousands(*number)));
    format!("{first}{}", others.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(verdicts: &[(Verdict, usize)]) -> Summary {
        let without = |left_out: &[Verdict]| {
            verdicts.iter().filter(|(verdict, _)| !left_out.contains(verdict)).map(|(_, number)| number).sum()
        };
        Summary {
            selected: without(&[]),
            executed: without(&[Verdict::Skip]),
            verdicts: verdicts.iter().copied().collect(),
            ..Summary::default()
        }
    }

    #[test]
    fn every_outcome_names_the_target_and_its_reason() {
        let pass = (Verdict::Pass, 829);
        let line = |summary: &Summary| verdict_line("https://s.example.com", summary, false, Duration::from_secs(41));
        let cases = [
            (summary(&[pass]), "PASSED on https://s.example.com: 829 checks (41 s)"),
            (
                summary(&[pass, (Verdict::Known, 3), (Verdict::Flaky, 1), (Verdict::Skip, 9)]),
                "PASSED on https://s.example.com: 833 checks, 3 known to differ, 1 flaky (41 s)",
            ),
            (summary(&[pass, (Verdict::Fail, 37)]), "FAILED on https://s.example.com: 37 of 866 checks failed (41 s)"),
            (
                summary(&[pass, (Verdict::Error, 1)]),
                "FAILED on https://s.example.com: 1 of 830 checks could not be judged (41 s)",
            ),
            (
                summary(&[pass, (Verdict::Untestable, 2)]),
                "INCOMPLETE on https://s.example.com: 2 of 831 checks untestable (41 s)",
            ),
            (
                Summary { stale: 1, ..summary(&[pass]) },
                "STALE on https://s.example.com: 829 checks, 1 divergence or snapshot to remove or review (41 s)",
            ),
            (
                Summary { left_behind: 1, ..summary(&[pass]) },
                "NOT CLEANED UP on https://s.example.com: 829 checks passed, 1 resource left behind (41 s)",
            ),
            (summary(&[(Verdict::Skip, 12)]), "NOTHING RAN on https://s.example.com: 12 checks skipped (41 s)"),
            (
                summary(&[(Verdict::Error, 1)]),
                "NOT SET UP on https://s.example.com: none of 1 check could be judged (41 s)",
            ),
            (
                Summary {
                    interrupted: true,
                    ..summary(&[pass, (Verdict::Fail, 2), (Verdict::Untestable, 1), (Verdict::Skip, 36)])
                },
                "INTERRUPTED on https://s.example.com: 831 of 868 checks ran, 2 failed (41 s)",
            ),
        ];
        for (summary, expected) in cases {
            assert_eq!(line(&summary), expected);
        }
    }

    #[test]
    fn the_verdict_line_says_what_counts_when_strict() {
        let summary = summary(&[(Verdict::Pass, 8), (Verdict::Skip, 4), (Verdict::Flaky, 1)]);
        let line = verdict_line("simulator", &summary, true, Duration::from_millis(1450));
        assert_eq!(line, "INCOMPLETE on the built-in simulator: 9 checks, 4 skipped, 1 flaky (1.4 s)");
    }
}
