//! Writes with an unknown effect, and how they weaken later verdicts.
//!
//! A write that got no complete answer may or may not have taken effect. A later check that fails
//! may fail only because of that, so it is not the target's failure. A later check that something
//! is absent or rejected may pass only because of that, so it proves nothing. What an answer
//! positively shows remains valid.

use http::StatusCode;

use super::exchange::{Exchange, Outcome};
use super::judged::Judged;
use super::verdict::Verdict;
use syncano_suite::{Assertion, Check, Step};

/// A write with an unknown effect.
pub struct LostWrite {
    why: String,
    /// Whether the write should have been rejected. Later checks then state that it changed
    /// nothing, which also holds if the request never arrived.
    is_rejection: bool,
}

impl LostWrite {
    /// Returns the lost write of a step whose effect is unknown: it got no answer, was never sent,
    /// or only a gateway answered it. `judged` are the step's own checks: a status that the step
    /// expects is a normal answer.
    pub fn new(step: &Step, outcome: &Outcome, judged: &[Judged]) -> Option<LostWrite> {
        if step.method.is_safe() {
            return None;
        }
        let is_expected = || !judged.is_empty() && judged.iter().all(|judged| judged.verdict().holds());
        let how = match outcome {
            Outcome::Broken(why) => format!("got no answer ({why})"),
            Outcome::NotSent(why) => format!("was not sent ({why})"),
            Outcome::Answered(exchange) if is_of_a_gateway(exchange.response.status()) && !is_expected() => {
                format!("was answered with {} only", exchange.response.status().as_u16())
            }
            Outcome::Answered(_) => return None,
        };
        let why = format!("the effect of the step {:?} is unknown: it {how}", step.name);
        Some(LostWrite { why, is_rejection: step.checks.iter().any(|check| expects_rejection(&check.assertion)) })
    }

    /// Returns the reason why later checks cannot be judged.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Weakens the verdict on a later check that was answered.
    pub fn weaken(&self, check: &Check, exchange: &Exchange, is_rejection: bool, judged: Judged) -> Judged {
        let rests_on_it = !check.assertion.can_witness() || is_rejection || self.is_rejection;
        let because = match judged.verdict() {
            // An answer that fails every check does so in any state of the world.
            Verdict::Fail | Verdict::Error if exchange.is_wrong() => return judged,
            Verdict::Fail | Verdict::Error => {
                format!("{}; {}", judged.because().unwrap_or_default(), self.why)
            }
            verdict if verdict.holds() && rests_on_it => self.why.clone(),
            _ => return judged,
        };
        Judged { status: judged.status, snapshot: judged.snapshot, ..Judged::untestable(judged.id, &because) }
    }
}

/// Returns whether the answer comes from a gateway, which may have passed the request on.
fn is_of_a_gateway(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

fn expects_rejection(assertion: &Assertion) -> bool {
    match assertion {
        Assertion::Status(status) => (400..500).contains(status),
        Assertion::AccessCase(expected) => expected.is_rejection(),
        _ => false,
    }
}
