//! Writes whose effect is unknown, and what later checks of the scenario can still say.
//!
//! A write that got no complete answer may have taken effect or not. A later check that fails may fail only because of
//! that, so the target is not blamed for it. A later check that states that something is absent or refused may hold only
//! because of that, so it proves nothing either. What an answer positively shows was there, and stands.

use http::StatusCode;

use super::exchange::{Exchange, Outcome};
use super::verdict::{Judged, Verdict};
use crate::scenario::{Assertion, Check, Step};

/// A write whose effect is unknown.
pub struct LostWrite {
    why: String,
    /// Whether it should have been refused. Then all that is stated afterwards is that it changed nothing, which a request
    /// that never arrived fulfils.
    is_refused: bool,
}

impl LostWrite {
    /// The write of a step, where its effect is unknown: it got no answer, was never sent, or only a gateway answered it.
    /// `judged` are the step's own checks: a status that the step expects is an answer like any other.
    pub fn new(step: &Step, outcome: &Outcome, judged: &[Judged]) -> Option<LostWrite> {
        if step.method.is_safe() {
            return None;
        }
        let is_expected = || !judged.is_empty() && judged.iter().all(|judged| judged.verdict.holds());
        let how = match outcome {
            Outcome::Broken(why) => format!("got no answer ({why})"),
            Outcome::NotSent(why) => format!("was not sent ({why})"),
            Outcome::Answered(exchange) if is_of_a_gateway(exchange.response.status()) && !is_expected() => {
                format!("was answered with {} only", exchange.response.status().as_u16())
            }
            Outcome::Answered(_) => return None,
        };
        let why = format!("the effect of the step {:?} is unknown: it {how}", step.name);
        Some(LostWrite { why, is_refused: step.checks.iter().any(|check| expects_refusal(&check.assertion)) })
    }

    /// Why later checks cannot be judged.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The verdict on a later check, whose answer came.
    pub fn weaken(&self, check: &Check, exchange: &Exchange, is_refusal: bool, judged: Judged) -> Judged {
        let rests_on_it = !check.assertion.can_witness() || is_refusal || self.is_refused;
        let because = match judged.verdict {
            // An answer that is wrong whatever is stated of it is wrong in any state.
            Verdict::Fail | Verdict::Error if exchange.is_wrong() => return judged,
            Verdict::Fail | Verdict::Error => {
                format!("{}; {}", judged.because.as_deref().unwrap_or_default(), self.why)
            }
            verdict if verdict.holds() && rests_on_it => self.why.clone(),
            _ => return judged,
        };
        Judged { status: judged.status, snapshot: judged.snapshot, ..Judged::untestable(judged.id, &because) }
    }
}

/// Whether an answer comes from something before the target, which may have passed the request on.
fn is_of_a_gateway(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

fn expects_refusal(assertion: &Assertion) -> bool {
    match assertion {
        Assertion::Status(status) => (400..500).contains(status),
        Assertion::AccessCase(expected) => expected.is_refusal(),
        _ => false,
    }
}
