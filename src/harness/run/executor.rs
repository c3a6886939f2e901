//! Runs scenarios, and endpoints of the access table as scenarios.

use std::time::Instant;

use tracing::{Instrument, info, info_span};

use super::backend::{Arranged, RunBackend, ScenarioBackend};
use super::context::RunContext;
use super::endpoint::EndpointResult;
use super::event::ScenarioResult;
use super::results::{checks, result, skipped, stopped};
use super::steps::Steps;
use crate::harness::plan::{EndpointCases, EndpointScenarios};
use crate::harness::trace::{Phase, TraceStream};
use crate::judge::{Bindings, Judged, Judgement, Verdict};
use syncano_suite::CheckId;
use syncano_suite::Scenario;

/// Runs the access cases of an endpoint, or skips them for a reason. `number` is the number of the
/// first world; there is at most one for each of [`EndpointCases::most_scenarios`].
pub async fn endpoint(
    context: &RunContext<'_>,
    number: usize,
    cases: &EndpointCases<'_>,
    skip: Option<&str>,
) -> ScenarioResult {
    let begun = Instant::now();
    let EndpointScenarios { skipped: skip, run, rejected, rejected_alone } = cases.scenarios(skip);
    let mut endpoint = EndpointResult::new(cases.endpoint);
    for (why, scenario) in &skip {
        endpoint.add(skipped(context, scenario, why));
    }
    for (world, planned) in run.iter().chain(&rejected).enumerate() {
        let part = match context.shutdown.reason() {
            Some(reason) => stopped(context, planned, reason),
            None => scenario(context, number + world, planned).await,
        };
        endpoint.add(part);
    }
    let after = number + run.len() + 1;
    if rejected.is_some_and(|together| endpoint.has_failed(&together)) {
        for (world, alone) in rejected_alone.iter().enumerate() {
            // What the cases have shown together is kept if they cannot be run again.
            if context.shutdown.reason().is_some() || !context.backend.can_run(alone) {
                break;
            }
            endpoint.add(scenario(context, after + world, alone).await);
        }
    }
    endpoint.finish(cases.table, begun)
}

/// Runs a scenario; `number` distinguishes its names from those of other scenarios.
pub async fn scenario(context: &RunContext<'_>, number: usize, scenario: &Scenario) -> ScenarioResult {
    let span = info_span!("scenario", name = %scenario.name);
    in_its_world(context, number, scenario).instrument(span).await
}

async fn in_its_world(context: &RunContext<'_>, number: usize, scenario: &Scenario) -> ScenarioResult {
    let begun = Instant::now();
    let stream = TraceStream::for_scenario(context.trace, context.backend.secrets(), scenario);
    let backend = match context.backend {
        RunBackend::Live(live) => {
            let world = live.world(&context.plan.id, &context.shutdown, &stream.observe(&live.target), number);
            ScenarioBackend::Live { world: Box::new(world), live }
        }
        RunBackend::Trace(trace, _) => match (trace.scenario(scenario), trace.stopped()) {
            (Some(recorded), _) => ScenarioBackend::Trace(recorded),
            (None, Some(reason)) => return stopped(context, scenario, reason),
            (None, None) => return skipped(context, scenario, "the trace does not hold it"),
        },
    };
    let mut steps = Steps { context, scenario, stream: &stream, backend, other: Ok(Bindings::default()) };
    let judged = judge(&mut steps).await;
    // Everything that this function returns passes the redactor.
    let redactor = judged.bindings.redactor();
    stream.enter(Phase::CleanUp, None);
    steps.backend.clear().await;
    info!("its world is left");
    let mut shown = vec![None; judged.requests.len()];
    let request = |step: usize, verdict: Verdict| {
        let (sent, shown) = (judged.requests.get(step)?, shown.get_mut(step)?);
        let is_shown = verdict != Verdict::Pass || context.plan.all_requests;
        is_shown.then(|| shown.get_or_insert_with(|| redactor.text(sent)).clone())
    };
    // A check that passed shows only its request.
    let redacted = judged.judgement.checks.into_iter().map(|judged| match judged.verdict() {
        Verdict::Pass => judged,
        _ => judged.redacted(&redactor),
    });
    let checks = checks(context, scenario, redacted, request);
    ScenarioResult {
        milliseconds: begun.elapsed().as_millis() as u64,
        unseen: judged.judgement.unseen.map(|why| redactor.text(&why)),
        ..result(scenario, checks)
    }
}

/// The verdicts on a scenario, not yet redacted.
struct JudgedScenario {
    judgement: Judgement,
    /// The curl command of each step.
    requests: Vec<String>,
    /// The values after the last step.
    bindings: Bindings,
}

/// Creates the world and runs the steps.
async fn judge(steps: &mut Steps<'_, '_>) -> JudgedScenario {
    let (context, scenario, stream) = (steps.context, steps.scenario, steps.stream);
    let (bindings, arranged) = steps.arrange().await;
    match &arranged {
        Arranged::Whole => info!("its world is created"),
        Arranged::Failed(why) => info!("its world could not be created: {why}"),
        Arranged::Stopped(reason) => info!("its world was not created: {reason}"),
    }
    let without_steps = |judged: fn(CheckId, &str) -> Judged, why: String, bindings: Bindings| {
        let checks = context.check_ids(scenario).into_iter().map(|id| judged(id, &why)).collect();
        let judgement = Judgement { checks, unseen: Some(why) };
        JudgedScenario { judgement, requests: vec![String::new(); scenario.steps.len()], bindings }
    };
    match arranged {
        Arranged::Whole => {
            let (judgement, requests, bindings) = steps.run(bindings).await;
            JudgedScenario { judgement, requests, bindings }
        }
        Arranged::Failed(why) => {
            stream.world(&bindings, Some(&why), None, None);
            without_steps(Judged::error, format!("the scenario's world could not be created: {why}"), bindings)
        }
        Arranged::Stopped(reason) => without_steps(Judged::untestable, reason.to_string(), bindings),
    }
}
